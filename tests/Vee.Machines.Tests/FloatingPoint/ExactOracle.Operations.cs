using System.Numerics;
using Vee.Machines.FloatingPoint;

namespace Vee.Machines.Tests.FloatingPoint;

/// <content>The operations, special operands first.</content>
internal sealed partial class ExactOracle
{
    private Outcome Add(ulong a, ulong b, RoundingMode mode)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            return FromNaNs(a, b);
        }

        if (IsInfinity(a) || IsInfinity(b))
        {
            return IsInfinity(a) && IsInfinity(b) && a != b
                ? Invalid
                : new Outcome(IsInfinity(a) ? a : b, FloatFlags.None);
        }

        return AddExactly(DecodeSigned(a), IsNegative(a), b, mode);
    }

    private Outcome AddExactly((BigInteger Factor, int Exponent) x, bool negative, ulong b, RoundingMode mode)
    {
        var y = DecodeSigned(b);
        var exponent = Math.Min(x.Exponent, y.Exponent);
        var sum = (x.Factor << (x.Exponent - exponent)) + (y.Factor << (y.Exponent - exponent));

        // Zeros of one sign keep it. Otherwise a zero sum is positive, except when rounding down.
        var bothZero = x.Factor.IsZero && y.Factor.IsZero;
        var zeroIsNegative = bothZero && negative == IsNegative(b) ? negative : mode == RoundingMode.Down;
        return RoundSum(sum, exponent, mode, zeroIsNegative ? sign : 0);
    }

    private Outcome Multiply(ulong a, ulong b, RoundingMode mode)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            return FromNaNs(a, b);
        }

        var resultSign = (a ^ b) & sign;
        if (IsInfinity(a) || IsInfinity(b))
        {
            return IsZero(a) || IsZero(b) ? Invalid : new Outcome(resultSign | infinity, FloatFlags.None);
        }

        var x = DecodeSigned(a);
        var y = DecodeSigned(b);
        return RoundSum(x.Factor * y.Factor, x.Exponent + y.Exponent, mode, resultSign);
    }

    private Outcome Divide(ulong a, ulong b, RoundingMode mode)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            return FromNaNs(a, b);
        }

        var resultSign = (a ^ b) & sign;
        if ((IsInfinity(a) && IsInfinity(b)) || (IsZero(a) && IsZero(b)))
        {
            return Invalid;
        }

        if (IsInfinity(a))
        {
            return new Outcome(resultSign | infinity, FloatFlags.None);
        }

        if (IsZero(b))
        {
            return new Outcome(resultSign | infinity, FloatFlags.DivideByZero);
        }

        if (IsInfinity(b) || IsZero(a))
        {
            return new Outcome(resultSign, FloatFlags.None);
        }

        var x = Decode(Magnitude(a));
        var y = Decode(Magnitude(b));
        return Round(new ExactMagnitude(x.Factor, y.Factor, x.Exponent - y.Exponent), resultSign != 0, mode);
    }

    private Outcome SquareRoot(ulong a, RoundingMode mode)
    {
        if (IsNaN(a))
        {
            return FromNaNs(a);
        }

        if (IsZero(a) || a == infinity)
        {
            return new Outcome(a, FloatFlags.None);
        }

        if (IsNegative(a))
        {
            return Invalid;
        }

        var (factor, exponent) = Decode(a);
        return Round(new ExactMagnitude(factor, 1, exponent, IsRoot: true), negative: false, mode);
    }

    private Outcome FusedMultiplyAdd(ulong a, ulong b, ulong c, RoundingMode mode)
    {
        if ((IsInfinity(a) && IsZero(b)) || (IsZero(a) && IsInfinity(b)))
        {
            return Invalid;
        }

        if (IsNaN(a) || IsNaN(b) || IsNaN(c))
        {
            return FromNaNs(a, b, c);
        }

        var productSign = (a ^ b) & sign;
        if (IsInfinity(a) || IsInfinity(b))
        {
            return Add(productSign | infinity, c, mode);
        }

        if (IsInfinity(c))
        {
            return new Outcome(c, FloatFlags.None);
        }

        var x = DecodeSigned(a);
        var y = DecodeSigned(b);
        return AddExactly((x.Factor * y.Factor, x.Exponent + y.Exponent), productSign != 0, c, mode);
    }

    private Outcome MinMax(ulong a, ulong b, bool wantsLess)
    {
        var flags = IsSignaling(a) || IsSignaling(b) ? FloatFlags.Invalid : FloatFlags.None;
        if (IsNaN(a) || IsNaN(b))
        {
            return new Outcome(!IsNaN(a) ? a : !IsNaN(b) ? b : NaN, flags);
        }

        var order = Order(a, b);
        var less = order == 0 ? IsNegative(a) : order < 0;
        return new Outcome(less == wantsLess ? a : b, flags);
    }

    private int Order(ulong a, ulong b)
    {
        var x = DecodeSigned(a);
        var y = DecodeSigned(b);
        var exponent = Math.Min(x.Exponent, y.Exponent);
        return (x.Factor << (x.Exponent - exponent)).CompareTo(y.Factor << (y.Exponent - exponent));
    }

    private Outcome Compare(ulong a, ulong b, bool signaling, Func<int, bool> holds)
    {
        if (!IsNaN(a) && !IsNaN(b))
        {
            return new Outcome(holds(Order(a, b)) ? 1UL : 0, FloatFlags.None);
        }

        var invalid = signaling || IsSignaling(a) || IsSignaling(b);
        return new Outcome(0, invalid ? FloatFlags.Invalid : FloatFlags.None);
    }

    private Outcome Classify(ulong a)
    {
        var smallestNormal = 1UL << fractionBits;
        var bit = IsNaN(a) ? (IsSignaling(a) ? 8 : 9)
            : IsInfinity(a) ? (IsNegative(a) ? 0 : 7)
            : IsZero(a) ? (IsNegative(a) ? 3 : 4)
            : Magnitude(a) < smallestNormal ? (IsNegative(a) ? 2 : 5)
            : IsNegative(a) ? 1 : 6;
        return new Outcome(1UL << bit, FloatFlags.None);
    }

    private Outcome ToInteger(ulong a, BigInteger min, BigInteger max, RoundingMode mode)
    {
        if (IsNaN(a) || a == infinity)
        {
            return new Outcome(LowBits(max), FloatFlags.Invalid);
        }

        if (IsInfinity(a))
        {
            return new Outcome(LowBits(min), FloatFlags.Invalid);
        }

        // Beyond 2^70 only that it is large matters, below 2^-70 only that it is small.
        var (factor, exponent) = DecodeSigned(a);
        exponent = Math.Clamp(exponent, -140, 70);
        var unit = BigInteger.One << Math.Max(0, -exponent);
        var scaled = factor << Math.Max(0, exponent);
        var truncated = BigInteger.Divide(scaled, unit);
        var floor = truncated * unit > scaled ? truncated - 1 : truncated;
        var rest = scaled - (floor * unit);
        var half = (2 * rest).CompareTo(unit);
        var rounded = mode switch
        {
            _ when rest.IsZero => floor,
            RoundingMode.Down => floor,
            RoundingMode.Up => floor + 1,
            RoundingMode.TowardZero => truncated,
            RoundingMode.NearestEven => half > 0 || (half == 0 && !floor.IsEven) ? floor + 1 : floor,
            _ => half > 0 || (half == 0 && !IsNegative(a)) ? floor + 1 : floor,
        };
        return rounded < min ? new Outcome(LowBits(min), FloatFlags.Invalid)
            : rounded > max ? new Outcome(LowBits(max), FloatFlags.Invalid)
            : new Outcome(LowBits(rounded), rest.IsZero ? FloatFlags.None : FloatFlags.Inexact);
    }

    private static ulong LowBits(BigInteger value) => (ulong)(value & ulong.MaxValue);

    private Outcome Convert(ulong a, ExactOracle target, RoundingMode mode)
    {
        if (IsNaN(a))
        {
            return new Outcome(target.NaN, FromNaNs(a).Flags);
        }

        var targetSign = IsNegative(a) ? target.sign : 0;
        if (IsInfinity(a))
        {
            return new Outcome(targetSign | target.infinity, FloatFlags.None);
        }

        var (factor, exponent) = DecodeSigned(a);
        return target.RoundSum(factor, exponent, mode, targetSign);
    }
}
