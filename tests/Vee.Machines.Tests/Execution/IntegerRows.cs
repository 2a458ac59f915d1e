using Vee.Machines.Isa;

namespace Vee.Machines.Tests.Execution;

/// <summary>Integer arithmetic by hand: ISA manual, chapters "RV32I", "RV64I" and "M".</summary>
internal static class IntegerRows
{
    private const ulong Minimum32 = 0xFFFF_FFFF_8000_0000;
    private const ulong Minimum64 = 0x8000_0000_0000_0000;
    private const ulong Maximum64 = 0x7FFF_FFFF_FFFF_FFFF;
    private const ulong Ones = ulong.MaxValue;

    internal static IEnumerable<InstructionRow> All =>
        [.. Upper, .. Immediates, .. Registers, .. Words, .. Multiplications, .. Divisions, .. WordDivisions];

    private static IEnumerable<InstructionRow> Upper =>
    [
        Row(Opcode.Lui, "positive").Immediate(0x1234_5000).Gives(0x1234_5000),
        Row(Opcode.Lui, "bit 31 is sign-extended").Immediate(int.MinValue).Gives(Minimum32),
        Row(Opcode.Lui, "x0 stays zero").Registers(rd: 0).Immediate(0x1000),
        Row(Opcode.Lui, "compressed, -1").Encoded(0x757D).Gives(Ones << 12),
        Row(Opcode.Auipc, "adds to its own address").Immediate(0x1000).Gives(HartFixture.Code + 0x1000),
        Row(Opcode.Auipc, "wraps below zero").Immediate(int.MinValue).Gives(HartFixture.Code + Minimum32),
        Row(Opcode.Auipc, "zero is the address").Immediate(0).Gives(HartFixture.Code),
        Row(Opcode.Auipc, "x0 stays zero").Registers(rd: 0).Immediate(0x1000),
    ];

    private static IEnumerable<InstructionRow> Immediates =>
    [
        Row(Opcode.Addi, "wraps").Given(Ones).Immediate(1).Gives(0),
        Row(Opcode.Addi, "carries into the upper word").Given(0xFFFF_FFFF).Immediate(1).Gives(0x1_0000_0000),
        Row(Opcode.Addi, "smallest immediate").Given(0).Immediate(-2048).Gives(-2048),
        Row(Opcode.Addi, "x0 as source is zero").Registers(10, 0).Immediate(2047).Gives(2047),
        Row(Opcode.Addi, "x0 as destination stays zero").Registers(0).Given(5).Immediate(5),
        Row(Opcode.Addi, "its own destination").Registers(11).Given(40).Immediate(2).Gives(42),
        Row(Opcode.Addi, "compressed, c.li a0,-1").Encoded(0x557D).Gives(Ones),
        Row(Opcode.Slti, "-1 < 0").Given(Ones).Immediate(0).Gives(1),
        Row(Opcode.Slti, "0 < -1 is false").Given(0).Immediate(-1).Gives(0),
        Row(Opcode.Slti, "most negative").Given(Minimum64).Immediate(-2048).Gives(1),
        Row(Opcode.Slti, "equal").Given(7).Immediate(7).Gives(0),
        Row(Opcode.Sltiu, "compares with the sign-extended immediate").Given(5).Immediate(-1).Gives(1),
        Row(Opcode.Sltiu, "seqz of 0").Given(0).Immediate(1).Gives(1),
        Row(Opcode.Sltiu, "seqz of -1").Given(Ones).Immediate(1).Gives(0),
        Row(Opcode.Xori, "not").Given(0x5555_0000_FFFF_1234).Immediate(-1).Gives(0xAAAA_FFFF_0000_EDCB),
        Row(Opcode.Ori, "sign-extended").Given(1).Immediate(-2048).Gives(-2047),
        Row(Opcode.Andi, "sign-extended").Given(Ones).Immediate(-16).Gives(-16),
        Row(Opcode.Andi, "low bits").Given(Ones).Immediate(0x7FF).Gives(0x7FF),
        Row(Opcode.Slli, "by 0").Given(Ones).Immediate(0).Gives(Ones),
        Row(Opcode.Slli, "by 32").Given(1).Immediate(32).Gives(0x1_0000_0000),
        Row(Opcode.Slli, "by 63").Given(3).Immediate(63).Gives(Minimum64),
        Row(Opcode.Srli, "by 63").Given(Minimum64).Immediate(63).Gives(1),
        Row(Opcode.Srli, "by 31").Given(Ones).Immediate(31).Gives(0x1_FFFF_FFFF),
        Row(Opcode.Srai, "by 63").Given(Minimum64).Immediate(63).Gives(Ones),
        Row(Opcode.Srai, "by 32").Given(0xFFFF_FFFE_0000_0000).Immediate(32).Gives(-2),
    ];

