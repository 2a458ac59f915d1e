using System.Numerics;
using Vee.Machines.FloatingPoint;

namespace Vee.Machines.Tests.FloatingPoint;

/// <summary>
/// Floating-point operations from their definition: the exact result in unbounded integers, then a binary search
/// for its two neighbours among all encodings. Slow, and shares nothing with the module but the enumerations.
/// </summary>
internal sealed partial class ExactOracle
{
    internal static readonly ExactOracle Single = new(8, 23);
    internal static readonly ExactOracle Double = new(11, 52);

    private readonly int fractionBits;
    private readonly int bias;
    private readonly ulong sign;
    private readonly ulong infinity;
    private readonly ulong quiet;

    private ExactOracle(int exponentBits, int fractionBits)
    {
        this.fractionBits = fractionBits;
        bias = (1 << (exponentBits - 1)) - 1;
        sign = 1UL << (exponentBits + fractionBits);
        infinity = sign - (1UL << fractionBits);
        quiet = 1UL << (fractionBits - 1);
    }

    internal static Outcome Evaluate(in FloatCase c)
    {
        var oracle = c.Double ? Double : Single;
        var other = c.Double ? Single : Double;
        return c.Operation switch
        {
            FloatOperation.Add => oracle.Add(c.A, c.B, c.Mode),
            FloatOperation.Subtract => oracle.Add(c.A, c.B ^ oracle.sign, c.Mode),
            FloatOperation.Multiply => oracle.Multiply(c.A, c.B, c.Mode),
            FloatOperation.Divide => oracle.Divide(c.A, c.B, c.Mode),
            FloatOperation.SquareRoot => oracle.SquareRoot(c.A, c.Mode),
            FloatOperation.FusedMultiplyAdd => oracle.FusedMultiplyAdd(c.A, c.B, c.C, c.Mode),
            FloatOperation.Minimum => oracle.MinMax(c.A, c.B, wantsLess: true),
            FloatOperation.Maximum => oracle.MinMax(c.A, c.B, wantsLess: false),
            FloatOperation.Equal => oracle.Compare(c.A, c.B, signaling: false, o => o == 0),
            FloatOperation.LessThan => oracle.Compare(c.A, c.B, signaling: true, o => o < 0),
            FloatOperation.LessOrEqual => oracle.Compare(c.A, c.B, signaling: true, o => o <= 0),
            FloatOperation.Classify => oracle.Classify(c.A),
            FloatOperation.ToInt32 => oracle.ToInteger(c.A, int.MinValue, int.MaxValue, c.Mode),
            FloatOperation.ToUInt32 => oracle.ToInteger(c.A, 0, uint.MaxValue, c.Mode),
            FloatOperation.ToInt64 => oracle.ToInteger(c.A, long.MinValue, long.MaxValue, c.Mode),
            FloatOperation.ToUInt64 => oracle.ToInteger(c.A, 0, ulong.MaxValue, c.Mode),
            FloatOperation.FromInt32 => oracle.RoundSum((int)c.A, 0, c.Mode, zero: 0),
            FloatOperation.FromUInt32 => oracle.RoundSum((uint)c.A, 0, c.Mode, zero: 0),
            FloatOperation.FromInt64 => oracle.RoundSum((long)c.A, 0, c.Mode, zero: 0),
            FloatOperation.FromUInt64 => oracle.RoundSum(c.A, 0, c.Mode, zero: 0),
            FloatOperation.ToOtherFormat => oracle.Convert(c.A, other, c.Mode),
            _ => throw new InvalidOperationException($"{c.Operation} is unknown."),
        };
    }

    private ulong NaN => infinity | quiet;

    private Outcome Invalid => new(NaN, FloatFlags.Invalid);

    private bool IsNegative(ulong bits) => (bits & sign) != 0;

    private ulong Magnitude(ulong bits) => bits & ~sign;

    private bool IsNaN(ulong bits) => Magnitude(bits) > infinity;

    private bool IsSignaling(ulong bits) => IsNaN(bits) && (bits & quiet) == 0;

    private bool IsInfinity(ulong bits) => Magnitude(bits) == infinity;

    private bool IsZero(ulong bits) => Magnitude(bits) == 0;

