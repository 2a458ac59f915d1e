using System.Numerics;

namespace Vee.Machines.FloatingPoint;

/// <content>Conversions to and from integers and the other format: IEEE 754-2019, clauses 5.4 and 5.8.</content>
internal static partial class SoftFloat<TFormat>
{
    /// <summary>FCVT.W: the signed 32-bit integer a rounds to.</summary>
    internal static int ToInt32(ulong a, RoundingMode rm, ref FloatFlags flags) =>
        (int)ToInteger(a, 1UL << 31, int.MaxValue, rm, ref flags);

    /// <summary>FCVT.WU: the unsigned 32-bit integer a rounds to.</summary>
    internal static uint ToUInt32(ulong a, RoundingMode rm, ref FloatFlags flags) =>
        (uint)ToInteger(a, 0, uint.MaxValue, rm, ref flags);

    /// <summary>FCVT.L: the signed 64-bit integer a rounds to.</summary>
    internal static long ToInt64(ulong a, RoundingMode rm, ref FloatFlags flags) =>
        (long)ToInteger(a, 1UL << 63, long.MaxValue, rm, ref flags);

    /// <summary>FCVT.LU: the unsigned 64-bit integer a rounds to.</summary>
    internal static ulong ToUInt64(ulong a, RoundingMode rm, ref FloatFlags flags) =>
        ToInteger(a, 0, ulong.MaxValue, rm, ref flags);

    /// <summary>Rounds to an integer, in two's complement.</summary>
    /// <param name="a">The value.</param>
    /// <param name="negativeLimit">The magnitude of the lowest integer of the target type.</param>
    /// <param name="positiveLimit">Its highest integer.</param>
    /// <param name="rm">The rounding direction.</param>
    /// <param name="flags">Accrued flags.</param>
    /// <remarks>
    /// What does not fit is invalid, not inexact, and gives the nearest limit; a NaN counts as too large. Source:
    /// RISC-V unprivileged ISA, chapter "F", table "Domains of float-to-integer conversions".
    /// </remarks>
    private static ulong ToInteger(
        ulong a, ulong negativeLimit, ulong positiveLimit, RoundingMode rm, ref FloatFlags flags)
    {
        var negative = IsNegative(a) && !IsNaN(a);
        var limit = negative ? negativeLimit : positiveLimit;
        if (IsZero(a))
        {
            return 0;
        }

        var fits = false;
        var integer = limit;
        var inexact = false;
        if (!IsNaN(a) && !IsInfinity(a))
        {
            fits = TryRoundToInteger(Unpack(a), rm, out integer, out inexact) && integer <= limit;
        }

        if (!fits)
        {
            flags |= FloatFlags.Invalid;
            integer = limit;
        }
        else if (inexact)
        {
            flags |= FloatFlags.Inexact;
        }

        return negative ? 0 - integer : integer;
    }

    /// <summary>The magnitude of the integer a number rounds to; false if that exceeds 64 bits.</summary>
    private static bool TryRoundToInteger(in Number value, RoundingMode rm, out ulong integer, out bool inexact)
    {
        integer = 0;
        inexact = false;
        if (value.Exponent > LeadingBit)
        {
            return false;
        }

        // Integer above, fraction below the middle of 128 bits.
        var point = ShiftRightSticky((UInt128)value.Significand << 64, LeadingBit - value.Exponent);
        var fraction = (ulong)point;
        integer = (ulong)(point >> 64);
        inexact = fraction != 0;
        if (inexact && RoundsAway((integer & 1) != 0, fraction, value.Negative, rm))
        {
            // This cannot carry out of 64 bits: whoever has a fraction is far below 2^64.
            integer++;
        }

        return true;
    }

    /// <summary>FCVT from a signed integer of up to 64 bits.</summary>
    internal static ulong FromInt64(long a, RoundingMode rm, ref FloatFlags flags) =>
        FromInteger(a < 0, a < 0 ? 0 - (ulong)a : (ulong)a, rm, ref flags);

    /// <summary>FCVT from an unsigned integer of up to 64 bits.</summary>
    internal static ulong FromUInt64(ulong a, RoundingMode rm, ref FloatFlags flags) =>
        FromInteger(negative: false, a, rm, ref flags);

    private static ulong FromInteger(bool negative, ulong magnitude, RoundingMode rm, ref FloatFlags flags)
    {
        if (magnitude == 0)
        {
            return 0;
        }

        var shift = BitOperations.LeadingZeroCount(magnitude);
        return Round(new Number(negative, LeadingBit - shift, magnitude << shift), rm, ref flags);
    }

    /// <summary>FCVT to another format: exact if that is wider, else rounded.</summary>
    internal static ulong To<TTarget>(ulong a, RoundingMode rm, ref FloatFlags flags)
        where TTarget : struct, IFloatFormat
    {
        if (IsNaN(a))
        {
            PropagateNaN(a, a, ref flags);
            return SoftFloat<TTarget>.CanonicalNaN;
        }

        if (IsInfinity(a))
        {
            return SoftFloat<TTarget>.Infinity(IsNegative(a));
        }

        return IsZero(a)
            ? SoftFloat<TTarget>.Zero(IsNegative(a))
            : SoftFloat<TTarget>.Round(Unpack(a), rm, ref flags);
    }
}