    private static IEnumerable<InstructionRow> Registers =>
    [
        Row(Opcode.Add, "overflow wraps").Given(Maximum64, 1).Gives(Minimum64),
        Row(Opcode.Add, "doubles itself").Registers(10, 10, 10).Given(21).Gives(42),
        Row(Opcode.Add, "x0 as destination stays zero").Registers(0).Given(1, 2),
        Row(Opcode.Sub, "0 - 1").Given(0, 1).Gives(Ones),
        Row(Opcode.Sub, "itself is zero").Registers(10, 10, 10).Given(21).Gives(0),
        Row(Opcode.Sll, "only six bits of the amount count").Given(1, 64 + 63).Gives(Minimum64),
        Row(Opcode.Sll, "by 64 is by 0").Given(5, 64).Gives(5),
        Row(Opcode.Slt, "signed").Given(Minimum64, Maximum64).Gives(1),
        Row(Opcode.Sltu, "unsigned").Given(Minimum64, Maximum64).Gives(0),
        Row(Opcode.Sltu, "snez").Registers(10, 0).Given(0, 3).Gives(1),
        Row(Opcode.Xor, "bits").Given(0b1100, 0b1010).Gives(0b0110),
        Row(Opcode.Srl, "logical").Given(Minimum64, 1).Gives(0x4000_0000_0000_0000),
        Row(Opcode.Srl, "by -1 is by 63").Given(Minimum64, Ones).Gives(1),
        Row(Opcode.Sra, "arithmetic").Given(Minimum64, 1).Gives(0xC000_0000_0000_0000),
        Row(Opcode.Or, "bits").Given(0b1100, 0b1010).Gives(0b1110),
        Row(Opcode.And, "bits").Given(0b1100, 0b1010).Gives(0b1000),
    ];

    private static IEnumerable<InstructionRow> Words =>
    [
        Row(Opcode.Addiw, "sext.w").Given(0x1_8000_0000).Immediate(0).Gives(Minimum32),
        Row(Opcode.Addiw, "overflow wraps to negative").Given(0x7FFF_FFFF).Immediate(1).Gives(Minimum32),
        Row(Opcode.Slliw, "into the sign").Given(1).Immediate(31).Gives(Minimum32),
        Row(Opcode.Slliw, "upper word is dropped").Given(0xFFFF_FFFF_0000_0001).Immediate(1).Gives(2),
        Row(Opcode.Srliw, "by 0 sign-extends").Given(0x8000_0000).Immediate(0).Gives(Minimum32),
        Row(Opcode.Srliw, "by 31").Given(0x8000_0000).Immediate(31).Gives(1),
        Row(Opcode.Sraiw, "takes the sign of the word").Given(0x8000_0000).Immediate(31).Gives(Ones),
        Row(Opcode.Sraiw, "ignores the upper word").Given(0xFFFF_FFFF_4000_0000).Immediate(30).Gives(1),
        Row(Opcode.Addw, "overflow wraps to negative").Given(0x7FFF_FFFF, 1).Gives(Minimum32),
        Row(Opcode.Addw, "carry is dropped").Given(0xFFFF_FFFF, 1).Gives(0),
        Row(Opcode.Subw, "0 - minimum").Given(0, 0x8000_0000).Gives(Minimum32),
        Row(Opcode.Sllw, "only five bits of the amount count").Given(1, 32 + 31).Gives(Minimum32),
        Row(Opcode.Sllw, "by 32 is by 0").Given(0x8000_0001, 32).Gives(0xFFFF_FFFF_8000_0001),
        Row(Opcode.Srlw, "by 32 sign-extends").Given(0x8000_0000, 32).Gives(Minimum32),
        Row(Opcode.Srlw, "logical").Given(0xFFFF_FFFF_8000_0000, 31).Gives(1),
        Row(Opcode.Sraw, "arithmetic").Given(0x8000_0000, 31).Gives(Ones),
    ];

