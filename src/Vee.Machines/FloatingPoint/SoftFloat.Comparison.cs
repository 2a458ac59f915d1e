namespace Vee.Machines.FloatingPoint;

/// <content>Comparison, minimum, maximum and classification.</content>
internal static partial class SoftFloat<TFormat>
{
    /// <summary>The lesser operand: minimumNumber of IEEE 754-2019, clause 9.6, which RISC-V "F" 2.2 adopts.</summary>
    /// <remarks>-0 counts as less than +0. A NaN loses to a number; a signaling one raises Invalid besides.</remarks>
    internal static ulong Minimum(ulong a, ulong b, ref FloatFlags flags) =>
        IsNaN(a) || IsNaN(b) ? NumberOf(a, b, ref flags) : Order(a) <= Order(b) ? a : b;

    /// <summary>The greater operand: maximumNumber of IEEE 754-2019, clause 9.6; see <see cref="Minimum"/>.</summary>
    internal static ulong Maximum(ulong a, ulong b, ref FloatFlags flags) =>
        IsNaN(a) || IsNaN(b) ? NumberOf(a, b, ref flags) : Order(a) >= Order(b) ? a : b;

    private static ulong NumberOf(ulong a, ulong b, ref FloatFlags flags)
    {
        var nan = PropagateNaN(a, b, ref flags);
        return !IsNaN(a) ? a : !IsNaN(b) ? b : nan;
    }

    /// <summary>An integer that orders all values but NaNs, with -0 just below +0.</summary>
    private static long Order(ulong bits) => IsNegative(bits) ? ~(long)Magnitude(bits) : (long)bits;

    /// <summary>compareQuietEqual, IEEE 754-2019, clause 5.11: only a signaling NaN raises Invalid.</summary>
    internal static bool Equal(ulong a, ulong b, ref FloatFlags flags)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            PropagateNaN(a, b, ref flags);
            return false;
        }

        return a == b || Magnitude(a | b) == 0;
    }

    /// <summary>compareSignalingLess, IEEE 754-2019, clause 5.11: any NaN raises Invalid.</summary>
    internal static bool LessThan(ulong a, ulong b, ref FloatFlags flags)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            flags |= FloatFlags.Invalid;
            return false;
        }

        return Order(a) < Order(b) && Magnitude(a | b) != 0;
    }

    /// <summary>compareSignalingLessEqual, IEEE 754-2019, clause 5.11: any NaN raises Invalid.</summary>
    internal static bool LessOrEqual(ulong a, ulong b, ref FloatFlags flags)
    {
        if (IsNaN(a) || IsNaN(b))
        {
            flags |= FloatFlags.Invalid;
            return false;
        }

        return Order(a) <= Order(b) || Magnitude(a | b) == 0;
    }

    /// <summary>The mask that FCLASS delivers, exactly one bit set: RISC-V unprivileged ISA, chapter "F".</summary>
    internal static ulong Classify(ulong a)
    {
        if (IsNaN(a))
        {
            return IsSignalingNaN(a) ? 1UL << 8 : 1UL << 9;
        }

        // Bits 0 to 3 are the negative classes from infinity to zero, bits 4 to 7 the positive ones mirrored.
        var size = IsZero(a) ? 0 : Magnitude(a) <= FractionMask ? 1 : IsInfinity(a) ? 3 : 2;
        return 1UL << (IsNegative(a) ? 3 - size : 4 + size);
    }
}
