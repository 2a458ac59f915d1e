using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Extensions;

namespace Vee.Layers.Tests.Rules;

/// <summary>What types may use of the world outside this repository.</summary>
internal static class Dependencies
{
    /// <summary>Namespaces and types that a pure project does without, and what it does instead.</summary>
    private static readonly IReadOnlyList<(string Target, string Instead)> Impure =
    [
        ("System.IO", "take and return bytes, and leave files and streams to the caller"),
        ("System.Net", "take and return bytes, and leave the network to the caller"),
        ("Microsoft.Extensions", "take plain parameters, and leave hosting, logging and configuration to the caller"),
        ("System.TimeProvider", "take virtual time as a parameter"),
        ("System.DateTime", "take virtual time as a parameter"),
        ("System.DateTimeOffset", "take virtual time as a parameter"),
        ("System.Diagnostics.Stopwatch", "count instructions and cycles, and leave wall time to the caller"),
        ("System.Diagnostics.Process", "leave host processes to the caller"),
        ("System.Threading.Thread", "let the caller's thread run it"),
        ("System.Threading.ThreadPool", "let the caller's thread run it"),
        ("System.Threading.Timer", "make it an event in virtual time"),
        ("System.Timers", "make it an event in virtual time"),
    ];

    /// <summary>An exception and a hash without any I/O in them, whatever their namespace says.</summary>
    private static readonly IReadOnlyList<string> PureAnyway =
        ["System.IO.InvalidDataException", "System.IO.Hashing.XxHash3"];

    /// <summary>A thread that serves as a second stack: of it and its caller, one always waits for the other.</summary>
    private static readonly IReadOnlyList<(string Type, string Target)> Excepted =
        [("Vee.Machines.Linux.Coroutine", "System.Threading.Thread")];

    internal static IEnumerable<Violation> Purity(Subject subject)
    {
        foreach (var assembly in subject.Assemblies.Where(a => a.Row.IsPure))
        {
            foreach (var (type, target) in Uses(subject, assembly))
            {
                var found = Impure.FirstOrDefault(i => Covers(i.Target, target));
                if (found.Target is not null && !PureAnyway.Contains(target)
                    && !Excepted.Contains((type.FullName, found.Target)))
                {
                    yield return new(type.FullName, $"uses {target}, but {assembly.Project} is pure: {found.Instead}");
                }
            }
        }
    }

    internal static IEnumerable<Violation> Tasks(Subject subject)
    {
        foreach (var assembly in subject.Assemblies.Where(a => !a.Row.MayUseTasks || a.Row.TasklessSlices.Count > 0))
        {
            foreach (var (type, target) in Uses(subject, assembly))
            {
                var slice = Slices.SliceOf(assembly, type.Namespace.FullName);
                if (Covers("System.Threading.Tasks", target)
                    && (!assembly.Row.MayUseTasks || assembly.Row.TasklessSlices.Contains(slice)))
                {
                    yield return new(
                        type.FullName,
                        $"uses {target}: this runs on the caller's thread and returns a value, never a task");
                }
            }
        }
    }

    internal static IEnumerable<Violation> Edges(Subject subject)
    {
        foreach (var assembly in subject.Assemblies)
        {
            foreach (var (type, target) in Uses(subject, assembly))
            {
                if (Layers.Edges.FirstOrDefault(e => Covers(e.Target, target)) is { } edge
                    && !edge.Allowed.Contains(assembly.Project))
                {
                    yield return new(
                        type.FullName,
                        $"uses {target}: only {string.Join(", ", edge.Allowed)} may see {edge.Subject}");
                }
            }
        }
    }

    /// <summary>Each type with each type that it uses in a signature or a body, once.</summary>
    private static IEnumerable<(IType Type, string Target)> Uses(Subject subject, CheckedAssembly assembly) =>
        from type in subject.TypesOf(assembly)
        from target in type.GetTypeDependencies().Select(d => d.FullName).Distinct()
        select (type, target);

    /// <summary>Whether a type is the target, is nested in it, or lives in the namespace it names.</summary>
    private static bool Covers(string target, string type) =>
        type.StartsWith(target, StringComparison.Ordinal)
        && (type.Length == target.Length || type[target.Length] is '.' or '+' or '`' or '/');
}
