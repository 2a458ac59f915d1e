namespace Vee.Layers.Tests.Rules;

/// <summary>How types are declared and named.</summary>
internal static class Shape
{
    private static readonly IReadOnlyList<string> EmptyWords =
        ["Manager", "Helper", "Helpers", "Util", "Utils", "Utilities", "Info"];

    internal static IEnumerable<Violation> Sealed(Subject subject)
    {
        foreach (var assembly in subject.Assemblies)
        {
            var types = Types.WrittenIn(assembly).ToList();
            var inherited = types.Select(t => t.BaseType).OfType<Type>()
                .Select(t => t.IsGenericType ? t.GetGenericTypeDefinition() : t).ToHashSet();
            foreach (var type in types.Where(t =>
                t.IsClass && !t.IsVisible && !t.IsSealed && !t.IsAbstract && !inherited.Contains(t)))
            {
                yield return new(Types.NameOf(type), "nothing derives from this internal class: seal it");
            }
        }
    }

    internal static IEnumerable<Violation> Names(Subject subject) =>
        from assembly in subject.Assemblies
        from type in Types.WrittenIn(assembly)
        let name = Types.SimpleName(type)
        where !Exemptions.Names.ContainsKey(name)
        from word in EmptyWords
        where name.EndsWith(word, StringComparison.Ordinal)
        select new Violation(
            Types.NameOf(type), $"'{word}' says nothing about what this type is: name it after its one concept");

    internal static IEnumerable<Violation> Records(Subject subject) =>
        from assembly in subject.Assemblies
        from type in Types.WrittenIn(assembly)
        let name = Types.SimpleName(type)
        where name.EndsWith("Options", StringComparison.Ordinal) || name.EndsWith("Policy", StringComparison.Ordinal)
        where !Exemptions.Records.ContainsKey(name)
        where !type.IsEnum && !type.IsInterface && !(type.IsAbstract && type.IsSealed) && !Types.IsRecord(type)
        select new Violation(
            Types.NameOf(type),
            "settings are values: make it a record whose properties are init-only");

    internal static IEnumerable<Violation> Controllers(Subject subject) =>
        from assembly in subject.Assemblies
        from type in Types.WrittenIn(assembly)
        where Types.SimpleName(type).EndsWith("Controller", StringComparison.Ordinal)
        where Slices.SliceOf(assembly, type.Namespace ?? "") != "Controllers"
        select new Violation(
            Types.NameOf(type),
            "a controller lives in the Controllers folder: move it, or name it after what it does if it "
            + "controls no object");
}
