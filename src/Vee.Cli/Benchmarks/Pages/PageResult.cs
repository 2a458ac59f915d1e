namespace Vee.Cli.Benchmarks.Pages;

/// <summary>What a codec made of a set, run by run.</summary>
/// <param name="Set">The set.</param>
/// <param name="Codec">The codec.</param>
internal sealed record PageResult(PageSet Set, string Codec)
{
    /// <summary>Mean bytes of a page.</summary>
    internal double Bytes { get; set; }

    internal PageTimes Encode { get; } = new();

    internal PageTimes Decode { get; } = new();
}

/// <summary>Nanoseconds of a page: half are below, 99 of 100 are, and what they take on average.</summary>
internal sealed class PageTimes
{
    internal Samples Median { get; } = new();

    internal Samples Tail { get; } = new();

    internal Samples Mean { get; } = new();

    /// <summary>Nanoseconds since a timestamp; a <see cref="TimeSpan"/> counts in hundreds of them.</summary>
    internal static double Since(TimeProvider time, long start) =>
        (time.GetTimestamp() - start) * 1e9 / time.TimestampFrequency;

    /// <summary>Adds a run.</summary>
    /// <param name="nanoseconds">Of each page; sorted by this.</param>
    /// <param name="clock">What reading the clock takes, which is in each.</param>
    internal void Add(double[] nanoseconds, double clock)
    {
        Array.Sort(nanoseconds);
        Median.Add(Math.Max(0, nanoseconds[nanoseconds.Length / 2] - clock));
        Tail.Add(Math.Max(0, nanoseconds[nanoseconds.Length * 99 / 100] - clock));
        Mean.Add(Math.Max(0, nanoseconds.Average() - clock));
    }
}
