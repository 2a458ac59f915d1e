using Vee.Machines.Isa;
using Xunit;

namespace Vee.Machines.Tests.Isa;

/// <summary>
/// Every 16-bit form at its edges, expected expansions written by hand from the quadrant tables of the C chapter.
/// Halfwords are spelled in the fields of those tables; branches are at address 0x1000.
/// </summary>
public sealed class CompressedDecoderTests
{
    private const ulong Pc = 0x1000;

    [Theory]
    // c.addi4spn: nzuimm[5:4|9:6|2|3]
    [InlineData("000 00000001 000 00", "addi s0,sp,8")]
    [InlineData("000 00000010 001 00", "addi s1,sp,4")]
    [InlineData("000 00000100 000 00", "addi s0,sp,64")]
    [InlineData("000 00100000 000 00", "addi s0,sp,512")]
    [InlineData("000 01000000 000 00", "addi s0,sp,16")]
    [InlineData("000 10000000 000 00", "addi s0,sp,32")]
    [InlineData("000 11111111 111 00", "addi a5,sp,1020")]
    // c.fld and c.ld: uimm[5:3], uimm[7:6]
    [InlineData("001 000 000 00 000 00", "fld fs0,0(s0)")]
    [InlineData("001 001 010 00 100 00", "fld fa2,8(a0)")]
    [InlineData("001 000 000 01 000 00", "fld fs0,64(s0)")]
    [InlineData("001 111 111 11 111 00", "fld fa5,248(a5)")]
    [InlineData("011 000 000 10 001 00", "ld s1,128(s0)")]
    [InlineData("011 111 111 11 111 00", "ld a5,248(a5)")]
    // c.lw: uimm[5:3], uimm[2|6]
    [InlineData("010 000 000 10 000 00", "lw s0,4(s0)")]
    [InlineData("010 000 000 01 000 00", "lw s0,64(s0)")]
    [InlineData("010 100 001 00 010 00", "lw a0,32(s1)")]
    [InlineData("010 111 111 11 111 00", "lw a5,124(a5)")]
    [InlineData("101 111 111 11 111 00", "fsd fa5,248(a5)")]
    [InlineData("101 001 000 00 001 00", "fsd fs1,8(s0)")]
    [InlineData("110 000 000 01 001 00", "sw s1,64(s0)")]
    [InlineData("110 111 111 11 111 00", "sw a5,124(a5)")]
    [InlineData("111 111 111 11 111 00", "sd a5,248(a5)")]
    [InlineData("111 000 001 00 000 00", "sd s0,0(s1)")]
    public void Quadrant_0_expands_as_the_manual_says(string fields, string expected) =>
        AssertExpands(fields, expected);

