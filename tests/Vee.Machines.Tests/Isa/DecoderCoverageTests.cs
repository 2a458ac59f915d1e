using Vee.Machines.Isa;
using Xunit;

namespace Vee.Machines.Tests.Isa;

/// <summary>All halfwords, and random words: whatever decodes is a canonical instruction, and nothing throws.</summary>
public sealed class DecoderCoverageTests
{
    private const int WordCount = 1_000_000;

    // Instructions whose reserved fields are ignored, so that encoding them again may give another word.
    private static readonly Opcode[] Lenient = [Opcode.Fence, Opcode.FenceI];

    [Fact]
    public void Every_halfword_decodes_to_a_base_instruction_or_is_illegal()
    {
        var legalCount = 0;
        for (uint halfword = 0; halfword <= 0xFFFF; halfword++)
        {
            var instruction = Decoder.Decode(halfword);
            _ = Disassembler.Format(instruction, 0);
            if ((halfword & 0b11) == 0b11)
            {
                Assert.Equal(4, instruction.Length);
            }
            else if (instruction.Opcode == Opcode.Illegal)
            {
                Assert.Equal(new Instruction(Opcode.Illegal, 0, 0, 0, 0, 0, 2, (int)halfword), instruction);
            }
            else
            {
                legalCount++;
                Assert.Equal(instruction with { Length = 4 }, Decoder.Decode(Encode(instruction)));
                Assert.Equal(2, instruction.Length);
            }
        }

        // 49,152 halfwords are compressed. Reserved: c.addi4spn 8, quadrant 0 funct3=100 2,048, c.addiw 64, c.lui and
        // c.addi16sp 32, the two-register group 2 * 64, c.lwsp 64, c.ldsp 64, c.jr 1.
        Assert.Equal(49_152 - 8 - 2_048 - 64 - 32 - 128 - 64 - 64 - 1, legalCount);
    }

    [Fact]
    public void Random_word_decodes_to_what_encodes_it_or_is_illegal()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        var random = new Random(TestSeed.Value);
        var rows = Encodings.All.ToArray();
        for (var i = 0; i < WordCount; i++)
        {
            // Uniform words are mostly illegal; every other one is pulled onto a row, some with one bit wrong.
            var word = (uint)random.NextInt64(1L << 32) | 0b11;
            if (i % 2 == 0)
            {
                var row = rows[random.Next(rows.Length)];
                word = (word & ~row.Mask) | row.Match;
                word ^= i % 8 == 0 ? 1u << random.Next(2, 32) : 0;
            }

            AssertCanonical(word);
        }
    }

    private static void AssertCanonical(uint word)
    {
        var instruction = Decoder.Decode(word);
        var isCanonical = instruction.Opcode == Opcode.Illegal
            ? instruction == new Instruction(Opcode.Illegal, 0, 0, 0, 0, 0, 4, (int)word)
            : Lenient.Contains(instruction.Opcode) || Encode(instruction) == word;

        Assert.True(isCanonical, $"VEE_TEST_SEED={TestSeed.Value}: 0x{word:x8} decodes to {instruction}");
        _ = Disassembler.Format(instruction, 0);
    }

    private static uint Encode(Instruction i) =>
        Assembler.Encode(i.Opcode, i.Rd, i.Rs1, i.Rs2, i.Rs3, i.RoundingMode, i.Immediate);
}
