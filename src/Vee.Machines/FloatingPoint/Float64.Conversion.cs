using System.Runtime.CompilerServices;

namespace Vee.Machines.FloatingPoint;

/// <content>Conversions: FCVT.</content>
internal static partial class Float64
{
    // 2^31, 2^32 and 2^63: the first integers beyond int, uint and long.
    private const double Int32End = 1L << 31;
    private const double UInt32End = 1L << 32;
    private const double Int64End = 1UL << 63;

    // Integers of up to this magnitude are doubles; 2^53.
    private const long ExactMax = 1L << 53;

    /// <summary>FCVT.W.D: the signed 32-bit integer a rounds to; if there is none, Invalid and the nearest.</summary>
    internal static int ToInt32(ulong a, RoundingMode rm, ref FloatFlags flags)
    {
        var integral = RoundToIntegral(Value(a), rm);
        if (Math.Abs(integral) < Int32End)
        {
            RaiseIfRounded(a, integral, ref flags);
            return double.ConvertToIntegerNative<int>(integral);
        }

        return SoftFloat<Binary64>.ToInt32(a, rm, ref flags);
    }

    /// <summary>FCVT.WU.D: as <see cref="ToInt32"/>, unsigned. (The instruction sign-extends it.)</summary>
    internal static uint ToUInt32(ulong a, RoundingMode rm, ref FloatFlags flags)
    {
        var integral = RoundToIntegral(Value(a), rm);
        if (integral is >= 0 and < UInt32End)
        {
            RaiseIfRounded(a, integral, ref flags);
            return (uint)double.ConvertToIntegerNative<long>(integral);
        }

        return SoftFloat<Binary64>.ToUInt32(a, rm, ref flags);
    }

    /// <summary>FCVT.L.D: the signed 64-bit integer a rounds to; if there is none, Invalid and the nearest.</summary>
    internal static long ToInt64(ulong a, RoundingMode rm, ref FloatFlags flags)
    {
        var integral = RoundToIntegral(Value(a), rm);
        if (Math.Abs(integral) < Int64End)
        {
            RaiseIfRounded(a, integral, ref flags);
            return double.ConvertToIntegerNative<long>(integral);
        }

        return SoftFloat<Binary64>.ToInt64(a, rm, ref flags);
    }

    /// <summary>FCVT.LU.D: as <see cref="ToInt64"/>, unsigned.</summary>
    internal static ulong ToUInt64(ulong a, RoundingMode rm, ref FloatFlags flags)
    {
        var integral = RoundToIntegral(Value(a), rm);
        if (integral is >= 0 and < Int64End)
        {
            RaiseIfRounded(a, integral, ref flags);
            return (ulong)double.ConvertToIntegerNative<long>(integral);
        }

        return SoftFloat<Binary64>.ToUInt64(a, rm, ref flags);
    }

    /// <summary>The integer a value rounds to, or NaN where the host has no instruction for the mode.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double RoundToIntegral(double value, RoundingMode rm) => rm switch
    {
        RoundingMode.TowardZero => Math.Truncate(value),
        RoundingMode.NearestEven => Math.Round(value),
        RoundingMode.Down => Math.Floor(value),
        RoundingMode.Up => Math.Ceiling(value),
        _ => double.NaN,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RaiseIfRounded(ulong a, double integral, ref FloatFlags flags)
    {
        if (Value(a) != integral)
        {
            flags |= FloatFlags.Inexact;
        }
    }

    /// <summary>FCVT.D.W: exact.</summary>
    internal static ulong FromInt32(int a) => Bits(a);

    /// <summary>FCVT.D.WU: exact.</summary>
    internal static ulong FromUInt32(uint a) => Bits((long)a);

    /// <summary>FCVT.D.L: the double a rounds to.</summary>
    internal static ulong FromInt64(long a, RoundingMode rm, ref FloatFlags flags) =>
        IsExact(a) ? Bits(a) : SoftFloat<Binary64>.FromInt64(a, rm, ref flags);

    /// <summary>FCVT.D.LU: the double a rounds to.</summary>
    internal static ulong FromUInt64(ulong a, RoundingMode rm, ref FloatFlags flags) =>
        a <= ExactMax ? Bits((long)a) : SoftFloat<Binary64>.FromUInt64(a, rm, ref flags);

    /// <summary>Whether an integer is small enough to be a double for certain.</summary>
    internal static bool IsExact(long integer) => integer is >= -ExactMax and <= ExactMax;

    /// <summary>FCVT.S.D: the single a rounds to.</summary>
    internal static uint ToFloat32(ulong a, RoundingMode rm, ref FloatFlags flags)
    {
        var value = Value(a);
        var single = (float)value;
        var result = BitConverter.SingleToUInt32Bits(single);
        if (single == value)
        {
            return result;
        }

        if (rm == RoundingMode.NearestEven && HostArithmetic.IsSafe(result))
        {
            flags |= FloatFlags.Inexact;
            return result;
        }

        return (uint)SoftFloat<Binary64>.To<Binary32>(a, rm, ref flags);
    }
}
