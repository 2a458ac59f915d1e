using System.Runtime.CompilerServices;

namespace Vee.Machines.FloatingPoint;

/// <summary>Single precision as the "F" extension defines it, on encodings.</summary>
/// <remarks>
/// Bits and flags are always those of <see cref="SoftFloat{TFormat}"/>; see <see cref="Float64"/> and
/// <see cref="HostArithmetic"/>. Double precision helps twice. It has more than 2 · 24 + 2 bits, so rounding a
/// product, quotient or root to double and then to single is rounding it once. And it holds the product of two
/// singles exactly, which makes tests for exactness simple; what is exact is right in every rounding mode.
/// </remarks>
internal static class Float32
{
    private static float Value(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>FADD.S: a + b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Add(uint a, uint b, RoundingMode rm, ref FloatFlags flags)
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

        return (uint)SoftFloat<Binary32>.Add(a, b, rm, ref flags);
    }

    /// <summary>FSUB.S: a - b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Subtract(uint a, uint b, RoundingMode rm, ref FloatFlags flags) =>
        Add(a, b ^ (1u << 31), rm, ref flags);

    /// <summary>FMUL.S: a · b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Multiply(uint a, uint b, RoundingMode rm, ref FloatFlags flags)
    {
        var product = (double)Value(a) * Value(b);
        var single = (float)product;
        if (single == product)
        {
            return Bits(single);
        }

        if (rm == RoundingMode.NearestEven && HostArithmetic.IsSafe(Bits(single)))
        {
            flags |= FloatFlags.Inexact;
            return Bits(single);
        }

        return (uint)SoftFloat<Binary32>.Multiply(a, b, rm, ref flags);
    }

    /// <summary>FDIV.S: a / b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Divide(uint a, uint b, RoundingMode rm, ref FloatFlags flags)
    {
        var single = (float)((double)Value(a) / Value(b));
        if ((double)single * Value(b) == Value(a))
        {
            return Bits(single);
        }

        if (rm == RoundingMode.NearestEven && HostArithmetic.IsSafe(Bits(single)))
        {
            flags |= FloatFlags.Inexact;
            return Bits(single);
        }

        return (uint)SoftFloat<Binary32>.Divide(a, b, rm, ref flags);
    }

    /// <summary>FSQRT.S: the square root of a.</summary>
    internal static uint SquareRoot(uint a, RoundingMode rm, ref FloatFlags flags)
    {
        var single = (float)Math.Sqrt(Value(a));
        if ((double)single * single == Value(a))
        {
            return Bits(single);
        }

        if (rm == RoundingMode.NearestEven && HostArithmetic.IsSafe(Bits(single)))
        {
            flags |= FloatFlags.Inexact;
            return Bits(single);
        }

        return (uint)SoftFloat<Binary32>.SquareRoot(a, rm, ref flags);
    }

    /// <summary>FMADD.S: a · b + c, rounded once. Callers negate operands for the other three instructions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint FusedMultiplyAdd(uint a, uint b, uint c, RoundingMode rm, ref FloatFlags flags)
    {
        if (rm == RoundingMode.NearestEven && HostArithmetic.HasFusedMultiplyAdd
            && (flags & FloatFlags.Inexact) != 0)
        {
            var result = Bits(MathF.FusedMultiplyAdd(Value(a), Value(b), Value(c)));
            if (HostArithmetic.IsSafe(result))
            {
                return result;
            }
        }

        return FusedMultiplyAddFirst(a, b, c, rm, ref flags);
    }

    /// <summary>As <see cref="FusedMultiplyAdd"/>, where it is yet to be seen if the result is exact.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint FusedMultiplyAddFirst(uint a, uint b, uint c, RoundingMode rm, ref FloatFlags flags)
    {
        if (rm == RoundingMode.NearestEven && HostArithmetic.HasFusedMultiplyAdd)
        {
            var single = MathF.FusedMultiplyAdd(Value(a), Value(b), Value(c));
            var product = (double)Value(a) * Value(b);
            var sum = product + Value(c);
            if (single == sum && HostArithmetic.SumError(product, Value(c), sum) == 0)
            {
                return Bits(single);
            }

            if (HostArithmetic.IsSafe(Bits(single)))
            {
                flags |= FloatFlags.Inexact;
                return Bits(single);
            }
        }

        return (uint)SoftFloat<Binary32>.FusedMultiplyAdd(a, b, c, rm, ref flags);
    }