    [Theory]
    // c.nop and c.addi, with HINTs
    [InlineData("000 0 00000 00000 01", "addi zero,zero,0")]
    [InlineData("000 0 00000 00001 01", "addi zero,zero,1")]
    [InlineData("000 0 01010 00000 01", "addi a0,a0,0")]
    [InlineData("000 0 00001 11111 01", "addi ra,ra,31")]
    [InlineData("000 1 11111 00000 01", "addi t6,t6,-32")]
    // c.addiw
    [InlineData("001 0 00001 00000 01", "addiw ra,ra,0")]
    [InlineData("001 1 11111 11111 01", "addiw t6,t6,-1")]
    // c.li, with a HINT
    [InlineData("010 1 01010 00000 01", "addi a0,zero,-32")]
    [InlineData("010 0 11111 11111 01", "addi t6,zero,31")]
    [InlineData("010 0 00000 00101 01", "addi zero,zero,5")]
    // c.addi16sp: nzimm[9], nzimm[4|6|8:7|5]
    [InlineData("011 1 00010 00000 01", "addi sp,sp,-512")]
    [InlineData("011 0 00010 11111 01", "addi sp,sp,496")]
    [InlineData("011 0 00010 10000 01", "addi sp,sp,16")]
    [InlineData("011 0 00010 01000 01", "addi sp,sp,64")]
    [InlineData("011 0 00010 00100 01", "addi sp,sp,256")]
    [InlineData("011 0 00010 00010 01", "addi sp,sp,128")]
    [InlineData("011 0 00010 00001 01", "addi sp,sp,32")]
    // c.lui, with a HINT
    [InlineData("011 0 00001 00001 01", "lui ra,0x1")]
    [InlineData("011 0 00011 11111 01", "lui gp,0x1f")]
    [InlineData("011 1 00011 00000 01", "lui gp,0xfffe0")]
    [InlineData("011 1 11111 11111 01", "lui t6,0xfffff")]
    [InlineData("011 0 00000 00001 01", "lui zero,0x1")]
    // c.srli, c.srai, c.andi, with HINTs
    [InlineData("100 1 00 111 11111 01", "srli a5,a5,0x3f")]
    [InlineData("100 0 00 000 00000 01", "srli s0,s0,0x0")]
    [InlineData("100 1 01 000 00000 01", "srai s0,s0,0x20")]
    [InlineData("100 0 01 111 00001 01", "srai a5,a5,0x1")]
    [InlineData("100 1 10 000 00000 01", "andi s0,s0,-32")]
    [InlineData("100 0 10 111 11111 01", "andi a5,a5,31")]
    // Two-register operations
    [InlineData("100 0 11 000 00 111 01", "sub s0,s0,a5")]
    [InlineData("100 0 11 001 01 110 01", "xor s1,s1,a4")]
    [InlineData("100 0 11 010 10 101 01", "or a0,a0,a3")]
    [InlineData("100 0 11 111 11 000 01", "and a5,a5,s0")]
    [InlineData("100 1 11 000 00 111 01", "subw s0,s0,a5")]
    [InlineData("100 1 11 111 01 000 01", "addw a5,a5,s0")]
    // c.j: imm[11|4|9:8|10|6|7|3:1|5]
    [InlineData("101 10000000000 01", "jal zero,0x800")]
    [InlineData("101 01000000000 01", "jal zero,0x1010")]
    [InlineData("101 00100000000 01", "jal zero,0x1200")]
    [InlineData("101 00010000000 01", "jal zero,0x1100")]
    [InlineData("101 00001000000 01", "jal zero,0x1400")]
    [InlineData("101 00000100000 01", "jal zero,0x1040")]
    [InlineData("101 00000010000 01", "jal zero,0x1080")]
    [InlineData("101 00000001000 01", "jal zero,0x1008")]
    [InlineData("101 00000000010 01", "jal zero,0x1002")]
    [InlineData("101 00000000001 01", "jal zero,0x1020")]
    [InlineData("101 01111111111 01", "jal zero,0x17fe")]
    // c.beqz and c.bnez: imm[8|4:3], imm[7:6|2:1|5]
    [InlineData("110 100 000 00000 01", "beq s0,zero,0xf00")]
    [InlineData("110 010 000 00000 01", "beq s0,zero,0x1010")]
    [InlineData("110 000 000 10000 01", "beq s0,zero,0x1080")]
    [InlineData("110 000 000 00010 01", "beq s0,zero,0x1002")]
    [InlineData("110 000 000 00001 01", "beq s0,zero,0x1020")]
    [InlineData("110 011 111 11111 01", "beq a5,zero,0x10fe")]
    [InlineData("111 100 111 00000 01", "bne a5,zero,0xf00")]
    [InlineData("111 001 000 00100 01", "bne s0,zero,0x100c")]
    public void Quadrant_1_expands_as_the_manual_says(string fields, string expected) =>
        AssertExpands(fields, expected);

