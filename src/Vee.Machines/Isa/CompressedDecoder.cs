namespace Vee.Machines.Isa;

/// <summary>Expands 16-bit encodings (the C extension, with F and D, for RV64) to base instructions.</summary>
/// <remarks>
/// Source: RISC-V unprivileged ISA, chapter "C" Extension for Compressed Instructions, tables of quadrants 0 to 2.
/// HINTs (such as c.li with rd=0 or c.slli with shamt=0) expand to the base instruction, which writes x0 or leaves
/// its register unchanged. Encodings marked RES there are illegal.
/// </remarks>
internal static class CompressedDecoder
{
    private const byte Zero = 0;
    private const byte ReturnAddress = 1;
    private const byte StackPointer = 2;

    /// <summary>Expands one halfword whose low two bits are not both set.</summary>
    /// <returns>The expansion with Length 2, or <see cref="Opcode.Illegal"/>.</returns>
    public static Instruction Decode(ushort halfword)
    {
        uint code = halfword;
        return (code & 0b11) switch
        {
            0 => Quadrant0(code),
            1 => Quadrant1(code),
            _ => Quadrant2(code),
        };
    }

    private static Instruction Quadrant0(uint code) => Funct3(code) switch
    {
        0b000 => AddImmediateToStack(code),
        0b001 => Load(Opcode.Fld, RdShort(code), Rs1Short(code), DoubleOffset(code)),
        0b010 => Load(Opcode.Lw, RdShort(code), Rs1Short(code), WordOffset(code)),
        0b011 => Load(Opcode.Ld, RdShort(code), Rs1Short(code), DoubleOffset(code)),
        0b101 => Store(Opcode.Fsd, RdShort(code), Rs1Short(code), DoubleOffset(code)),
        0b110 => Store(Opcode.Sw, RdShort(code), Rs1Short(code), WordOffset(code)),
        0b111 => Store(Opcode.Sd, RdShort(code), Rs1Short(code), DoubleOffset(code)),
        _ => Illegal(code),
    };

    private static Instruction Quadrant1(uint code) => Funct3(code) switch
    {
        0b000 => Immediate(Opcode.Addi, Rd(code), Rd(code), Signed6(code)),
        0b001 when Rd(code) != Zero => Immediate(Opcode.Addiw, Rd(code), Rd(code), Signed6(code)),
        0b010 => Immediate(Opcode.Addi, Rd(code), Zero, Signed6(code)),
        0b011 when Signed6(code) != 0 => Rd(code) == StackPointer
            ? Immediate(Opcode.Addi, StackPointer, StackPointer, StackAdjustment(code))
            : Immediate(Opcode.Lui, Rd(code), Zero, Signed6(code) << 12),
        0b100 => Arithmetic(code),
        0b101 => new(Opcode.Jal, Zero, 0, 0, 0, 0, 2, JumpOffset(code)),
        0b110 => new(Opcode.Beq, 0, Rs1Short(code), Zero, 0, 0, 2, BranchOffset(code)),
        0b111 => new(Opcode.Bne, 0, Rs1Short(code), Zero, 0, 0, 2, BranchOffset(code)),
        _ => Illegal(code),
    };

    private static Instruction Quadrant2(uint code) => Funct3(code) switch
    {
        0b000 => Immediate(Opcode.Slli, Rd(code), Rd(code), Unsigned6(code)),
        0b001 => Load(Opcode.Fld, Rd(code), StackPointer, DoubleStackLoadOffset(code)),
        0b010 when Rd(code) != Zero => Load(Opcode.Lw, Rd(code), StackPointer, WordStackLoadOffset(code)),
        0b011 when Rd(code) != Zero => Load(Opcode.Ld, Rd(code), StackPointer, DoubleStackLoadOffset(code)),
        0b100 => JumpMoveAdd(code),
        0b101 => Store(Opcode.Fsd, Rs2(code), StackPointer, DoubleStackStoreOffset(code)),
        0b110 => Store(Opcode.Sw, Rs2(code), StackPointer, WordStackStoreOffset(code)),
        0b111 => Store(Opcode.Sd, Rs2(code), StackPointer, DoubleStackStoreOffset(code)),
        _ => Illegal(code),
    };

