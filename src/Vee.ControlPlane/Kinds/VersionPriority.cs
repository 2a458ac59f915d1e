using System.Globalization;
using System.Text.RegularExpressions;

namespace Vee.ControlPlane.Kinds;

/// <summary>Which version of a group comes first: v2, v1, v2beta1, v1alpha1, then any other by name.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/version</c>, CompareKubeAwareVersionStrings.</remarks>
internal static partial class VersionPriority
{
    internal static readonly Comparer<string> Comparer = Comparer<string>.Create(Compare);

    private static int Compare(string? left, string? right)
    {
        var (leftRank, rightRank) = (Rank(left ?? ""), Rank(right ?? ""));
        return leftRank == rightRank
            ? string.CompareOrdinal(left, right)
            : rightRank.CompareTo(leftRank);
    }

    private static (int Stability, int Major, int Minor) Rank(string version)
    {
        var match = Shape().Match(version);
        return match.Success
            ? (
                match.Groups["stage"].Value switch { "alpha" => 1, "beta" => 2, _ => 3 },
                Number(match.Groups["major"]),
                Number(match.Groups["minor"]))
            : (0, 0, 0);
    }

    private static int Number(Group group) =>
        int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(
        "^v(?<major>[1-9][0-9]*)((?<stage>alpha|beta)(?<minor>[1-9][0-9]*))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Shape();
}