    [Theory]
    // c.slli, with HINTs
    [InlineData("000 1 11111 11111 10", "slli t6,t6,0x3f")]
    [InlineData("000 0 01010 00000 10", "slli a0,a0,0x0")]
    [InlineData("000 0 00000 00001 10", "slli zero,zero,0x1")]
    // c.fldsp and c.ldsp: uimm[5], uimm[4:3|8:6]
    [InlineData("001 1 11111 11111 10", "fld ft11,504(sp)")]
    [InlineData("001 0 00000 00001 10", "fld ft0,64(sp)")]
    [InlineData("001 1 00000 00000 10", "fld ft0,32(sp)")]
    [InlineData("011 0 00001 01000 10", "ld ra,8(sp)")]
    [InlineData("011 0 11111 00100 10", "ld t6,256(sp)")]
    [InlineData("011 1 11111 11111 10", "ld t6,504(sp)")]
    // c.lwsp: uimm[5], uimm[4:2|7:6]
    [InlineData("010 0 00001 00100 10", "lw ra,4(sp)")]
    [InlineData("010 0 00001 00010 10", "lw ra,128(sp)")]
    [InlineData("010 1 11111 11111 10", "lw t6,252(sp)")]
    // c.jr, c.mv, c.ebreak, c.jalr, c.add, with HINTs
    [InlineData("100 0 00001 00000 10", "jalr zero,0(ra)")]
    [InlineData("100 0 11111 00000 10", "jalr zero,0(t6)")]
    [InlineData("100 0 01010 01011 10", "add a0,zero,a1")]
    [InlineData("100 0 00000 00001 10", "add zero,zero,ra")]
    [InlineData("100 1 00000 00000 10", "ebreak")]
    [InlineData("100 1 01010 00000 10", "jalr ra,0(a0)")]
    [InlineData("100 1 01010 01011 10", "add a0,a0,a1")]
    [InlineData("100 1 00000 11111 10", "add zero,zero,t6")]
    // c.fsdsp and c.sdsp: uimm[5:3|8:6]; c.swsp: uimm[5:2|7:6]
    [InlineData("101 000001 00000 10", "fsd ft0,64(sp)")]
    [InlineData("101 111111 11111 10", "fsd ft11,504(sp)")]
    [InlineData("110 000100 00001 10", "sw ra,4(sp)")]
    [InlineData("110 000010 00000 10", "sw zero,128(sp)")]
    [InlineData("110 111111 11111 10", "sw t6,252(sp)")]
    [InlineData("111 100000 01010 10", "sd a0,32(sp)")]
    [InlineData("111 111111 11111 10", "sd t6,504(sp)")]
    public void Quadrant_2_expands_as_the_manual_says(string fields, string expected) =>
        AssertExpands(fields, expected);

    [Theory]
    [InlineData("000 00000000 000 00")] // the all-zero halfword
    [InlineData("000 00000000 111 00")] // c.addi4spn with nzuimm=0
    [InlineData("100 000 000 00 000 00")] // quadrant 0, funct3=100
    [InlineData("100 111 111 11 111 00")]
    [InlineData("001 0 00000 00000 01")] // c.addiw with rd=0
    [InlineData("001 1 00000 11111 01")]
    [InlineData("011 0 00010 00000 01")] // c.addi16sp with nzimm=0
    [InlineData("011 0 00001 00000 01")] // c.lui with nzimm=0
    [InlineData("011 0 00000 00000 01")]
    [InlineData("100 1 11 000 10 000 01")] // reserved two-register operations
    [InlineData("100 1 11 111 11 111 01")]
    [InlineData("010 0 00000 00000 10")] // c.lwsp with rd=0
    [InlineData("010 1 00000 11111 10")]
    [InlineData("011 0 00000 00001 10")] // c.ldsp with rd=0
    [InlineData("100 0 00000 00000 10")] // c.jr with rs1=0
    public void Reserved_halfword_is_illegal_and_keeps_its_encoding(string fields)
    {
        var halfword = Parse(fields);

        Assert.Equal(new Instruction(Opcode.Illegal, 0, 0, 0, 0, 0, 2, halfword), Decoder.Decode(halfword));
    }

    [Fact]
    public void Upper_half_of_the_word_does_not_affect_a_compressed_instruction()
    {
        for (uint halfword = 0; halfword <= 0xFFFF; halfword++)
        {
            if ((halfword & 0b11) != 0b11)
            {
                Assert.Equal(Decoder.Decode(halfword), Decoder.Decode(0xFFFF_0000 | halfword));
            }
        }
    }

    private static void AssertExpands(string fields, string expected)
    {
        var instruction = Decoder.Decode(Parse(fields));

        Assert.Equal(2, instruction.Length);
        Assert.Equal(expected, Disassembler.Format(instruction, Pc));
    }

    private static ushort Parse(string fields)
    {
        var digits = fields.Replace(" ", "", StringComparison.Ordinal);
        Assert.Equal(16, digits.Length);
        return Convert.ToUInt16(digits, 2);
    }
}
