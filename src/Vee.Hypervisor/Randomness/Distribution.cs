using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Randomness;

/// <summary>A distribution of durations, or of other amounts that are not negative.</summary>
public abstract record Distribution
{
    /// <summary>The most that a sample may be: a year.</summary>
    internal const long SampleMax = 365L * 24 * 3600 * VirtualTime.Second;

    private protected Distribution()
    {
    }

    /// <summary>The mean, in nanoseconds; of a trace that of its values.</summary>
    public abstract double Mean { get; }

    /// <summary>A sample: whole nanoseconds, rounded to the nearest.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="index">How many samples were taken before, which a trace goes by.</param>
    internal long Sample(RandomStream random, long index) =>
        (long)Math.Round(Math.Clamp(Draw(random, index), 0, SampleMax));

    private protected abstract double Draw(RandomStream random, long index);

    /// <summary>Always the same.</summary>
    /// <param name="Value">Nanoseconds.</param>
    public sealed record Constant(long Value) : Distribution
    {
        /// <inheritdoc/>
        public override double Mean => Value;

        private protected override double Draw(RandomStream random, long index) => Value;
    }

    /// <summary>Every duration between two is as likely.</summary>
    /// <param name="Least">Nanoseconds.</param>
    /// <param name="Most">Nanoseconds.</param>
    public sealed record Uniform(long Least, long Most) : Distribution
    {
        /// <inheritdoc/>
        public override double Mean => (Least + (double)Most) / 2;

        private protected override double Draw(RandomStream random, long index) =>
            Least + ((Most - Least) * random.NextPositive());
    }

    /// <summary>Memoryless: gaps of a Poisson process.</summary>
    /// <param name="MeanValue">Nanoseconds.</param>
    public sealed record Exponential(double MeanValue) : Distribution
    {
        /// <inheritdoc/>
        public override double Mean => MeanValue;

        private protected override double Draw(RandomStream random, long index) =>
            MeanValue * random.NextExponential();
    }

    /// <summary>The sum of some exponential ones: less scattered than one of them.</summary>
    /// <param name="Stages">How many, 1 to 1000. The squared coefficient of variation is 1 / Stages.</param>
    /// <param name="MeanValue">Of the sum, nanoseconds.</param>
    public sealed record Erlang(int Stages, double MeanValue) : Distribution
    {
        /// <inheritdoc/>
        public override double Mean => MeanValue;

        private protected override double Draw(RandomStream random, long index)
        {
            var sum = 0.0;
            for (var stage = 0; stage < Stages; stage++)
            {
                sum += random.NextExponential();
            }

            return sum * MeanValue / Stages;
        }
    }

    /// <summary>One of two exponential ones by chance, with balanced means: more scattered than one.</summary>
    /// <param name="SquaredVariation">Squared coefficient of variation, at least 1.</param>
    /// <param name="MeanValue">Nanoseconds.</param>
    public sealed record HyperExponential(double SquaredVariation, double MeanValue) : Distribution
    {
        /// <inheritdoc/>
        public override double Mean => MeanValue;

        private protected override double Draw(RandomStream random, long index)
        {
            var first = (1 + Math.Sqrt((SquaredVariation - 1) / (SquaredVariation + 1))) / 2;
            var chance = random.NextPositive() <= first ? first : 1 - first;
            return MeanValue / (2 * chance) * random.NextExponential();
        }
    }

    /// <summary>The logarithm is normal.</summary>
    /// <param name="MedianValue">Nanoseconds.</param>
    /// <param name="Sigma">Deviation of the logarithm, 0 to 5.</param>
    public sealed record LogNormal(double MedianValue, double Sigma) : Distribution
    {
        /// <inheritdoc/>
        public override double Mean => MedianValue * ExactMath.Exp(Sigma * Sigma / 2);

        private protected override double Draw(RandomStream random, long index) =>
            MedianValue * ExactMath.Exp(Math.Clamp(Sigma * random.NextNormal(), -600, 600));
    }

    /// <summary>Heavy-tailed, cut off.</summary>
    /// <param name="Shape">Above 0; the smaller, the heavier the tail.</param>
    /// <param name="Least">Nanoseconds, above 0.</param>
    /// <param name="Most">Nanoseconds.</param>
    public sealed record BoundedPareto(double Shape, long Least, long Most) : Distribution
    {
        /// <inheritdoc/>
        public override double Mean
        {
            get
            {
                var ratio = Power((double)Least / Most, Shape);
                return Math.Abs(Shape - 1) < 1e-9
                    ? Least / (1 - ratio) * ExactMath.Log((double)Most / Least)
                    : Shape * Least / (1 - ratio) / (Shape - 1) * (1 - (ratio * Most / Least));
            }
        }

        private protected override double Draw(RandomStream random, long index)
        {
            var least = Power((double)Least / Most, Shape);
            // Beside 1 a very small share is rounded away.
            var left = Math.Max(least, 1 - (random.NextPositive() * (1 - least)));
            return Least / Power(left, 1 / Shape);
        }

        private static double Power(double value, double exponent) => ExactMath.Exp(exponent * ExactMath.Log(value));
    }

    /// <summary>Values in their order, again from the first after the last.</summary>
    /// <param name="Values">Nanoseconds.</param>
    public sealed record Trace(IReadOnlyList<long> Values) : Distribution
    {
        /// <inheritdoc/>
        public override double Mean => Values.Average();

        private protected override double Draw(RandomStream random, long index) =>
            Values[(int)(index % Values.Count)];
    }
}
