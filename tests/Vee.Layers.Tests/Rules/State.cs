using System.Reflection;
using System.Runtime.CompilerServices;

namespace Vee.Layers.Tests.Rules;

/// <summary>No state is shared between machines, and no production project opens itself to another.</summary>
internal static class State
{
    private const BindingFlags EveryStatic =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    internal static IEnumerable<Violation> Statics(Subject subject) =>
        from assembly in subject.Assemblies
        from type in Types.WrittenIn(assembly)
        from field in type.GetFields(EveryStatic)
        where !field.IsInitOnly && !field.IsLiteral
        select new Violation(
            $"{Types.NameOf(type)}.{field.Name}",
            "is static and can change: make it readonly, or give it to the object that owns it");

    internal static IEnumerable<Violation> Friends(Subject subject) =>
        from assembly in subject.Assemblies
        from friend in assembly.Assembly.GetCustomAttributes<InternalsVisibleToAttribute>()
        let name = friend.AssemblyName.Split(',')[0]
        where !name.EndsWith(".Tests", StringComparison.Ordinal)
        select new Violation(
            $"{assembly.Project} -> {name}",
            "production projects are no friends: make public what the other one needs; only tests see internals");
}