    /// <summary>c.addi4spn: nzuimm[5:4|9:6|2|3] in bits 12:5; zero is reserved, as is the all-zero halfword.</summary>
    private static Instruction AddImmediateToStack(uint code)
    {
        var amount = Bits(code, 12, 11, 4) | Bits(code, 10, 7, 6) | Bits(code, 6, 6, 2) | Bits(code, 5, 5, 3);
        return amount == 0 ? Illegal(code) : Immediate(Opcode.Addi, RdShort(code), StackPointer, amount);
    }

    /// <summary>c.srli, c.srai, c.andi and the two-register operations, by bits 11:10, then 12 and 6:5.</summary>
    private static Instruction Arithmetic(uint code)
    {
        var rd = Rs1Short(code);
        return Bits(code, 11, 10, 0) switch
        {
            0b00 => Immediate(Opcode.Srli, rd, rd, Unsigned6(code)),
            0b01 => Immediate(Opcode.Srai, rd, rd, Unsigned6(code)),
            0b10 => Immediate(Opcode.Andi, rd, rd, Signed6(code)),
            _ => (Bits(code, 12, 12, 2) | Bits(code, 6, 5, 0)) switch
            {
                0b000 => Registers(Opcode.Sub, rd, rd, RdShort(code)),
                0b001 => Registers(Opcode.Xor, rd, rd, RdShort(code)),
                0b010 => Registers(Opcode.Or, rd, rd, RdShort(code)),
                0b011 => Registers(Opcode.And, rd, rd, RdShort(code)),
                0b100 => Registers(Opcode.Subw, rd, rd, RdShort(code)),
                0b101 => Registers(Opcode.Addw, rd, rd, RdShort(code)),
                _ => Illegal(code),
            },
        };
    }

    /// <summary>c.jr, c.mv, c.ebreak, c.jalr and c.add, by bit 12 and which registers are x0.</summary>
    private static Instruction JumpMoveAdd(uint code)
    {
        var rd = Rd(code);
        var rs2 = Rs2(code);
        return (Bits(code, 12, 12, 0), rd, rs2) switch
        {
            (0, Zero, Zero) => Illegal(code),
            (0, _, Zero) => Immediate(Opcode.Jalr, Zero, rd, 0),
            (0, _, _) => Registers(Opcode.Add, rd, Zero, rs2),
            (_, Zero, Zero) => new(Opcode.Ebreak, 0, 0, 0, 0, 0, 2, 0),
            (_, _, Zero) => Immediate(Opcode.Jalr, ReturnAddress, rd, 0),
            _ => Registers(Opcode.Add, rd, rd, rs2),
        };
    }

    private static Instruction Illegal(uint code) => new(Opcode.Illegal, 0, 0, 0, 0, 0, 2, (int)code);

    private static Instruction Registers(Opcode opcode, byte rd, byte rs1, byte rs2) =>
        new(opcode, rd, rs1, rs2, 0, 0, 2, 0);

    private static Instruction Immediate(Opcode opcode, byte rd, byte rs1, int immediate) =>
        new(opcode, rd, rs1, 0, 0, 0, 2, immediate);

    private static Instruction Load(Opcode opcode, byte rd, byte address, int offset) =>
        new(opcode, rd, address, 0, 0, 0, 2, offset);

    private static Instruction Store(Opcode opcode, byte data, byte address, int offset) =>
        new(opcode, 0, address, data, 0, 0, 2, offset);

    /// <summary>Bits high..low of a halfword, the lowest of them moved to bit <paramref name="at"/>.</summary>
    private static int Bits(uint code, int high, int low, int at) =>
        (int)(((code >> low) & ((1u << (high - low + 1)) - 1)) << at);

