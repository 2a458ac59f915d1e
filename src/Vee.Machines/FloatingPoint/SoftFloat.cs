using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Vee.Machines.FloatingPoint;

/// <summary>IEEE 754 arithmetic in integers: all rounding modes and flags, whatever the host's unit does.</summary>
/// <typeparam name="TFormat">The format of operands and results.</typeparam>
/// <remarks>
/// <para>
/// Every operation has three steps. Operands that are NaN, infinite or zero are answered from the rules of
/// IEEE 754-2019 (clauses 6 and 7). The others are unpacked into a <see cref="Number"/> and combined into one whose
/// 64-bit significand is exact, save that its lowest bit also stands for everything below it (it is "sticky"). Last,
/// <see cref="Round"/> fits that into the format, and is the only place that rounds.
/// </para>
/// <para>
/// A sticky bit loses nothing: rounding only asks whether the bits that go away are zero, below one half, one half
/// or above. A significand has at most 53 bits, so the sticky bit is always well below the half bit.
/// </para>
/// <para>
/// RISC-V decides what IEEE 754 leaves open: every NaN result is the canonical one, and tininess is detected after
/// rounding (unprivileged ISA, chapter "F", "NaN Generation and Propagation" and "Subnormal Arithmetic").
/// Encodings are held in the low bits of a ulong whatever the format.
/// </para>
/// </remarks>
internal static partial class SoftFloat<TFormat>
    where TFormat : struct, IFloatFormat
{
    /// <summary>The leading one of a <see cref="Number"/>'s significand.</summary>
    private const int LeadingBit = 63;

    /// <summary>The quiet NaN that every operation delivers: sign clear, only the quiet bit set.</summary>
    internal static ulong CanonicalNaN => InfinityBits | QuietBit;

    private static int FractionBits => TFormat.Precision - 1;

    // Also the exponent bias.
    private static int MaxExponent => (1 << (TFormat.ExponentBits - 1)) - 1;

    private static int MinExponent => 1 - MaxExponent;

    private static ulong SignBit => 1UL << (TFormat.ExponentBits + FractionBits);

    private static ulong FractionMask => (1UL << FractionBits) - 1;

    private static ulong QuietBit => 1UL << (FractionBits - 1);

    private static ulong InfinityBits => ((1UL << TFormat.ExponentBits) - 1) << FractionBits;

    private static bool IsNegative(ulong bits) => (bits & SignBit) != 0;

    /// <summary>The encoding without its sign: encodings of magnitudes are ordered as the magnitudes are.</summary>
    private static ulong Magnitude(ulong bits) => bits & (SignBit - 1);

    private static bool IsNaN(ulong bits) => Magnitude(bits) > InfinityBits;

    private static bool IsSignalingNaN(ulong bits) => IsNaN(bits) && (bits & QuietBit) == 0;

    private static bool IsInfinity(ulong bits) => Magnitude(bits) == InfinityBits;

    private static bool IsZero(ulong bits) => Magnitude(bits) == 0;

    private static ulong Infinity(bool negative) => WithSign(negative, InfinityBits);

    private static ulong Zero(bool negative) => WithSign(negative, 0);

    private static ulong WithSign(bool negative, ulong magnitude) => negative ? SignBit | magnitude : magnitude;

    /// <summary>The sign of an exact zero sum of nonzero or opposite operands: IEEE 754-2019, clause 6.3.</summary>
    private static ulong CancelledZero(RoundingMode rm) => Zero(rm == RoundingMode.Down);

    /// <summary>The result of an operation with no definable value: IEEE 754-2019, clause 7.2.</summary>
    private static ulong RaiseInvalid(ref FloatFlags flags)
    {
        flags |= FloatFlags.Invalid;
        return CanonicalNaN;
    }

    /// <summary>The result of an operation of which one operand at least is a NaN: IEEE 754-2019, clause 6.2.</summary>
    private static ulong PropagateNaN(ulong a, ulong b, ref FloatFlags flags)
    {
        if (IsSignalingNaN(a) || IsSignalingNaN(b))
        {
            flags |= FloatFlags.Invalid;
        }

        return CanonicalNaN;
    }

    /// <summary>Takes a finite, nonzero encoding apart.</summary>
    private static Number Unpack(ulong bits)
    {
        var magnitude = Magnitude(bits);
        var field = (int)(magnitude >> FractionBits);
        if (field != 0)
        {
            var significand = (magnitude & FractionMask) | (1UL << FractionBits);
            return new Number(IsNegative(bits), field - MaxExponent, significand << (LeadingBit - FractionBits));
        }

        // Subnormal: there is no implicit one and the exponent is that of the smallest normal values.
        var shift = BitOperations.LeadingZeroCount(magnitude);
        var exponent = MinExponent + (LeadingBit - FractionBits) - shift;
        return new Number(IsNegative(bits), exponent, magnitude << shift);
    }

    /// <summary>
    /// Fits a value into the format and raises what that entails: IEEE 754-2019, clauses 4.3, 7.4, 7.5 and 7.6.
    /// </summary>
    internal static ulong Round(in Number value, RoundingMode rm, ref FloatFlags flags)
    {
        var significand = value.Significand;
        var exponent = value.Exponent;
        var tiny = false;
        if (exponent < MinExponent)
        {
            // Subnormals are multiples of the smallest one, so leading zeros take the place of lower exponents.
            tiny = IsTinyAfterRounding(value, rm);
            significand = ShiftRightSticky(significand, MinExponent - exponent);
            exponent = MinExponent;
        }
        else if (exponent > MaxExponent)
        {
            return Overflow(value.Negative, rm, ref flags);
        }

        var kept = KeptBits(significand, value.Negative, rm, out var inexact);

        // The leading one, if there is one, adds one to the exponent field. So does a carry out of the fraction.
        var magnitude = ((ulong)(exponent - MinExponent) << FractionBits) + kept;
        if (magnitude >= InfinityBits)
        {
            return Overflow(value.Negative, rm, ref flags);
        }

        if (inexact)
        {
            flags |= tiny ? FloatFlags.Inexact | FloatFlags.Underflow : FloatFlags.Inexact;
        }

        return WithSign(value.Negative, magnitude);
    }

    /// <summary>
    /// Whether a value below the normal range would stay below it if it were rounded with unbounded exponents. Only
    /// one within half a unit of the smallest normal value does not.
    /// </summary>
    private static bool IsTinyAfterRounding(in Number value, RoundingMode rm) =>
        value.Exponent < MinExponent - 1
        || KeptBits(value.Significand, value.Negative, rm, out _) < 1UL << TFormat.Precision;

    /// <summary>The upper p bits of a significand, rounded; 2^p if that carries out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong KeptBits(ulong significand, bool negative, RoundingMode rm, out bool inexact)
    {
        var surplus = 64 - TFormat.Precision;
        var kept = significand >> surplus;
        var discarded = significand << TFormat.Precision;
        inexact = discarded != 0;
        return inexact && RoundsAway((kept & 1) != 0, discarded, negative, rm) ? kept + 1 : kept;
    }

    /// <summary>Whether the larger in magnitude of the two neighbours of an inexact value is its result.</summary>
    /// <param name="odd">Whether the smaller neighbour's last bit is one.</param>
    /// <param name="discarded">What is beyond the smaller neighbour, in 2^-64 units of its last place.</param>
    /// <param name="negative">The value's sign.</param>
    /// <param name="rm">The rounding direction: IEEE 754-2019, clause 4.3.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool RoundsAway(bool odd, ulong discarded, bool negative, RoundingMode rm)
    {
        const ulong half = 1UL << 63;
        return rm switch
        {
            RoundingMode.NearestEven => discarded > half || (discarded == half && odd),
            RoundingMode.TowardZero => false,
            RoundingMode.Down => negative,
            RoundingMode.Up => !negative,
            RoundingMode.NearestMaxMagnitude => discarded >= half,
            _ => throw UnknownMode(rm),
        };
    }

    private static UnreachableException UnknownMode(RoundingMode rm) =>
        new($"{rm} is no rounding mode: callers resolve dynamic and reserved ones.");

    /// <summary>Infinity or the largest finite value, as the mode asks: IEEE 754-2019, clause 7.4.</summary>
    private static ulong Overflow(bool negative, RoundingMode rm, ref FloatFlags flags)
    {
        flags |= FloatFlags.Overflow | FloatFlags.Inexact;

        // Beyond the largest finite value everything counts as more than half a unit away from it.
        var away = RoundsAway(odd: true, ulong.MaxValue, negative, rm);
        return WithSign(negative, away ? InfinityBits : InfinityBits - 1);
    }

    /// <summary>Shifts right; the lowest bit of the result also stands for all bits that were shifted out.</summary>
    private static ulong ShiftRightSticky(ulong value, int count)
    {
        if (count >= 64)
        {
            return value == 0 ? 0UL : 1UL;
        }

        var shifted = value >> count;
        return shifted << count == value ? shifted : shifted | 1;
    }

    /// <inheritdoc cref="ShiftRightSticky(ulong, int)"/>
    private static UInt128 ShiftRightSticky(UInt128 value, int count)
    {
        if (count >= 128)
        {
            return value == UInt128.Zero ? UInt128.Zero : UInt128.One;
        }

        var shifted = value >> count;
        return shifted << count == value ? shifted : shifted | UInt128.One;
    }

    /// <summary>
    /// The number ±<paramref name="significand"/> · 2^(<paramref name="exponent"/> - 126); low bits become sticky.
    /// </summary>
    private static Number Normalize(bool negative, int exponent, UInt128 significand)
    {
        var shift = (int)UInt128.LeadingZeroCount(significand);
        var aligned = significand << shift;
        var upper = (ulong)(aligned >> 64);
        var sticky = (ulong)aligned == 0 ? 0UL : 1UL;
        return new Number(negative, exponent + 1 - shift, upper | sticky);
    }
}

/// <summary>The finite, nonzero value ±(Significand / 2^63) · 2^Exponent, whatever its format.</summary>
/// <param name="Negative">The sign.</param>
/// <param name="Exponent">The exponent of the leading one, unbiased.</param>
/// <param name="Significand">Bit 63 is set; the lowest bit may be sticky.</param>
internal readonly record struct Number(bool Negative, int Exponent, ulong Significand);
