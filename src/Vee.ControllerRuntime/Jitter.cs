namespace Vee.ControllerRuntime;

/// <summary>Spreads waits so that clients that failed together do not come back together.</summary>
internal sealed class Jitter(Random random)
{
    private readonly Lock gate = new();

    /// <summary>A span between <paramref name="span"/> and that much longer.</summary>
    /// <param name="span">At least zero.</param>
    /// <param name="fraction">The largest part of <paramref name="span"/> to add, 0..1.</param>
    internal TimeSpan Stretch(TimeSpan span, double fraction) => span + (span * (fraction * Next()));

    /// <summary>A number in [0, 1).</summary>
    internal double Next()
    {
        lock (gate)
        {
            return random.NextDouble();
        }
    }

    /// <summary>Bits for names that must not be guessed twice.</summary>
    internal long NextBits()
    {
        lock (gate)
        {
            return random.NextInt64();
        }
    }
}
