namespace Vee.Machines.Isa;

/// <summary>Which fields of a 32-bit encoding hold operands, and how its immediate is laid out.</summary>
/// <remarks>
/// Source: RISC-V unprivileged ISA, section "Base Instruction Formats". Names of the manual's own formats are
/// kept; the others are those formats with some fields fixed by the instruction or read in another way.
/// </remarks>
internal enum InstructionFormat : byte
{
    /// <summary>No operands.</summary>
    Bare,

    /// <summary>rd, rs1, rs2.</summary>
    R,

    /// <summary>rd, rs1, rs2, rs3 and a rounding mode: fused multiply-add.</summary>
    R4,

    /// <summary>rd, rs1, rs2 and a rounding mode in place of funct3.</summary>
    FloatR,

    /// <summary>rd, rs1 and a rounding mode; rs2 belongs to the opcode.</summary>
    Convert,

    /// <summary>rd and rs1; rs2 belongs to the opcode.</summary>
    Unary,

    /// <summary>rd, rs1 and a 12-bit signed immediate.</summary>
    I,

    /// <summary>rd, rs1 and an unsigned shift amount in the place of rs2 (6 bits in RV64).</summary>
    Shift,

    /// <summary>rs1 (base), rs2 (data) and a 12-bit signed offset.</summary>
    S,

    /// <summary>rs1, rs2 and a 13-bit signed even branch offset.</summary>
    B,

    /// <summary>rd and the upper 20 bits of a 32-bit immediate.</summary>
    U,

    /// <summary>rd and a 21-bit signed even jump offset.</summary>
    J,

    /// <summary>rd, rs1 (a register or a 5-bit unsigned immediate) and a CSR number.</summary>
    Csr,

    /// <summary>rd, rs1 (address), rs2 (data) and the ordering bits aq and rl.</summary>
    Atomic,

    /// <summary>The fm, pred and succ fields; rd and rs1 are reserved and ignored.</summary>
    Fence,
}