    private Outcome FromNaNs(params ReadOnlySpan<ulong> operands)
    {
        foreach (var operand in operands)
        {
            if (IsSignaling(operand))
            {
                return Invalid;
            }
        }

        return new Outcome(NaN, FloatFlags.None);
    }

    /// <summary>A magnitude's encoding as factor · 2^exponent; infinity stands for the next power of two.</summary>
    private (BigInteger Factor, int Exponent) Decode(ulong magnitude)
    {
        var field = (int)(magnitude >> fractionBits);
        var fraction = magnitude & ((1UL << fractionBits) - 1);
        return field == 0
            ? (fraction, 1 - bias - fractionBits)
            : (fraction + (1UL << fractionBits), field - bias - fractionBits);
    }

    private (BigInteger Factor, int Exponent) DecodeSigned(ulong bits)
    {
        var (factor, exponent) = Decode(Magnitude(bits));
        return (IsNegative(bits) ? -factor : factor, exponent);
    }

    private int CompareTo(in ExactMagnitude value, ulong magnitude)
    {
        var (factor, exponent) = Decode(magnitude);
        return value.CompareTo(factor, exponent);
    }

    /// <summary>The encoding a nonzero value rounds to, infinity standing for the next power of two.</summary>
    private ulong RoundMagnitude(in ExactMagnitude value, bool negative, RoundingMode mode, out bool exact)
    {
        // The greatest encoding not above the value.
        var low = 0UL;
        var end = infinity + 1;
        while (end - low > 1)
        {
            var middle = low + ((end - low) / 2);
            if (CompareTo(value, middle) >= 0)
            {
                low = middle;
            }
            else
            {
                end = middle;
            }
        }

        exact = CompareTo(value, low) == 0;
        if (exact || low == infinity)
        {
            return low;
        }

        var (lower, exponent) = Decode(low);
        var (upper, upperExponent) = Decode(low + 1);
        upper <<= upperExponent - exponent;
        var half = value.CompareTo(lower + upper, exponent - 1);
        var up = mode switch
        {
            RoundingMode.NearestEven => half > 0 || (half == 0 && low % 2 == 1),
            RoundingMode.NearestMaxMagnitude => half >= 0,
            RoundingMode.Up => !negative,
            RoundingMode.Down => negative,
            RoundingMode.TowardZero => false,
            _ => throw new InvalidOperationException($"{mode} is unknown."),
        };
        return up ? low + 1 : low;
    }

    private Outcome Round(in ExactMagnitude value, bool negative, RoundingMode mode)
    {
        var signBit = negative ? sign : 0;
        var rounded = RoundMagnitude(value, negative, mode, out var exact);
        if (rounded == infinity)
        {
            var stays = mode == RoundingMode.TowardZero
                || (mode == RoundingMode.Up && negative) || (mode == RoundingMode.Down && !negative);
            return new Outcome(
                signBit | (stays ? infinity - 1 : infinity), FloatFlags.Overflow | FloatFlags.Inexact);
        }

        if (exact)
        {
            return new Outcome(signBit | rounded, FloatFlags.None);
        }

        var tiny = IsTiny(value, negative, mode);
        return new Outcome(signBit | rounded, FloatFlags.Inexact | (tiny ? FloatFlags.Underflow : FloatFlags.None));
    }

    /// <summary>Whether a value rounded with unbounded exponents is below all normal ones.</summary>
    private bool IsTiny(in ExactMagnitude value, bool negative, RoundingMode mode)
    {
        if (value.CompareTo(1, -bias) < 0)
        {
            return true;
        }

        // At 2^10 times its size it is normal, so that it is rounded to full precision.
        var scaled = RoundMagnitude(value.Scale(10), negative, mode, out _);
        var smallestNormalScaled = 11UL << fractionBits;
        return scaled < smallestNormalScaled;
    }

    private Outcome RoundSum(BigInteger factor, int exponent, RoundingMode mode, ulong zero) =>
        factor.IsZero
            ? new Outcome(zero, FloatFlags.None)
            : Round(new ExactMagnitude(BigInteger.Abs(factor), 1, exponent), factor.Sign < 0, mode);
}
