using System.Text.RegularExpressions;

namespace Vee.Layers.Tests.Rules;

/// <summary>
/// A duration that somebody outside sees says which clock it is of: virtual, which results are made of, or wall.
/// </summary>
internal static partial class Clocks
{
    private const int TimeoutMs = 10_000;

    internal static int Select(Subject subject) => subject.Files.Count(IsLookedAt);

    internal static IEnumerable<Violation> Names(Subject subject) =>
        from file in subject.Files
        where IsLookedAt(file)
        from line in file.Lines.Index()
        from name in DurationsIn(file, line.Item)
        where !SaysItsClock(name) && !Exemptions.Durations.Any(d => name.StartsWith(d.Key, StringComparison.Ordinal))
        select new Violation(
            $"{file.Path}:{line.Index + 1}",
            $"'{name}' is a duration without its clock: say wall or virtual before the unit");

    private static bool IsLookedAt(SourceFile file) =>
        file.IsIn("src") && (file.IsCSharp || file.Path.EndsWith(".proto", StringComparison.Ordinal));

    private static IEnumerable<string> DurationsIn(SourceFile file, string line)
    {
        var pattern = !file.IsCSharp ? ProtocolField
            : IsShown(file.Path) ? ShownProperty
            : Metric;
        return pattern.Matches(line).Concat(file.IsCSharp ? Metric.Matches(line) : [])
            .Select(match => match.Groups["name"].Value).Distinct();
    }

    /// <summary>Whether properties are fields of objects or of output.</summary>
    private static bool IsShown(string path) =>
        path.StartsWith("src/Vee.Api/", StringComparison.Ordinal)
        || path.StartsWith("src/Vee.Cli/Commands/", StringComparison.Ordinal)
        || path.StartsWith("src/Vee.Hypervisor/Scenarios/", StringComparison.Ordinal);

    private static bool SaysItsClock(string name) =>
        name.Contains("wall", StringComparison.OrdinalIgnoreCase)
        || name.Contains("virtual", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(
        @"^\s*(optional |repeated )?\w+ (?<name>\w+_(ns|us|ms|s|seconds)) = \d+",
        RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex ProtocolField { get; }

    [GeneratedRegex(@"""(?<name>[a-z]\w*_(ns|us|ms|seconds)(_total)?)""", RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex Metric { get; }

    [GeneratedRegex(
        @"public (required )?(int|long|double)\?? (?<name>\w*(Seconds|Milliseconds|Nanoseconds|Ms|Ns|Us)) ",
        RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex ShownProperty { get; }
}
