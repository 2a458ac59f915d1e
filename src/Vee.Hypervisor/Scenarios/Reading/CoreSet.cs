using System.Globalization;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Cores by number, as <c>taskset</c> has them: <c>0-3,6</c>.</summary>
internal static class CoreSet
{
    /// <summary>The cores; null when it is no such set.</summary>
    /// <param name="text">What is written.</param>
    /// <param name="coreCount">Cores that there are: 0 to this minus 1.</param>
    public static IReadOnlyList<int>? Parse(string text, int coreCount)
    {
        var cores = new SortedSet<int>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryParse(ends[0], out var first) || !TryParse(ends[^1], out var last)
                || first > last || last >= coreCount)
            {
                return null;
            }

            cores.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        return [.. cores];
    }

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
