namespace Vee.Cli.Benchmarks;

/// <summary>Repeated measurements of one thing.</summary>
internal sealed class Samples
{
    private readonly List<double> values = [];

    /// <summary>In the order of measuring.</summary>
    internal IReadOnlyList<double> Values => values;

    internal int Count => values.Count;

    internal double Min => values.Min();

    internal double Max => values.Max();

    /// <summary>The middle value; the mean of the middle two of an even count.</summary>
    internal double Median
    {
        get
        {
            var sorted = values.Order().ToArray();
            var middle = sorted.Length / 2;
            return sorted.Length % 2 != 0 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    internal void Add(double value) => values.Add(value);

    /// <summary>Forgets what was measured to warm up.</summary>
    internal void Clear() => values.Clear();
}
