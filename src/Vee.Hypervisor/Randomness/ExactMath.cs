namespace Vee.Hypervisor.Randomness;

/// <summary>Functions whose results have the same bits on every computer.</summary>
/// <remarks>
/// Those of <see cref="Math"/> are the C library's, which chooses among several versions by what the processor can do.
/// Here are only additions, multiplications, divisions and square roots, which IEEE 754 defines to the bit.
/// </remarks>
internal static class ExactMath
{
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const int ExponentBias = 1023;
    private const int MantissaBits = 52;

    /// <summary>The natural logarithm of a normal, positive number, to about 1e-16 of its size.</summary>
    public static double Log(double value)
    {
        if (!double.IsNormal(value) || value < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "there is no logarithm of it here");
        }

        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)(bits >> MantissaBits) - ExponentBias;
        var mantissa = BitConverter.Int64BitsToDouble(
            (bits & ((1L << MantissaBits) - 1)) | ((long)ExponentBias << MantissaBits));
        if (mantissa > 1.4142135623730951)
        {
            mantissa /= 2;
            exponent++;
        }

        // ln m = 2 artanh s with s = (m - 1) / (m + 1), |s| < 0.172, as an odd series in s.
        var s = (mantissa - 1) / (mantissa + 1);
        var square = s * s;
        var series = 0.0;
        for (var power = 23; power >= 3; power -= 2)
        {
            series = (series + (1.0 / power)) * square;
        }

        return (exponent * Ln2High) + ((exponent * Ln2Low) + (2 * s * series) + (2 * s));
    }

    /// <summary>The exponential function for -700 to 700, to about 1e-15 of its size.</summary>
    public static double Exp(double value)
    {
        if (!(Math.Abs(value) <= 700))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "outside -700 to 700");
        }

        var power = (int)Math.Round(value / (Ln2High + Ln2Low));
        var rest = value - (power * Ln2High) - (power * Ln2Low);
        var sum = 1.0;
        for (var term = 18; term >= 1; term--)
        {
            sum = 1 + (rest / term * sum);
        }

        return sum * BitConverter.Int64BitsToDouble((long)(power + ExponentBias) << MantissaBits);
    }
}
