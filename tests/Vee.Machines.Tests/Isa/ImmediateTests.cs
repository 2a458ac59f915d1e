using Vee.Machines.Isa;
using Xunit;

namespace Vee.Machines.Tests.Isa;

/// <summary>
/// The scrambled immediates, one encoding bit at a time: which bit of the immediate does it become? Written from the
/// figure "Types of immediate produced by RISC-V instructions" as (encoding bit, immediate bit, run length).
/// </summary>
public sealed class ImmediateTests
{
    public static TheoryData<string, uint, int, (int From, int To, int Count)[]> Formats => new()
    {
        { "I", 0x0000_0013, 12, [(20, 0, 12)] },
        { "S", 0x0000_0023, 12, [(7, 0, 5), (25, 5, 7)] },
        { "B", 0x0000_0063, 13, [(8, 1, 4), (25, 5, 6), (7, 11, 1), (31, 12, 1)] },
        { "U", 0x0000_0037, 32, [(12, 12, 20)] },
        { "J", 0x0000_006F, 21, [(21, 1, 10), (20, 11, 1), (12, 12, 8), (31, 20, 1)] },
        { "shamt", 0x0000_1013, 7, [(20, 0, 6)] },
        { "csr", 0x0000_1073, 13, [(20, 0, 12)] },
        { "fence", 0x0000_000F, 13, [(20, 0, 12)] },
        { "aq, rl", 0x0000_202F, 3, [(25, 0, 2)] },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Encoding_bit_becomes_the_immediate_bit_of_its_format(
        string format, uint word, int width, (int From, int To, int Count)[] runs)
    {
        foreach (var (from, to, count) in runs)
        {
            for (var i = 0; i < count; i++)
            {
                var expected = SignExtend(1u << (to + i), width);
                var actual = Decoder.Decode(word | (1u << (from + i)));

                Assert.NotEqual(Opcode.Illegal, actual.Opcode);
                Assert.True(
                    expected == actual.Immediate, $"{format} bit {from + i}: {actual.Immediate}, not {expected}");
            }
        }
    }

    [Theory]
    [InlineData(0x7FF0_0013u, 2047)]
    [InlineData(0x8000_0013u, -2048)]
    [InlineData(0x7E00_0FA3u, 2047)]
    [InlineData(0x8000_0023u, -2048)]
    [InlineData(0x7E00_0FE3u, 4094)]
    [InlineData(0x8000_0063u, -4096)]
    [InlineData(0x7FFF_F037u, 0x7FFF_F000)]
    [InlineData(0x8000_0037u, int.MinValue)]
    [InlineData(0x7FFF_F06Fu, 0xF_FFFE)]
    [InlineData(0x8000_006Fu, -0x10_0000)]
    public void Extreme_immediate_decodes_to_its_value(uint word, int expected) =>
        Assert.Equal(expected, Decoder.Decode(word).Immediate);

    private static int SignExtend(uint value, int width) => (int)(value << (32 - width)) >> (32 - width);
}