    private static int Funct3(uint code) => (int)(code >> 13);

    private static byte Rd(uint code) => (byte)((code >> 7) & 0x1F);

    private static byte Rs2(uint code) => (byte)((code >> 2) & 0x1F);

    /// <summary>rd' or rs2' in bits 4:2, one of x8..x15.</summary>
    private static byte RdShort(uint code) => (byte)(8 | ((code >> 2) & 0x7));

    /// <summary>rs1' or rd'/rs1' in bits 9:7, one of x8..x15.</summary>
    private static byte Rs1Short(uint code) => (byte)(8 | ((code >> 7) & 0x7));

    /// <summary>imm[5] in bit 12, imm[4:0] in bits 6:2.</summary>
    private static int Unsigned6(uint code) => Bits(code, 12, 12, 5) | Bits(code, 6, 2, 0);

    private static int Signed6(uint code) => SignExtend(Unsigned6(code), 6);

    private static int SignExtend(int value, int width) => (value << (32 - width)) >> (32 - width);

    /// <summary>c.addi16sp: nzimm[9] in bit 12, nzimm[4|6|8:7|5] in bits 6:2.</summary>
    private static int StackAdjustment(uint code) => SignExtend(
        Bits(code, 12, 12, 9) | Bits(code, 6, 6, 4) | Bits(code, 5, 5, 6) | Bits(code, 4, 3, 7) | Bits(code, 2, 2, 5),
        10);

    /// <summary>uimm[5:3] in bits 12:10, uimm[2|6] in bits 6:5.</summary>
    private static int WordOffset(uint code) => Bits(code, 12, 10, 3) | Bits(code, 6, 6, 2) | Bits(code, 5, 5, 6);

    /// <summary>uimm[5:3] in bits 12:10, uimm[7:6] in bits 6:5.</summary>
    private static int DoubleOffset(uint code) => Bits(code, 12, 10, 3) | Bits(code, 6, 5, 6);

    /// <summary>uimm[5] in bit 12, uimm[4:2|7:6] in bits 6:2.</summary>
    private static int WordStackLoadOffset(uint code) =>
        Bits(code, 12, 12, 5) | Bits(code, 6, 4, 2) | Bits(code, 3, 2, 6);

    /// <summary>uimm[5] in bit 12, uimm[4:3|8:6] in bits 6:2.</summary>
    private static int DoubleStackLoadOffset(uint code) =>
        Bits(code, 12, 12, 5) | Bits(code, 6, 5, 3) | Bits(code, 4, 2, 6);

    /// <summary>uimm[5:2|7:6] in bits 12:7.</summary>
    private static int WordStackStoreOffset(uint code) => Bits(code, 12, 9, 2) | Bits(code, 8, 7, 6);

    /// <summary>uimm[5:3|8:6] in bits 12:7.</summary>
    private static int DoubleStackStoreOffset(uint code) => Bits(code, 12, 10, 3) | Bits(code, 9, 7, 6);

    /// <summary>imm[8|4:3] in bits 12:10, imm[7:6|2:1|5] in bits 6:2.</summary>
    private static int BranchOffset(uint code) => SignExtend(
        Bits(code, 12, 12, 8) | Bits(code, 11, 10, 3) | Bits(code, 6, 5, 6) | Bits(code, 4, 3, 1) | Bits(code, 2, 2, 5),
        9);

    /// <summary>imm[11|4|9:8|10|6|7|3:1|5] in bits 12:2.</summary>
    private static int JumpOffset(uint code) => SignExtend(
        Bits(code, 12, 12, 11) | Bits(code, 11, 11, 4) | Bits(code, 10, 9, 8) | Bits(code, 8, 8, 10)
        | Bits(code, 7, 7, 6) | Bits(code, 6, 6, 7) | Bits(code, 5, 3, 1) | Bits(code, 2, 2, 5),
        12);
}
