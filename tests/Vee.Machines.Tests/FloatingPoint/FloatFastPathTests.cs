using Vee.Machines.FloatingPoint;
using Xunit;

namespace Vee.Machines.Tests.FloatingPoint;

/// <summary>The host's arithmetic against integer arithmetic: same bits and flags, whatever was raised.</summary>
public sealed class FloatFastPathTests
{
    private const int Cases = 30_000;

    [Theory]
    [MemberData(nameof(FloatOracleTests.Operations), MemberType = typeof(FloatOracleTests))]
    public void Operation_on_host_agrees_with_software(FloatOperation operation, bool isDouble)
    {
        var seed = 2000 + (int)operation;
        var source = new OperandSource(isDouble, seed);
        for (var i = 0; i < Cases; i++)
        {
            // The host only rounds arithmetic to nearest even, so that mode gets most of the cases.
            var mode = (RoundingMode)Math.Max(0, (i % 12) - 7);
            var c = source.NextCase(operation, mode);
            foreach (var before in (ReadOnlySpan<FloatFlags>)[FloatFlags.None, FloatFlags.Inexact])
            {
                var expected = c.RunSoftware(before);
                var actual = c.Run(before);
                Assert.True(
                    expected == actual, $"{c} after [{before}] (seed {seed}): software {expected}, host {actual}");
            }
        }
    }

    [Theory]
    [InlineData(FloatOperation.Add)]
    [InlineData(FloatOperation.Multiply)]
    [InlineData(FloatOperation.Divide)]
    [InlineData(FloatOperation.SquareRoot)]
    [InlineData(FloatOperation.FusedMultiplyAdd)]
    public void Raised_flags_are_never_lowered(FloatOperation operation)
    {
        const FloatFlags all = FloatFlags.Invalid | FloatFlags.DivideByZero | FloatFlags.Overflow
            | FloatFlags.Underflow | FloatFlags.Inexact;
        const ulong one = 0x3ff0000000000000;

        var outcome = new FloatCase(operation, Double: true, one, one, one, RoundingMode.NearestEven).Run(all);

        Assert.Equal(all, outcome.Flags);
    }
}