    /// <summary>FMIN.S: the lesser operand.</summary>
    internal static uint Minimum(uint a, uint b, ref FloatFlags flags) =>
        (uint)SoftFloat<Binary32>.Minimum(a, b, ref flags);

    /// <summary>FMAX.S: the greater operand.</summary>
    internal static uint Maximum(uint a, uint b, ref FloatFlags flags) =>
        (uint)SoftFloat<Binary32>.Maximum(a, b, ref flags);

    /// <summary>FEQ.S: a = b; quiet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Equal(uint a, uint b, ref FloatFlags flags)
    {
        var x = Value(a);
        var y = Value(b);
        return x == y || ((float.IsNaN(x) || float.IsNaN(y)) && SoftFloat<Binary32>.Equal(a, b, ref flags));
    }

    /// <summary>FLT.S: a &lt; b; signaling.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool LessThan(uint a, uint b, ref FloatFlags flags)
    {
        var x = Value(a);
        var y = Value(b);
        return x < y || (!(x >= y) && SoftFloat<Binary32>.LessThan(a, b, ref flags));
    }

    /// <summary>FLE.S: a ≤ b; signaling.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool LessOrEqual(uint a, uint b, ref FloatFlags flags)
    {
        var x = Value(a);
        var y = Value(b);
        return x <= y || (!(x > y) && SoftFloat<Binary32>.LessOrEqual(a, b, ref flags));
    }

    /// <summary>FCLASS.S: a mask with the one bit set that tells the class of a.</summary>
    internal static ulong Classify(uint a) => SoftFloat<Binary32>.Classify(a);

    /// <summary>FCVT.W.S: the signed 32-bit integer a rounds to; if there is none, Invalid and the nearest.</summary>
    internal static int ToInt32(uint a, RoundingMode rm, ref FloatFlags flags) =>
        Float64.ToInt32(Widen(a), rm, ref flags);

    /// <summary>FCVT.WU.S: as <see cref="ToInt32"/>, unsigned. (The instruction sign-extends it.)</summary>
    internal static uint ToUInt32(uint a, RoundingMode rm, ref FloatFlags flags) =>
        Float64.ToUInt32(Widen(a), rm, ref flags);

    /// <summary>FCVT.L.S: the signed 64-bit integer a rounds to; if there is none, Invalid and the nearest.</summary>
    internal static long ToInt64(uint a, RoundingMode rm, ref FloatFlags flags) =>
        Float64.ToInt64(Widen(a), rm, ref flags);

    /// <summary>FCVT.LU.S: as <see cref="ToInt64"/>, unsigned.</summary>
    internal static ulong ToUInt64(uint a, RoundingMode rm, ref FloatFlags flags) =>
        Float64.ToUInt64(Widen(a), rm, ref flags);

    /// <summary>The same value as a double; some NaN for a NaN, which is enough for integer conversions.</summary>
    private static ulong Widen(uint a) => BitConverter.DoubleToUInt64Bits(Value(a));

    /// <summary>FCVT.S.W: the single a rounds to.</summary>
    internal static uint FromInt32(int a, RoundingMode rm, ref FloatFlags flags) =>
        Float64.ToFloat32(Float64.FromInt32(a), rm, ref flags);

    /// <summary>FCVT.S.WU: the single a rounds to.</summary>
    internal static uint FromUInt32(uint a, RoundingMode rm, ref FloatFlags flags) =>
        Float64.ToFloat32(Float64.FromUInt32(a), rm, ref flags);

    /// <summary>FCVT.S.L: the single a rounds to.</summary>
    internal static uint FromInt64(long a, RoundingMode rm, ref FloatFlags flags) =>
        Float64.IsExact(a)
            ? Float64.ToFloat32(Float64.FromInt64(a, rm, ref flags), rm, ref flags)
            : (uint)SoftFloat<Binary32>.FromInt64(a, rm, ref flags);

    /// <summary>FCVT.S.LU: the single a rounds to.</summary>
    internal static uint FromUInt64(ulong a, RoundingMode rm, ref FloatFlags flags) =>
        a <= long.MaxValue
            ? FromInt64((long)a, rm, ref flags)
            : (uint)SoftFloat<Binary32>.FromUInt64(a, rm, ref flags);

    /// <summary>FCVT.D.S: the same value as a double; a NaN becomes the canonical one.</summary>
    internal static ulong ToFloat64(uint a, ref FloatFlags flags) =>
        float.IsNaN(Value(a))
            ? SoftFloat<Binary32>.To<Binary64>(a, RoundingMode.NearestEven, ref flags)
            : Widen(a);
}
