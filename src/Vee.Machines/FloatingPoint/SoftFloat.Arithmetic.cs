namespace Vee.Machines.FloatingPoint;

/// <content>The arithmetic of IEEE 754-2019, clause 5.4.1.</content>
internal static partial class SoftFloat<TFormat>
{
    /// <summary>a + b.</summary>
    internal static ulong Add(ulong a, ulong b, RoundingMode rm, ref FloatFlags flags)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            return PropagateNaN(a, b, ref flags);
        }

        if (IsInfinity(a))
        {
            return IsInfinity(b) && a != b ? RaiseInvalid(ref flags) : a;
        }

        if (IsInfinity(b))
        {
            return b;
        }

        if (IsZero(a))
        {
            return IsZero(b) && a != b ? CancelledZero(rm) : b;
        }

        return IsZero(b) ? a : AddNumbers(Unpack(a), Unpack(b), rm, ref flags);
    }

    /// <summary>a - b.</summary>
    internal static ulong Subtract(ulong a, ulong b, RoundingMode rm, ref FloatFlags flags) =>
        Add(a, b ^ SignBit, rm, ref flags);

    private static ulong AddNumbers(in Number a, in Number b, RoundingMode rm, ref FloatFlags flags) =>
        AddWide(a.Negative, a.Exponent, (UInt128)a.Significand << LeadingBit, b, rm, ref flags);

    /// <summary>±significand · 2^(exponent - 126) + b, rounded once.</summary>
    /// <param name="negative">The sign of the first summand.</param>
    /// <param name="exponent">The exponent of its leading one.</param>
    /// <param name="significand">Its significand: bit 126 is set and the lowest 21 bits are clear.</param>
    /// <param name="b">The second summand.</param>
    /// <param name="rm">The rounding direction.</param>
    /// <param name="flags">Accrued flags.</param>
    /// <remarks>
    /// The one of lower exponent is shifted right until both are in units of the larger one. Bits are only lost to
    /// the sticky bit if that shift exceeds 21; then at most one leading bit can cancel, and the sticky bit stays
    /// far below the bits that are kept.
    /// </remarks>
    private static ulong AddWide(
        bool negative, int exponent, UInt128 significand, in Number b, RoundingMode rm, ref FloatFlags flags)
    {
        var other = (UInt128)b.Significand << LeadingBit;
        var distance = exponent - b.Exponent;
        if (distance >= 0)
        {
            other = ShiftRightSticky(other, distance);
        }
        else
        {
            significand = ShiftRightSticky(significand, -distance);
            exponent = b.Exponent;
        }

        if (negative == b.Negative)
        {
            return Round(Normalize(negative, exponent, significand + other), rm, ref flags);
        }

        if (significand == other)
        {
            return CancelledZero(rm);
        }

        var difference = significand > other
            ? Normalize(negative, exponent, significand - other)
            : Normalize(b.Negative, exponent, other - significand);
        return Round(difference, rm, ref flags);
    }

    /// <summary>a · b.</summary>
    internal static ulong Multiply(ulong a, ulong b, RoundingMode rm, ref FloatFlags flags)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            return PropagateNaN(a, b, ref flags);
        }

        var negative = IsNegative(a ^ b);
        if (IsInfinity(a) || IsInfinity(b))
        {
            return IsZero(a) || IsZero(b) ? RaiseInvalid(ref flags) : Infinity(negative);
        }

        if (IsZero(a) || IsZero(b))
        {
            return Zero(negative);
        }

        var x = Unpack(a);
        var y = Unpack(b);
        var product = Normalize(negative, x.Exponent + y.Exponent, Product(x, y));
        return Round(product, rm, ref flags);
    }

    /// <summary>The exact product of two significands, in units of 2^-126: its leading one is bit 126 or 127.</summary>
    private static UInt128 Product(in Number x, in Number y)
    {
        var upper = Math.BigMul(x.Significand, y.Significand, out var lower);
        return new UInt128(upper, lower);
    }

    /// <summary>a / b.</summary>
    internal static ulong Divide(ulong a, ulong b, RoundingMode rm, ref FloatFlags flags)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            return PropagateNaN(a, b, ref flags);
        }

        var negative = IsNegative(a ^ b);
        if (IsInfinity(a))
        {
            return IsInfinity(b) ? RaiseInvalid(ref flags) : Infinity(negative);
        }

        if (IsInfinity(b))
        {
            return Zero(negative);
        }

        if (IsZero(b))
        {
            if (IsZero(a))
            {
                return RaiseInvalid(ref flags);
            }

            flags |= FloatFlags.DivideByZero;
            return Infinity(negative);
        }

        return IsZero(a) ? Zero(negative) : DivideNumbers(Unpack(a), Unpack(b), rm, ref flags);
    }

    private static ulong DivideNumbers(in Number x, in Number y, RoundingMode rm, ref FloatFlags flags)
    {
        // The dividend is scaled so that the integer quotient has 64 bits. The remainder makes it sticky.
        var below = x.Significand < y.Significand;
        var dividend = (UInt128)x.Significand << (below ? 64 : LeadingBit);
        var (quotient, remainder) = UInt128.DivRem(dividend, y.Significand);
        var exponent = x.Exponent - y.Exponent - (below ? 1 : 0);
        var sticky = remainder == UInt128.Zero ? 0UL : 1UL;
        return Round(new Number(x.Negative != y.Negative, exponent, (ulong)quotient | sticky), rm, ref flags);
    }

    /// <summary>The square root of a.</summary>
    internal static ulong SquareRoot(ulong a, RoundingMode rm, ref FloatFlags flags)
    {
        if (IsNaN(a))
        {
            return PropagateNaN(a, a, ref flags);
        }

        if (IsZero(a))
        {
            return a;
        }

        if (IsNegative(a))
        {
            return RaiseInvalid(ref flags);
        }

        if (IsInfinity(a))
        {
            return a;
        }

        // An odd exponent gives one of its twos to the significand, so that the exponent can be halved.
        var number = Unpack(a);
        var odd = number.Exponent & 1;
        var root = Root(number.Significand >> (1 - odd));
        return Round(new Number(Negative: false, (number.Exponent - odd) / 2, root), rm, ref flags);
    }

    // Bits of a root that are computed: more than any format keeps, few enough for 64-bit arithmetic.
    private const int RootBits = 60;

    /// <summary>The root of a number from 1 up to 4 in units of 2^-62, as a significand that is sticky.</summary>
    /// <remarks>
    /// The schoolbook method, two binary digits of the radicand for one of the root: if r is the root of the digits
    /// so far, the next digit is one if (2r + 1)² - (2r)² = 4r + 1 still fits into the remainder.
    /// </remarks>
    private static ulong Root(ulong radicand)
    {
        var root = 0UL;
        var remainder = 0UL;
        for (var i = 0; i < RootBits; i++)
        {
            remainder = (remainder << 2) | (radicand >> 62);
            radicand <<= 2;
            var trial = (root << 2) | 1;
            root <<= 1;
            if (remainder >= trial)
            {
                remainder -= trial;
                root |= 1;
            }
        }

        var sticky = remainder == 0 ? 0UL : 1UL;
        return (root << (64 - RootBits)) | sticky;
    }

    /// <summary>a · b + c, rounded once.</summary>
    internal static ulong FusedMultiplyAdd(ulong a, ulong b, ulong c, RoundingMode rm, ref FloatFlags flags)
    {
        if (IsNaN(a) || IsNaN(b) || IsNaN(c) || IsInfinity(a) || IsInfinity(b) || IsInfinity(c))
        {
            return FusedSpecial(a, b, c, ref flags);
        }

        var negative = IsNegative(a ^ b);
        if (IsZero(a) || IsZero(b))
        {
            return IsZero(c) && IsNegative(c) != negative ? CancelledZero(rm) : c;
        }

        if (IsZero(c))
        {
            return Multiply(a, b, rm, ref flags);
        }

        var x = Unpack(a);
        var y = Unpack(b);
        var product = Product(x, y);
        var carry = (int)(product >> 127);
        return AddWide(negative, x.Exponent + y.Exponent + carry, product >> carry, Unpack(c), rm, ref flags);
    }

    /// <summary>a · b + c of which one operand at least is a NaN or infinite.</summary>
    private static ulong FusedSpecial(ulong a, ulong b, ulong c, ref FloatFlags flags)
    {
        // Whether ∞ · 0 + NaN is invalid is left open by IEEE 754-2019, clause 7.2; RISC-V says that it is.
        if ((IsInfinity(a) && IsZero(b)) || (IsZero(a) && IsInfinity(b)))
        {
            return RaiseInvalid(ref flags);
        }

        if (IsNaN(a) || IsNaN(b) || IsNaN(c))
        {
            return IsSignalingNaN(c) ? RaiseInvalid(ref flags) : PropagateNaN(a, b, ref flags);
        }

        if (!IsInfinity(a) && !IsInfinity(b))
        {
            return c;
        }

        var product = Infinity(IsNegative(a ^ b));
        return IsInfinity(c) && c != product ? RaiseInvalid(ref flags) : product;
    }
}
