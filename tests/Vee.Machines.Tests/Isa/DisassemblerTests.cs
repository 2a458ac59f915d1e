using Vee.Machines.Isa;
using Xunit;

namespace Vee.Machines.Tests.Isa;

public sealed class DisassemblerTests
{
    [Theory]
    [InlineData(0x0015_0513u, "addi a0,a0,1")]
    [InlineData(0x0081_3583u, "ld a1,8(sp)")]
    [InlineData(0xFE00_00E7u, "jalr ra,-32(zero)")]
    [InlineData(0x00B5_3423u, "sd a1,8(a0)")]
    [InlineData(0xFE05_1CE3u, "bne a0,zero,0xff8")]
    [InlineData(0xFF5F_F06Fu, "jal zero,0xff4")]
    [InlineData(0x8000_0537u, "lui a0,0x80000")]
    [InlineData(0x03F5_1513u, "slli a0,a0,0x3f")]
    [InlineData(0x02C5_F553u, "fadd.d fa0,fa1,fa2,dyn")]
    [InlineData(0x02C5_9543u, "fmadd.d fa0,fa1,fa2,ft0,rtz")]
    [InlineData(0xD205_0553u, "fcvt.d.w fa0,a0")]
    [InlineData(0xD205_1553u, "fcvt.d.w fa0,a0,rtz")]
    [InlineData(0x4205_7553u, "fcvt.d.s fa0,fa0,dyn")]
    [InlineData(0x06B6_252Fu, "amoadd.w.aqrl a0,a1,(a2)")]
    [InlineData(0x1405_35AFu, "lr.d.aq a1,(a0)")]
    [InlineData(0x1AB5_25AFu, "sc.w.rl a1,a1,(a0)")]
    [InlineData(0x0FF0_000Fu, "fence iorw,iorw")]
    [InlineData(0x0310_000Fu, "fence rw,w")]
    [InlineData(0x0100_000Fu, "fence w,unknown")]
    [InlineData(0x8330_000Fu, "fence.tso")]
    [InlineData(0xC000_2573u, "csrrs a0,cycle,zero")]
    [InlineData(0x7C00_2573u, "csrrs a0,0x7c0,zero")]
    [InlineData(0x001F_D073u, "csrrwi zero,fflags,31")]
    [InlineData(0x12B5_0073u, "sfence.vma a0,a1")]
    [InlineData(0x0000_0073u, "ecall")]
    [InlineData(0xFFFF_FFFFu, ".4byte 0xffffffff")]
    [InlineData(0x0000_0000u, ".2byte 0x0")]
    public void Instruction_at_0x1000_is_written_as_objdump_does(uint word, string expected) =>
        Assert.Equal(expected, Disassembler.Format(Decoder.Decode(word), 0x1000));

    [Fact]
    public void Branch_below_address_zero_wraps() => Assert.Equal(
        "jal zero,0xfffffffffffffff4", Disassembler.Format(Decoder.Decode(0xFF5F_F06F), 0));

    [Fact]
    public void Integer_registers_have_the_names_of_the_abi() => Assert.Equal(
        "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6",
        string.Join(' ', Enumerable.Range(0, 32).Select(RegisterNames.X)));

    [Fact]
    public void Float_registers_have_the_names_of_the_abi() => Assert.Equal(
        "ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 "
        + "fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11",
        string.Join(' ', Enumerable.Range(0, 32).Select(RegisterNames.F)));

    [Theory]
    [InlineData(1, "fflags")]
    [InlineData(2, "frm")]
    [InlineData(3, "fcsr")]
    [InlineData(0xC00, "cycle")]
    [InlineData(0xC01, "time")]
    [InlineData(0xC02, "instret")]
    [InlineData(0xFFF, "0xfff")]
    public void Csr_is_named_or_numbered(int number, string expected) =>
        Assert.Equal(expected, CsrNames.Of(number));
}
