namespace Vee.Machines.Isa;

/// <summary>Turns RV64GC encodings into <see cref="Instruction"/> values.</summary>
/// <remarks>Source: RISC-V unprivileged ISA, section "Base Instruction-Length Encoding". Thread-safe.</remarks>
public static class Decoder
{
    private const uint CompressedMask = 0b11;
    private const byte DynamicRounding = 7;
    private const byte RoundingMax = 4;

    /// <summary>Decodes the instruction at the start of an instruction word.</summary>
    /// <param name="encoding">
    /// Four bytes of code, little-endian. If the low two bits are not both set, the instruction is a compressed one
    /// and the upper half is ignored.
    /// </param>
    /// <returns>
    /// The instruction, a compressed one as its expansion with Length 2; <see cref="Opcode.Illegal"/> with the raw
    /// encoding as Immediate for everything that RV64GC reserves or leaves to other extensions.
    /// </returns>
    public static Instruction Decode(uint encoding)
    {
        if ((encoding & CompressedMask) != CompressedMask)
        {
            return CompressedDecoder.Decode((ushort)encoding);
        }

        var row = Encodings.Find(encoding);
        return row is null ? Illegal(encoding) : Extract(row, encoding);
    }

    private static Instruction Illegal(uint word) => new(Opcode.Illegal, 0, 0, 0, 0, 0, 4, (int)word);

    private static Instruction Extract(InstructionEncoding row, uint word)
    {
        var opcode = row.Opcode;
        return row.Format switch
        {
            InstructionFormat.Bare => new(opcode, 0, 0, 0, 0, 0, 4, 0),
            InstructionFormat.R => new(opcode, Rd(word), Rs1(word), Rs2(word), 0, 0, 4, 0),
            InstructionFormat.R4 => Rounded(word, new(opcode, Rd(word), Rs1(word), Rs2(word), Rs3(word), 0, 4, 0)),
            InstructionFormat.FloatR => Rounded(word, new(opcode, Rd(word), Rs1(word), Rs2(word), 0, 0, 4, 0)),
            InstructionFormat.Convert => Rounded(word, new(opcode, Rd(word), Rs1(word), 0, 0, 0, 4, 0)),
            InstructionFormat.Unary => new(opcode, Rd(word), Rs1(word), 0, 0, 0, 4, 0),
            InstructionFormat.I => new(opcode, Rd(word), Rs1(word), 0, 0, 0, 4, (int)word >> 20),
            InstructionFormat.Shift => new(opcode, Rd(word), Rs1(word), 0, 0, 0, 4, (int)(word >> 20) & 0x3F),
            InstructionFormat.S => new(opcode, 0, Rs1(word), Rs2(word), 0, 0, 4, StoreOffset(word)),
            InstructionFormat.B => new(opcode, 0, Rs1(word), Rs2(word), 0, 0, 4, BranchOffset(word)),
            InstructionFormat.U => new(opcode, Rd(word), 0, 0, 0, 0, 4, (int)(word & 0xFFFF_F000)),
            InstructionFormat.J => new(opcode, Rd(word), 0, 0, 0, 0, 4, JumpOffset(word)),
            InstructionFormat.Csr => new(opcode, Rd(word), Rs1(word), 0, 0, 0, 4, (int)(word >> 20)),
            InstructionFormat.Atomic => new(
                opcode, Rd(word), Rs1(word), Rs2(word), 0, 0, 4, (int)(word >> 25) & 0b11),
            InstructionFormat.Fence => new(opcode, 0, 0, 0, 0, 0, 4, (int)(word >> 20)),
            _ => Illegal(word),
        };
    }

    /// <summary>Adds the rounding mode; modes 5 and 6 are reserved and make the instruction illegal.</summary>
    private static Instruction Rounded(uint word, Instruction instruction)
    {
        var mode = (byte)((word >> 12) & 0x7);
        return mode is <= RoundingMax or DynamicRounding
            ? instruction with { RoundingMode = mode }
            : Illegal(word);
    }

    private static byte Rd(uint word) => (byte)((word >> 7) & 0x1F);

    private static byte Rs1(uint word) => (byte)((word >> 15) & 0x1F);

    private static byte Rs2(uint word) => (byte)((word >> 20) & 0x1F);

    private static byte Rs3(uint word) => (byte)(word >> 27);

    /// <summary>imm[11:5] in bits 31:25, imm[4:0] in bits 11:7.</summary>
    private static int StoreOffset(uint word) => (((int)word >> 25) << 5) | (int)((word >> 7) & 0x1F);

    /// <summary>imm[12|10:5] in bits 31:25, imm[4:1|11] in bits 11:7.</summary>
    private static int BranchOffset(uint word) =>
        (((int)word >> 31) << 12)
        | (int)(((word >> 7) & 0x1) << 11)
        | (int)(((word >> 25) & 0x3F) << 5)
        | (int)(((word >> 8) & 0xF) << 1);

    /// <summary>imm[20|10:1|11|19:12] in bits 31:12.</summary>
    private static int JumpOffset(uint word) =>
        (((int)word >> 31) << 20)
        | (int)(word & 0xF_F000)
        | (int)(((word >> 20) & 0x1) << 11)
        | (int)(((word >> 21) & 0x3FF) << 1);
}
