using Vee.Machines.Isa;
using Xunit;

namespace Vee.Machines.Tests.Isa;

/// <summary>32-bit encodings that RV64GC reserves, or leaves to extensions that it does not include.</summary>
public sealed class ReservedEncodingTests
{
    [Theory]
    [InlineData(0xFFFF_FFFFu, "all ones")]
    [InlineData(0x0000_001Fu, "prefix of a 48-bit encoding")]
    [InlineData(0x0000_003Fu, "prefix of a 64-bit encoding")]
    [InlineData(0x0000_000Bu, "custom-0")]
    [InlineData(0x0000_0057u, "vector")]
    [InlineData(0x0000_0077u, "reserved major opcode")]
    [InlineData(0x0000_1067u, "jalr, funct3=1")]
    [InlineData(0x0000_2063u, "branch, funct3=2")]
    [InlineData(0x0000_3063u, "branch, funct3=3")]
    [InlineData(0x0000_7003u, "load, funct3=7")]
    [InlineData(0x0000_4023u, "store, funct3=4")]
    [InlineData(0x0400_1013u, "slli, bit 26 set")]
    [InlineData(0x4000_1013u, "slli, bit 30 set")]
    [InlineData(0x0400_5013u, "srli, bit 26 set")]
    [InlineData(0xC000_5013u, "srai, bit 31 set")]
    [InlineData(0x0200_101Bu, "slliw, shamt[5] set")]
    [InlineData(0x0200_501Bu, "srliw, shamt[5] set")]
    [InlineData(0x4200_501Bu, "sraiw, shamt[5] set")]
    [InlineData(0x0000_201Bu, "op-imm-32, funct3=2")]
    [InlineData(0x4000_1033u, "sll, bit 30 set")]
    [InlineData(0x0400_0033u, "op, funct7=2")]
    [InlineData(0x4200_0033u, "op, funct7=0x21")]
    [InlineData(0x0000_203Bu, "op-32, funct3=2")]
    [InlineData(0x0200_103Bu, "mulw group, funct3=1")]
    [InlineData(0x0000_200Fu, "misc-mem, funct3=2")]
    [InlineData(0x0020_0073u, "system, funct12=2 (uret)")]
    [InlineData(0x0000_00F3u, "ecall, rd=1")]
    [InlineData(0x0000_8073u, "ecall, rs1=1")]
    [InlineData(0x0010_00F3u, "ebreak, rd=1")]
    [InlineData(0x0000_4073u, "system, funct3=4 (hypervisor)")]
    [InlineData(0x1020_00F3u, "sret, rd=1")]
    [InlineData(0x3020_8073u, "mret, rs1=1")]
    [InlineData(0x1050_00F3u, "wfi, rd=1")]
    [InlineData(0x1200_00F3u, "sfence.vma, rd=1")]
    [InlineData(0x7B20_0073u, "dret: a debug-mode instruction")]
    [InlineData(0x1010_202Fu, "lr.w, rs2=1")]
    [InlineData(0x11F0_302Fu, "lr.d, rs2=31")]
    [InlineData(0x0000_002Fu, "amo on bytes")]
    [InlineData(0x0000_402Fu, "amo on quadwords")]
    [InlineData(0x2800_202Fu, "amo, funct5=5 (amocas)")]
    [InlineData(0xF800_202Fu, "amo, funct5=31")]
    [InlineData(0x0000_1007u, "load-fp of a half")]
    [InlineData(0x0000_4007u, "load-fp of a quad")]
    [InlineData(0x0000_4027u, "store-fp of a quad")]
    [InlineData(0x0000_5053u, "fadd.s, rm=5")]
    [InlineData(0x0000_6053u, "fadd.s, rm=6")]
    [InlineData(0x0200_5043u, "fmadd.d, rm=5")]
    [InlineData(0x0200_604Fu, "fnmadd.d, rm=6")]
    [InlineData(0xD200_5053u, "fcvt.d.w, rm=5, although exact")]
    [InlineData(0x4200_6053u, "fcvt.d.s, rm=6, although exact")]
    [InlineData(0x0400_0053u, "fadd of halves")]
    [InlineData(0x0600_0043u, "fmadd of quads")]
    [InlineData(0x5810_0053u, "fsqrt.s, rs2=1")]
    [InlineData(0x2000_3053u, "fsgnj.s group, funct3=3")]
    [InlineData(0x2800_2053u, "fmin.s group, funct3=2")]
    [InlineData(0xA000_3053u, "feq.s group, funct3=3")]
    [InlineData(0x4000_0053u, "fcvt.s.s")]
    [InlineData(0x4210_0053u, "fcvt.d.d")]
    [InlineData(0xC040_0053u, "fcvt to integer, rs2=4")]
    [InlineData(0xD240_0053u, "fcvt from integer, rs2=4")]
    [InlineData(0xE010_0053u, "fmv.x.w, rs2=1")]
    [InlineData(0xE000_2053u, "fmv.x.w group, funct3=2")]
    [InlineData(0xF210_0053u, "fmv.d.x, rs2=1")]
    [InlineData(0xF000_1053u, "fmv.w.x, funct3=1")]
    public void Reserved_word_is_illegal_and_keeps_its_encoding(uint word, string why)
    {
        var expected = new Instruction(Opcode.Illegal, 0, 0, 0, 0, 0, 4, unchecked((int)word));

        Assert.True(expected == Decoder.Decode(word), $"{why}: {Decoder.Decode(word)}");
    }

    [Theory]
    [InlineData(0x0330_000Fu, 0x033, "fence rw,rw")]
    [InlineData(0x8330_000Fu, 0x833, "fence.tso")]
    [InlineData(0x0100_000Fu, 0x010, "pause")]
    [InlineData(0xF330_000Fu, 0xF33, "reserved fm")]
    [InlineData(0x0FF0_8F8Fu, 0x0FF, "reserved rd and rs1")]
    public void Fence_with_any_fields_is_a_fence(uint word, int fields, string why) => Assert.True(
        new Instruction(Opcode.Fence, 0, 0, 0, 0, 0, 4, fields) == Decoder.Decode(word), why);

    [Fact]
    public void Fence_i_ignores_its_reserved_fields() => Assert.Equal(
        new Instruction(Opcode.FenceI, 0, 0, 0, 0, 0, 4, 0), Decoder.Decode(0xABC0_9F8F));

    [Theory]
    [InlineData(0x0000_0013u, Opcode.Addi, "nop")]
    [InlineData(0x0010_0013u, Opcode.Addi, "addi with rd=0")]
    [InlineData(0x0000_0037u, Opcode.Lui, "lui with rd=0")]
    [InlineData(0x0020_0033u, Opcode.Add, "add with rd=0 (ntl.p1)")]
    [InlineData(0x0010_5013u, Opcode.Srli, "srli with rd=0")]
    [InlineData(0x4070_5013u, Opcode.Srai, "srai x0,x0,7 (semihosting)")]
    [InlineData(0x0000_6013u, Opcode.Ori, "ori with rd=0 (prefetch.i)")]
    public void Hint_decodes_to_its_base_instruction(uint word, Opcode expected, string why) => Assert.True(
        Decoder.Decode(word) is { Rd: 0 } instruction && instruction.Opcode == expected, why);
}
