using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Vee.Machines.FloatingPoint;

/// <summary>
/// What lets <see cref="Float64"/> and <see cref="Float32"/> use the host's arithmetic in place of
/// <see cref="SoftFloat{TFormat}"/>: ranges in which it can raise nothing but Inexact, and tests for that.
/// </summary>
/// <remarks>
/// <para>
/// .NET computes float and double operations as IEEE 754 does in <see cref="RoundingMode.NearestEven"/>, but it
/// exposes no flags. The flags of a result within range can be found with error-free transformations: sequences of
/// operations that compute the error of another one exactly. See J.-M. Muller et al., "Handbook of Floating-Point
/// Arithmetic", 2nd edition, chapters 4 and 5.
/// </para>
/// <para>Signs and payloads of the host's NaNs vary, so a NaN is never taken from it.</para>
/// </remarks>
internal static class HostArithmetic
{
    // Encodings of 2^-960 and 2^1022. Above the former, the errors of products, quotients and roots are multiples
    // of the smallest subnormal and hence do not vanish; below the latter, computing an error does not overflow.
    private const ulong SafeMin64 = (ulong)(1023 - 960) << 52;
    private const ulong SafeEnd64 = (ulong)(1023 + 1022) << 52;

    // Encodings of 2^-125, 2^126 and infinity. Single-precision errors are found in double precision, which has
    // exponents to spare, so the range begins where a result cannot have been tiny before it was rounded.
    private const uint SafeMin32 = 2u << 23;
    private const uint SafeEnd32 = (127u + 126u) << 23;
    private const uint Infinity32 = 0xffu << 23;

    /// <summary>Whether fused multiply-add is an instruction of the host, rather than a slow library call.</summary>
    internal static bool HasFusedMultiplyAdd
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Fma.IsSupported || AdvSimd.Arm64.IsSupported;
    }

    /// <summary>Whether a double is of magnitude 2^-960 up to 2^1022.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsSafe(ulong bits) => (bits << 1) - (SafeMin64 << 1) < (SafeEnd64 - SafeMin64) << 1;

    /// <summary>Whether a double is of magnitude below 2^1022.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsSafeSum(ulong bits) => bits << 1 < SafeEnd64 << 1;

    /// <summary>Whether a single is finite and of magnitude 2^-125 or more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsSafe(uint bits) => (bits << 1) - (SafeMin32 << 1) < (Infinity32 - SafeMin32) << 1;

    /// <summary>Whether a single is of magnitude below 2^126.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsSafeSum(uint bits) => bits << 1 < SafeEnd32 << 1;

    /// <summary>The error of a sum that satisfies <see cref="IsSafeSum(ulong)"/>, exactly: TwoSum of Knuth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double SumError(double x, double y, double sum)
    {
        var yShare = sum - x;
        return (x - (sum - yShare)) + (y - yShare);
    }

    /// <inheritdoc cref="SumError(double, double, double)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float SumError(float x, float y, float sum)
    {
        var yShare = sum - x;
        return (x - (sum - yShare)) + (y - yShare);
    }

    /// <summary>Whether a fused result within range was rounded: ErrFma of Boldo and Muller.</summary>
    /// <param name="x">The first factor.</param>
    /// <param name="y">The second factor.</param>
    /// <param name="z">The summand.</param>
    /// <param name="product">x · y rounded, within range.</param>
    /// <param name="result">x · y + z rounded once, within range.</param>
    internal static bool IsFusedInexact(double x, double y, double z, double product, double result)
    {
        // x · y + z = product + productError + z, which the next lines turn into upper + lower + tail: three terms
        // of falling magnitude. The result absorbs upper, and lower as far as it goes.
        var productError = Math.FusedMultiplyAdd(x, y, -product);
        var small = z + productError;
        var tail = SumError(z, productError, small);
        var upper = product + small;
        var lower = SumError(product, small, upper);
        return (upper - result) + lower + tail != 0;
    }
}
