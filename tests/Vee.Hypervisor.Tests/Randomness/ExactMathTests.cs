using Vee.Hypervisor.Randomness;
using Xunit;

namespace Vee.Hypervisor.Tests.Randomness;

public sealed class ExactMathTests
{
    [Fact]
    public void The_logarithm_is_that_of_the_library_to_the_last_bits()
    {
        var random = new RandomStream(1, "log");
        for (var i = 0; i < 100_000; i++)
        {
            var value = random.NextPositive() * ExactMath.Exp((random.NextPositive() * 1300) - 650);
            AssertClose(Math.Log(value), ExactMath.Log(value), 4e-16);
        }

        Assert.Equal(0, ExactMath.Log(1));
        Assert.Equal(Math.Log(double.MaxValue), ExactMath.Log(double.MaxValue), 12);
    }

    [Fact]
    public void The_exponential_is_that_of_the_library_to_the_last_bits()
    {
        var random = new RandomStream(2, "exp");
        for (var i = 0; i < 100_000; i++)
        {
            var value = (random.NextPositive() * 1400) - 700;
            AssertClose(Math.Exp(value), ExactMath.Exp(value), 1e-15);
        }

        Assert.Equal(1, ExactMath.Exp(0));
    }

    /// <summary>Whoever changes them changes every result that was ever published.</summary>
    [Fact]
    public void The_bits_are_these()
    {
        Assert.Equal(0x3fe62e42fefa39efL, BitConverter.DoubleToInt64Bits(ExactMath.Log(2)));
        Assert.Equal(0x4005bf0a8b14576aL, BitConverter.DoubleToInt64Bits(ExactMath.Exp(1)));
    }

    private static void AssertClose(double expected, double actual, double relative) =>
        Assert.True(
            Math.Abs(actual - expected) <= (relative * Math.Abs(expected)) + 1e-18, $"{actual:R} for {expected:R}");
}