    private static IEnumerable<InstructionRow> Multiplications =>
    [
        Row(Opcode.Mul, "low half").Given(Ones, Ones).Gives(1),
        Row(Opcode.Mul, "2^32 squared").Given(0x1_0000_0000, 0x1_0000_0000).Gives(0),
        Row(Opcode.Mulh, "-1 * -1").Given(Ones, Ones).Gives(0),
        Row(Opcode.Mulh, "minimum squared").Given(Minimum64, Minimum64).Gives(0x4000_0000_0000_0000),
        Row(Opcode.Mulh, "-1 * 1").Given(Ones, 1).Gives(Ones),
        Row(Opcode.Mulhsu, "-1 * largest unsigned").Given(Ones, Ones).Gives(Ones),
        Row(Opcode.Mulhsu, "1 * largest unsigned").Given(1, Ones).Gives(0),
        Row(Opcode.Mulhsu, "minimum * largest unsigned").Given(Minimum64, Ones).Gives(Minimum64),
        Row(Opcode.Mulhu, "largest squared").Given(Ones, Ones).Gives(0xFFFF_FFFF_FFFF_FFFE),
        Row(Opcode.Mulw, "overflow").Given(0x8000_0000, Ones).Gives(Minimum32),
        Row(Opcode.Mulw, "upper words do not count").Given(0x5_0000_0003, 0x7_0000_0005).Gives(15),
    ];

    private static IEnumerable<InstructionRow> Divisions =>
    [
        Row(Opcode.Div, "by zero").Given(7, 0).Gives(Ones),
        Row(Opcode.Div, "overflow").Given(Minimum64, Ones).Gives(Minimum64),
        Row(Opcode.Div, "towards zero").Given(unchecked((ulong)-7), 2).Gives(-3),
        Row(Opcode.Div, "negative divisor").Given(7, unchecked((ulong)-2)).Gives(-3),
        Row(Opcode.Divu, "by zero").Given(7, 0).Gives(Ones),
        Row(Opcode.Divu, "no overflow").Given(Minimum64, Ones).Gives(0),
        Row(Opcode.Rem, "by zero").Given(unchecked((ulong)-7), 0).Gives(-7),
        Row(Opcode.Rem, "overflow").Given(Minimum64, Ones).Gives(0),
        Row(Opcode.Rem, "takes the dividend's sign").Given(unchecked((ulong)-7), 2).Gives(-1),
        Row(Opcode.Remu, "by zero").Given(7, 0).Gives(7),
        Row(Opcode.Remu, "unsigned").Given(Ones, Minimum64).Gives(Maximum64),
    ];

    private static IEnumerable<InstructionRow> WordDivisions =>
    [
        Row(Opcode.Divw, "by zero").Given(7, 0x1_0000_0000).Gives(Ones),
        Row(Opcode.Divw, "overflow").Given(0x8000_0000, 0xFFFF_FFFF).Gives(Minimum32),
        Row(Opcode.Divuw, "by zero").Given(7, 0).Gives(Ones),
        Row(Opcode.Divuw, "result is sign-extended").Given(0xFFFF_FFFF, 1).Gives(Ones),
        Row(Opcode.Remw, "by zero sign-extends the dividend").Given(0x8000_0000, 0).Gives(Minimum32),
        Row(Opcode.Remw, "overflow").Given(0x8000_0000, 0xFFFF_FFFF).Gives(0),
        Row(Opcode.Remuw, "by zero sign-extends the dividend").Given(0x8000_0000, 0).Gives(Minimum32),
        Row(Opcode.Remuw, "unsigned").Given(0xFFFF_FFFF, 0x1_0000_0010).Gives(15),
    ];

    private static InstructionRow Row(Opcode opcode, string name) => new(opcode, name);
}
