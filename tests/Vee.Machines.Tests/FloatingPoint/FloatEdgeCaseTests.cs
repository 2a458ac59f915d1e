using Vee.Machines.FloatingPoint;
using Xunit;

namespace Vee.Machines.Tests.FloatingPoint;

/// <summary>Tables and rules of the ISA manual's "F" and "D" chapters, written out by hand.</summary>
public sealed class FloatEdgeCaseTests
{
    private const ulong NaN64 = 0x7ff8_0000_0000_0000;
    private const ulong Signaling64 = 0x7ff0_0000_0000_0001;
    private const ulong Infinity64 = 0x7ff0_0000_0000_0000;
    private const ulong One64 = 0x3ff0_0000_0000_0000;
    private const ulong Sign64 = 1UL << 63;
    private const uint NaN32 = 0x7fc0_0000;
    private const uint Signaling32 = 0x7f80_0001;
    private const uint Infinity32 = 0x7f80_0000;
    private const uint One32 = 0x3f80_0000;
    private const uint Sign32 = 1u << 31;
    private const FloatFlags Tiny = FloatFlags.Underflow | FloatFlags.Inexact;

    [Theory]
    [InlineData(double.NaN, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue)]
    [InlineData(double.PositiveInfinity, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue)]
    [InlineData(1e300, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue)]
    [InlineData(18446744073709551616.0, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue)]
    [InlineData(double.NegativeInfinity, int.MinValue, 0u, long.MinValue, 0UL)]
    [InlineData(-1e300, int.MinValue, 0u, long.MinValue, 0UL)]
    [InlineData(-9223372036854777856.0, int.MinValue, 0u, long.MinValue, 0UL)]
    public void Conversion_of_value_beyond_all_integers_saturates_and_is_invalid(
        double value, int int32, uint uint32, long int64, ulong uint64)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var single = BitConverter.SingleToUInt32Bits((float)value);
        foreach (var mode in Enum.GetValues<RoundingMode>())
        {
            AssertInvalid(int32, (ref f) => Float64.ToInt32(bits, mode, ref f));
            AssertInvalid(uint32, (ref f) => Float64.ToUInt32(bits, mode, ref f));
            AssertInvalid(int64, (ref f) => Float64.ToInt64(bits, mode, ref f));
            AssertInvalid(uint64, (ref f) => Float64.ToUInt64(bits, mode, ref f));
            AssertInvalid(int32, (ref f) => Float32.ToInt32(single, mode, ref f));
            AssertInvalid(uint32, (ref f) => Float32.ToUInt32(single, mode, ref f));
            AssertInvalid(uint64, (ref f) => Float32.ToUInt64(single, mode, ref f));
        }
    }

    private delegate T FlaggedOperation<out T>(ref FloatFlags flags);

    private static void AssertInvalid<T>(T expected, FlaggedOperation<T> operation)
    {
        var flags = FloatFlags.None;
        Assert.Equal(expected, operation(ref flags));
        Assert.Equal(FloatFlags.Invalid, flags);
    }

    [Theory]
    [InlineData(2147483647.0, RoundingMode.NearestEven, int.MaxValue, FloatFlags.None)]
    [InlineData(2147483647.5, RoundingMode.TowardZero, int.MaxValue, FloatFlags.Inexact)]
    [InlineData(2147483647.5, RoundingMode.NearestEven, int.MaxValue, FloatFlags.Invalid)]
    [InlineData(2147483647.25, RoundingMode.NearestEven, int.MaxValue, FloatFlags.Inexact)]
    [InlineData(2147483647.25, RoundingMode.Up, int.MaxValue, FloatFlags.Invalid)]
    [InlineData(2147483648.0, RoundingMode.TowardZero, int.MaxValue, FloatFlags.Invalid)]
    [InlineData(-2147483648.0, RoundingMode.NearestEven, int.MinValue, FloatFlags.None)]
    [InlineData(-2147483648.5, RoundingMode.TowardZero, int.MinValue, FloatFlags.Inexact)]
    [InlineData(-2147483648.5, RoundingMode.NearestEven, int.MinValue, FloatFlags.Inexact)]
    [InlineData(-2147483648.5, RoundingMode.NearestMaxMagnitude, int.MinValue, FloatFlags.Invalid)]
    [InlineData(-2147483648.5, RoundingMode.Down, int.MinValue, FloatFlags.Invalid)]
    [InlineData(-2147483649.0, RoundingMode.TowardZero, int.MinValue, FloatFlags.Invalid)]
    [InlineData(2.5, RoundingMode.NearestEven, 2, FloatFlags.Inexact)]
    [InlineData(3.5, RoundingMode.NearestEven, 4, FloatFlags.Inexact)]
    [InlineData(2.5, RoundingMode.NearestMaxMagnitude, 3, FloatFlags.Inexact)]
    [InlineData(-2.5, RoundingMode.NearestMaxMagnitude, -3, FloatFlags.Inexact)]
    [InlineData(-2.5, RoundingMode.TowardZero, -2, FloatFlags.Inexact)]
    [InlineData(-2.5, RoundingMode.Down, -3, FloatFlags.Inexact)]
    [InlineData(-2.5, RoundingMode.Up, -2, FloatFlags.Inexact)]
    [InlineData(-0.0, RoundingMode.Down, 0, FloatFlags.None)]
    [InlineData(4.9406564584124654e-324, RoundingMode.Up, 1, FloatFlags.Inexact)]
    public void Conversion_to_signed_word_rounds_before_range_is_checked(
        double value, RoundingMode mode, int expected, FloatFlags expectedFlags)
    {
        var flags = FloatFlags.None;
        Assert.Equal(expected, Float64.ToInt32(BitConverter.DoubleToUInt64Bits(value), mode, ref flags));
        Assert.Equal(expectedFlags, flags);
    }

    [Theory]
    [InlineData(-0.75, RoundingMode.TowardZero, 0u, FloatFlags.Inexact)]
    [InlineData(-0.75, RoundingMode.NearestEven, 0u, FloatFlags.Invalid)]
    [InlineData(-0.5, RoundingMode.NearestEven, 0u, FloatFlags.Inexact)]
    [InlineData(-0.5, RoundingMode.NearestMaxMagnitude, 0u, FloatFlags.Invalid)]
    [InlineData(-0.25, RoundingMode.Down, 0u, FloatFlags.Invalid)]
    [InlineData(-0.25, RoundingMode.Up, 0u, FloatFlags.Inexact)]
    [InlineData(-0.0, RoundingMode.NearestEven, 0u, FloatFlags.None)]
    [InlineData(-1.0, RoundingMode.NearestEven, 0u, FloatFlags.Invalid)]
    [InlineData(4294967295.0, RoundingMode.NearestEven, uint.MaxValue, FloatFlags.None)]
    [InlineData(4294967295.5, RoundingMode.TowardZero, uint.MaxValue, FloatFlags.Inexact)]
    [InlineData(4294967295.5, RoundingMode.NearestEven, uint.MaxValue, FloatFlags.Invalid)]
    [InlineData(4294967296.0, RoundingMode.NearestEven, uint.MaxValue, FloatFlags.Invalid)]
    public void Conversion_to_unsigned_word_rounds_before_range_is_checked(
        double value, RoundingMode mode, uint expected, FloatFlags expectedFlags)
    {
        var flags = FloatFlags.None;
        Assert.Equal(expected, Float64.ToUInt32(BitConverter.DoubleToUInt64Bits(value), mode, ref flags));
        Assert.Equal(expectedFlags, flags);
    }

    [Theory]
    [InlineData(9223372036854774784.0, 9223372036854774784L, FloatFlags.None)]
    [InlineData(9223372036854775808.0, long.MaxValue, FloatFlags.Invalid)]
    [InlineData(-9223372036854775808.0, long.MinValue, FloatFlags.None)]
    [InlineData(-9223372036854777856.0, long.MinValue, FloatFlags.Invalid)]
    public void Conversion_to_signed_long_covers_its_whole_range(double value, long expected, FloatFlags expectedFlags)
    {
        var flags = FloatFlags.None;
        Assert.Equal(
            expected, Float64.ToInt64(BitConverter.DoubleToUInt64Bits(value), RoundingMode.TowardZero, ref flags));
        Assert.Equal(expectedFlags, flags);
    }

    [Theory]
    [InlineData(18446744073709549568.0, 18446744073709549568UL, FloatFlags.None)]
    [InlineData(9223372036854775808.0, 9223372036854775808UL, FloatFlags.None)]
    [InlineData(18446744073709551616.0, ulong.MaxValue, FloatFlags.Invalid)]
    [InlineData(-1.0, 0UL, FloatFlags.Invalid)]
    public void Conversion_to_unsigned_long_covers_its_whole_range(
        double value, ulong expected, FloatFlags expectedFlags)
    {
        var flags = FloatFlags.None;
        Assert.Equal(
            expected, Float64.ToUInt64(BitConverter.DoubleToUInt64Bits(value), RoundingMode.TowardZero, ref flags));
        Assert.Equal(expectedFlags, flags);
    }

    [Theory]
    [InlineData(0xfff0_0000_0000_0000, 0xff80_0000, 0)]
    [InlineData(0xffef_ffff_ffff_ffff, 0xff7f_ffff, 1)]
    [InlineData(0x8010_0000_0000_0000, 0x8080_0000, 1)]
    [InlineData(0x800f_ffff_ffff_ffff, 0x807f_ffff, 2)]
    [InlineData(0x8000_0000_0000_0001, 0x8000_0001, 2)]
    [InlineData(0x8000_0000_0000_0000, 0x8000_0000, 3)]
    [InlineData(0x0000_0000_0000_0000, 0x0000_0000, 4)]
    [InlineData(0x0000_0000_0000_0001, 0x0000_0001, 5)]
    [InlineData(0x000f_ffff_ffff_ffff, 0x007f_ffff, 5)]
    [InlineData(0x0010_0000_0000_0000, 0x0080_0000, 6)]
    [InlineData(0x7fef_ffff_ffff_ffff, 0x7f7f_ffff, 6)]
    [InlineData(0x7ff0_0000_0000_0000, 0x7f80_0000, 7)]
    [InlineData(0x7ff0_0000_0000_0001, 0x7f80_0001, 8)]
    [InlineData(0xfff7_ffff_ffff_ffff, 0xffbf_ffff, 8)]
    [InlineData(0x7ff8_0000_0000_0000, 0x7fc0_0000, 9)]
    [InlineData(0xffff_ffff_ffff_ffff, 0xffff_ffff, 9)]
    public void Classify_sets_bit_of_class(ulong doubleBits, uint singleBits, int expectedBit)
    {
        Assert.Equal(1UL << expectedBit, Float64.Classify(doubleBits));
        Assert.Equal(1UL << expectedBit, Float32.Classify(singleBits));
    }

    [Theory]
    [InlineData(One64, One64 + 1, One64, One64 + 1, FloatFlags.None)]
    [InlineData(0UL, Sign64, Sign64, 0UL, FloatFlags.None)]
    [InlineData(Sign64, 0UL, Sign64, 0UL, FloatFlags.None)]
    [InlineData(Sign64 | One64, Sign64 | Infinity64, Sign64 | Infinity64, Sign64 | One64, FloatFlags.None)]
    [InlineData(NaN64, One64, One64, One64, FloatFlags.None)]
    [InlineData(One64, NaN64 | Sign64 | 5, One64, One64, FloatFlags.None)]
    [InlineData(One64, Signaling64, One64, One64, FloatFlags.Invalid)]
    [InlineData(Signaling64, Infinity64, Infinity64, Infinity64, FloatFlags.Invalid)]
    [InlineData(NaN64 | 7, Sign64 | NaN64, NaN64, NaN64, FloatFlags.None)]
    [InlineData(NaN64, Signaling64, NaN64, NaN64, FloatFlags.Invalid)]
    public void Minimum_and_maximum_prefer_numbers_to_nans(
        ulong a, ulong b, ulong minimum, ulong maximum, FloatFlags expectedFlags)
    {
        var flags = FloatFlags.None;
        Assert.Equal(minimum, Float64.Minimum(a, b, ref flags));
        Assert.Equal(expectedFlags, flags);
        flags = FloatFlags.None;
        Assert.Equal(maximum, Float64.Maximum(a, b, ref flags));
        Assert.Equal(expectedFlags, flags);
    }

    [Theory]
    [InlineData(0u, Sign32, Sign32, 0u, FloatFlags.None)]
    [InlineData(NaN32, Sign32 | One32, Sign32 | One32, Sign32 | One32, FloatFlags.None)]
    [InlineData(Signaling32, One32, One32, One32, FloatFlags.Invalid)]
    [InlineData(Sign32 | Signaling32, NaN32, NaN32, NaN32, FloatFlags.Invalid)]
    [InlineData(Sign32 | NaN32 | 1, NaN32 | 2, NaN32, NaN32, FloatFlags.None)]
    public void Single_minimum_and_maximum_prefer_numbers_to_nans(
        uint a, uint b, uint minimum, uint maximum, FloatFlags expectedFlags)
    {
        var flags = FloatFlags.None;
        Assert.Equal(minimum, Float32.Minimum(a, b, ref flags));
        Assert.Equal(expectedFlags, flags);
        flags = FloatFlags.None;
        Assert.Equal(maximum, Float32.Maximum(a, b, ref flags));
        Assert.Equal(expectedFlags, flags);
    }

    [Theory]
    [InlineData(NaN64, FloatFlags.None, FloatFlags.Invalid)]
    [InlineData(Signaling64, FloatFlags.Invalid, FloatFlags.Invalid)]
    public void Comparison_with_nan_is_false_and_raises_what_its_kind_asks(
        ulong nan, FloatFlags quiet, FloatFlags signaling)
    {
        var equal = FloatFlags.None;
        var less = FloatFlags.None;
        var lessOrEqual = FloatFlags.None;

        Assert.False(Float64.Equal(nan, nan, ref equal));
        Assert.False(Float64.LessThan(One64, nan, ref less));
        Assert.False(Float64.LessOrEqual(nan, One64, ref lessOrEqual));
        Assert.Equal((quiet, signaling, signaling), (equal, less, lessOrEqual));
    }

    [Fact]
    public void Comparison_of_zeros_ignores_their_signs()
    {
        var flags = FloatFlags.None;
        Assert.True(Float64.Equal(0, Sign64, ref flags));
        Assert.False(Float64.LessThan(Sign64, 0, ref flags));
        Assert.True(Float64.LessOrEqual(0, Sign64, ref flags));
        Assert.True(Float32.Equal(0, Sign32, ref flags));
        Assert.False(Float32.LessThan(Sign32, 0, ref flags));
        Assert.True(Float32.LessOrEqual(0, Sign32, ref flags));
        Assert.Equal(FloatFlags.None, flags);
    }

    [Theory]
    [InlineData(0xffff_ffff_3f80_0000, One32)]
    [InlineData(0xffff_ffff_ff80_0001, 0xff80_0001u)]
    [InlineData(0xffff_ffff_0000_0000, 0u)]
    [InlineData(0xffff_fffe_3f80_0000, NaN32)]
    [InlineData(0x0000_0000_3f80_0000, NaN32)]
    [InlineData(0x7fff_ffff_3f80_0000, NaN32)]
    public void Register_that_holds_no_boxed_single_reads_as_canonical_nan(ulong register, uint expected) =>
        Assert.Equal(expected, NanBox.Unbox(register));

    [Fact]
    public void Boxed_single_has_all_upper_bits_set() => Assert.Equal(0xffff_ffff_3f80_0000, NanBox.Box(One32));

    // 2^-126 · (1 - 2^-24), which 24 bits hold, stays tiny though it becomes a normal single;
    // 2^-126 · (1 - 2^-25) and above round to 2^-126 at full precision in some modes and then never were tiny.
    [Theory]
    [InlineData(0x380f_ffff_e000_0000, RoundingMode.NearestEven, 0x0080_0000u, Tiny)]
    [InlineData(0x380f_ffff_e000_0000, RoundingMode.Up, 0x0080_0000u, Tiny)]
    [InlineData(0x380f_ffff_e000_0000, RoundingMode.TowardZero, 0x007f_ffffu, Tiny)]
    [InlineData(0x380f_ffff_f000_0000, RoundingMode.NearestEven, 0x0080_0000u, FloatFlags.Inexact)]
    [InlineData(0x380f_ffff_f000_0000, RoundingMode.NearestMaxMagnitude, 0x0080_0000u, FloatFlags.Inexact)]
    [InlineData(0x380f_ffff_f000_0000, RoundingMode.Up, 0x0080_0000u, FloatFlags.Inexact)]
    [InlineData(0x380f_ffff_f000_0000, RoundingMode.TowardZero, 0x007f_ffffu, Tiny)]
    [InlineData(0x380f_ffff_f000_0000, RoundingMode.Down, 0x007f_ffffu, Tiny)]
    [InlineData(0x380f_ffff_efff_ffff, RoundingMode.NearestEven, 0x0080_0000u, Tiny)]
    [InlineData(0x380f_ffff_f800_0000, RoundingMode.NearestEven, 0x0080_0000u, FloatFlags.Inexact)]
    [InlineData(0x380f_ffff_c000_0000, RoundingMode.NearestEven, 0x007f_ffffu, FloatFlags.None)]
    [InlineData(0x0000_0000_0000_0001, RoundingMode.NearestEven, 0u, Tiny)]
    [InlineData(0x0000_0000_0000_0001, RoundingMode.Up, 1u, Tiny)]
    public void Narrowing_judges_tininess_after_rounding(
        ulong value, RoundingMode mode, uint expected, FloatFlags expectedFlags)
    {
        var flags = FloatFlags.None;
        Assert.Equal(expected, Float64.ToFloat32(value, mode, ref flags));
        Assert.Equal(expectedFlags, flags);
    }

    [Fact]
    public void Multiplication_and_fused_multiply_add_judge_tininess_after_rounding()
    {
        // (1 - 2^-53) · 2^-1022 has 53 bits: it is tiny, and a tie between the two largest candidates.
        var flags = FloatFlags.None;
        const ulong smallestNormal = 0x0010_0000_0000_0000;
        Assert.Equal(
            smallestNormal, Float64.Multiply(One64 - 1, smallestNormal, RoundingMode.NearestEven, ref flags));
        Assert.Equal(Tiny, flags);

        // 2^-1022 - 2^-1200 is nearer to 2^-1022 than any 53 bits could tell: not tiny after rounding.
        flags = FloatFlags.None;
        const ulong root = 0x1a70_0000_0000_0000;
        Assert.Equal(
            smallestNormal,
            Float64.FusedMultiplyAdd(root | Sign64, root, smallestNormal, RoundingMode.NearestEven, ref flags));
        Assert.Equal(FloatFlags.Inexact, flags);
    }

    [Theory]
    [InlineData(RoundingMode.NearestEven, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000)]
    [InlineData(RoundingMode.TowardZero, 0x7fef_ffff_ffff_ffff, 0xffef_ffff_ffff_ffff)]
    [InlineData(RoundingMode.Down, 0x7fef_ffff_ffff_ffff, 0xfff0_0000_0000_0000)]
    [InlineData(RoundingMode.Up, 0x7ff0_0000_0000_0000, 0xffef_ffff_ffff_ffff)]
    [InlineData(RoundingMode.NearestMaxMagnitude, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000)]
    public void Overflow_gives_infinity_or_largest_value_as_mode_asks(RoundingMode mode, ulong positive, ulong negative)
    {
        const ulong largest = 0x7fef_ffff_ffff_ffff;
        var flags = FloatFlags.None;
        Assert.Equal(positive, Float64.Add(largest, largest, mode, ref flags));
        Assert.Equal(negative, Float64.Multiply(largest, largest | Sign64, mode, ref flags));
        Assert.Equal(FloatFlags.Overflow | FloatFlags.Inexact, flags);
    }

    [Fact]
    public void Invalid_operations_give_canonical_nan()
    {
        const RoundingMode mode = RoundingMode.NearestEven;
        AssertInvalid(NaN64, (ref f) => Float64.Subtract(Infinity64, Infinity64, mode, ref f));
        AssertInvalid(NaN64, (ref f) => Float64.Multiply(0, Infinity64, mode, ref f));
        AssertInvalid(NaN64, (ref f) => Float64.Divide(0, Sign64, mode, ref f));
        AssertInvalid(NaN64, (ref f) => Float64.SquareRoot(One64 | Sign64, mode, ref f));
        AssertInvalid(NaN64, (ref f) => Float64.FusedMultiplyAdd(Infinity64, 0, NaN64, mode, ref f));
        AssertInvalid(NaN64, (ref f) => Float64.Add(One64, Signaling64, mode, ref f));
        AssertInvalid(NaN64, (ref f) => Float32.ToFloat64(Signaling32 | Sign32, ref f));
        AssertInvalid(NaN32, (ref f) => Float64.ToFloat32(Signaling64 | Sign64, mode, ref f));
        AssertInvalid(NaN32, (ref f) => Float32.Divide(Infinity32, Infinity32, mode, ref f));
    }

    [Fact]
    public void Division_of_number_by_zero_is_infinite_and_raises_only_that()
    {
        var flags = FloatFlags.None;
        Assert.Equal(
            Infinity64 | Sign64, Float64.Divide(One64, Sign64, RoundingMode.NearestEven, ref flags));
        Assert.Equal(
            Infinity32, Float32.Divide(One32, 0, RoundingMode.NearestEven, ref flags));
        Assert.Equal(FloatFlags.DivideByZero, flags);
    }

    [Theory]
    [InlineData(RoundingMode.NearestEven, 0UL)]
    [InlineData(RoundingMode.TowardZero, 0UL)]
    [InlineData(RoundingMode.Down, Sign64)]
    [InlineData(RoundingMode.Up, 0UL)]
    [InlineData(RoundingMode.NearestMaxMagnitude, 0UL)]
    public void Cancelled_sum_is_negative_zero_only_when_rounding_down(RoundingMode mode, ulong expected)
    {
        var flags = FloatFlags.None;
        Assert.Equal(expected, Float64.Subtract(One64, One64, mode, ref flags));
        Assert.Equal(expected, Float64.FusedMultiplyAdd(One64, One64, One64 | Sign64, mode, ref flags));
        Assert.Equal(expected, Float64.Add(0, Sign64, mode, ref flags));
        Assert.Equal(Sign64, Float64.Add(Sign64, Sign64, mode, ref flags));
        Assert.Equal(FloatFlags.None, flags);
    }
}
