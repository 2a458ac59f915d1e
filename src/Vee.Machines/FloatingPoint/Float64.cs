using System.Runtime.CompilerServices;

namespace Vee.Machines.FloatingPoint;

/// <summary>Double precision as the "D" extension defines it, on encodings.</summary>
/// <remarks>
/// Bits and flags are always those of <see cref="SoftFloat{TFormat}"/>. The host computes the result where the
/// flags are certain, see <see cref="HostArithmetic"/>; everything else is left to that class. Programs hardly
/// ever clear their flags, so after the first inexact result most operations need no test for inexactness.
/// </remarks>
internal static partial class Float64
{
    private static double Value(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);

    /// <summary>FADD.D: a + b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Add(ulong a, ulong b, RoundingMode rm, ref FloatFlags flags)
    {
        if (rm == RoundingMode.NearestEven)
        {
            // A sum never is inexact and tiny: it is a multiple of the smallest subnormal.
            var x = Value(a);
            var y = Value(b);
            var sum = x + y;
            if (HostArithmetic.IsSafeSum(Bits(sum)))
            {
                if ((flags & FloatFlags.Inexact) == 0 && HostArithmetic.SumError(x, y, sum) != 0)
                {
                    flags |= FloatFlags.Inexact;
                }

                return Bits(sum);
            }
        }

        return SoftFloat<Binary64>.Add(a, b, rm, ref flags);
    }

    /// <summary>FSUB.D: a - b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Subtract(ulong a, ulong b, RoundingMode rm, ref FloatFlags flags) =>
        Add(a, b ^ (1UL << 63), rm, ref flags);

    /// <summary>FMUL.D: a · b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Multiply(ulong a, ulong b, RoundingMode rm, ref FloatFlags flags)
    {
        if (rm == RoundingMode.NearestEven && HostArithmetic.HasFusedMultiplyAdd)
        {
            var x = Value(a);
            var y = Value(b);
            var product = x * y;
            if (HostArithmetic.IsSafe(Bits(product)))
            {
                if ((flags & FloatFlags.Inexact) == 0 && Math.FusedMultiplyAdd(x, y, -product) != 0)
                {
                    flags |= FloatFlags.Inexact;
                }

                return Bits(product);
            }
        }

        return SoftFloat<Binary64>.Multiply(a, b, rm, ref flags);
    }

    /// <summary>FDIV.D: a / b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Divide(ulong a, ulong b, RoundingMode rm, ref FloatFlags flags)
    {
        if (rm == RoundingMode.NearestEven && HostArithmetic.HasFusedMultiplyAdd)
        {
            var x = Value(a);
            var y = Value(b);
            var quotient = x / y;
            if (HostArithmetic.IsSafe(Bits(quotient)) && HostArithmetic.IsSafe(a))
            {
                if ((flags & FloatFlags.Inexact) == 0 && Math.FusedMultiplyAdd(-quotient, y, x) != 0)
                {
                    flags |= FloatFlags.Inexact;
                }

                return Bits(quotient);
            }
        }

        return SoftFloat<Binary64>.Divide(a, b, rm, ref flags);
    }

    /// <summary>FSQRT.D: the square root of a.</summary>
    internal static ulong SquareRoot(ulong a, RoundingMode rm, ref FloatFlags flags)
    {
        var x = Value(a);
        if (rm == RoundingMode.NearestEven && HostArithmetic.HasFusedMultiplyAdd && x > 0 && HostArithmetic.IsSafe(a))
        {
            var root = Math.Sqrt(x);
            if ((flags & FloatFlags.Inexact) == 0 && Math.FusedMultiplyAdd(-root, root, x) != 0)
            {
                flags |= FloatFlags.Inexact;
            }

            return Bits(root);
        }

        return SoftFloat<Binary64>.SquareRoot(a, rm, ref flags);
    }

    /// <summary>FMADD.D: a · b + c, rounded once. Callers negate operands for the other three instructions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong FusedMultiplyAdd(ulong a, ulong b, ulong c, RoundingMode rm, ref FloatFlags flags)
    {
        if (rm == RoundingMode.NearestEven && HostArithmetic.HasFusedMultiplyAdd
            && (flags & FloatFlags.Inexact) != 0)
        {
            var result = Bits(Math.FusedMultiplyAdd(Value(a), Value(b), Value(c)));
            if (HostArithmetic.IsSafe(result))
            {
                return result;
            }
        }

        return FusedMultiplyAddFirst(a, b, c, rm, ref flags);
    }

    /// <summary>As <see cref="FusedMultiplyAdd"/>, where it is yet to be seen if the result is exact.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong FusedMultiplyAddFirst(ulong a, ulong b, ulong c, RoundingMode rm, ref FloatFlags flags)
    {
        if (rm == RoundingMode.NearestEven && HostArithmetic.HasFusedMultiplyAdd)
        {
            var x = Value(a);
            var y = Value(b);
            var z = Value(c);
            var product = x * y;
            var result = Math.FusedMultiplyAdd(x, y, z);
            if (HostArithmetic.IsSafe(Bits(product)) && HostArithmetic.IsSafe(Bits(result)))
            {
                if (HostArithmetic.IsFusedInexact(x, y, z, product, result))
                {
                    flags |= FloatFlags.Inexact;
                }

                return Bits(result);
            }
        }

        return SoftFloat<Binary64>.FusedMultiplyAdd(a, b, c, rm, ref flags);
    }

    /// <summary>FMIN.D: the lesser operand.</summary>
    internal static ulong Minimum(ulong a, ulong b, ref FloatFlags flags) =>
        SoftFloat<Binary64>.Minimum(a, b, ref flags);

    /// <summary>FMAX.D: the greater operand.</summary>
    internal static ulong Maximum(ulong a, ulong b, ref FloatFlags flags) =>
        SoftFloat<Binary64>.Maximum(a, b, ref flags);

    /// <summary>FEQ.D: a = b; quiet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Equal(ulong a, ulong b, ref FloatFlags flags)
    {
        var x = Value(a);
        var y = Value(b);
        return x == y || ((double.IsNaN(x) || double.IsNaN(y)) && SoftFloat<Binary64>.Equal(a, b, ref flags));
    }

    /// <summary>FLT.D: a &lt; b; signaling.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool LessThan(ulong a, ulong b, ref FloatFlags flags)
    {
        var x = Value(a);
        var y = Value(b);
        return x < y || (!(x >= y) && SoftFloat<Binary64>.LessThan(a, b, ref flags));
    }

    /// <summary>FLE.D: a ≤ b; signaling.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool LessOrEqual(ulong a, ulong b, ref FloatFlags flags)
    {
        var x = Value(a);
        var y = Value(b);
        return x <= y || (!(x > y) && SoftFloat<Binary64>.LessOrEqual(a, b, ref flags));
    }

    /// <summary>FCLASS.D: a mask with the one bit set that tells the class of a.</summary>
    internal static ulong Classify(ulong a) => SoftFloat<Binary64>.Classify(a);
}
