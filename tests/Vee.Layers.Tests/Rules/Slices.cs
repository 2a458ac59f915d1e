using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Extensions;

namespace Vee.Layers.Tests.Rules;

/// <summary>Which folders of one project may know each other. A slice is a folder with everything below it.</summary>
internal static class Slices
{
    internal static IEnumerable<Violation> Leaves(Subject subject)
    {
        foreach (var assembly in subject.Assemblies)
        {
            foreach (var (type, slice, target, _) in Arrows(subject, assembly))
            {
                if (!assembly.Row.Leaves.Contains(slice))
                {
                    continue;
                }

                yield return new(
                    type,
                    $"uses {target}, but {slice} depends on nothing of ours: pass in what it needs, or move "
                    + "this type");
            }

            foreach (var violation in Missing(subject, assembly, assembly.Row.Leaves))
            {
                yield return violation;
            }
        }
    }

    internal static IEnumerable<Violation> Siblings(Subject subject)
    {
        foreach (var assembly in subject.Assemblies)
        {
            var row = assembly.Row;
            foreach (var (type, from, target, to) in Arrows(subject, assembly))
            {
                if (row.Siblings.Contains(to) && (row.Siblings.Contains(from) || row.Shared.Contains(from)))
                {
                    yield return new(
                        type,
                        $"uses {target}, but {from} and {to} do not know each other: move what they share to "
                        + $"{string.Join(" or ", row.Shared)}");
                }
            }

            foreach (var violation in Missing(subject, assembly, [.. row.Siblings, .. row.Shared]))
            {
                yield return violation;
            }
        }
    }

    internal static IEnumerable<Violation> Cycles(Subject subject)
    {
        foreach (var assembly in subject.Assemblies)
        {
            var arrows = Arrows(subject, assembly).Where(e => e.To.Length > 0).ToList();
            var next = arrows.ToLookup(e => e.From, e => e.To);
            foreach (var arrow in arrows.DistinctBy(e => (e.From, e.To)))
            {
                if (Path(next, arrow.To, arrow.From) is { } way)
                {
                    yield return new(
                        arrow.Type,
                        $"uses {arrow.Target}, which closes the cycle {arrow.From} -> "
                        + $"{string.Join(" -> ", way)}: turn one of these arrows around");
                }
            }
        }
    }

    /// <summary>The first folder below the project's root; empty for the root itself and all others.</summary>
    internal static string SliceOf(CheckedAssembly assembly, string @namespace) =>
        @namespace.StartsWith(assembly.RootNamespace + ".", StringComparison.Ordinal)
            ? @namespace[(assembly.RootNamespace.Length + 1)..].Split('.')[0]
            : "";

    private static IEnumerable<Arrow> Arrows(Subject subject, CheckedAssembly assembly) =>
        from type in subject.TypesOf(assembly)
        let slice = SliceOf(assembly, type.Namespace.FullName)
        where slice.Length > 0
        from target in type.GetTypeDependencies().DistinctBy(d => d.FullName)
        where target is not GenericParameter && IsOurs(subject, target.Namespace.FullName)
        let other = SliceOf(assembly, target.Namespace.FullName)
        where other != slice
        select new Arrow(type.FullName, slice, target.FullName, other);

    private static bool IsOurs(Subject subject, string @namespace) => subject.Assemblies.Any(a =>
        @namespace == a.RootNamespace || @namespace.StartsWith(a.RootNamespace + ".", StringComparison.Ordinal));

    /// <summary>A named slice whose folder has files has types too, so that no rule goes blind.</summary>
    private static IEnumerable<Violation> Missing(
        Subject subject, CheckedAssembly assembly, IEnumerable<string> slices) =>
        from slice in slices
        where subject.Files.Any(f => f.IsCSharp && f.IsIn($"src/{assembly.Project}/{slice}"))
        where !subject.TypesOf(assembly).Any(t => SliceOf(assembly, t.Namespace.FullName) == slice)
        select new Violation(
            $"{assembly.Project}/{slice}",
            "the rule selects no type although the folder has files: the namespace must be the folder");

    private static List<string>? Path(ILookup<string, string> next, string from, string to)
    {
        var seen = new Dictionary<string, string> { [from] = "" };
        var queue = new Queue<string>([from]);
        while (queue.TryDequeue(out var at))
        {
            if (at == to)
            {
                var way = new List<string>();
                for (var step = at; step.Length > 0; step = seen[step])
                {
                    way.Insert(0, step);
                }

                return way;
            }

            foreach (var other in next[at].Where(o => seen.TryAdd(o, at)))
            {
                queue.Enqueue(other);
            }
        }

        return null;
    }

    /// <summary>One type of a slice uses one type outside it.</summary>
    private sealed record Arrow(string Type, string From, string Target, string To);
}
