using System.Runtime.InteropServices;

namespace Vee.Machines.Isa;

/// <summary>One decoded instruction. Fields that the instruction's format lacks are zero.</summary>
/// <param name="Opcode">The instruction; <see cref="Opcode.Illegal"/> where the encoding is undefined.</param>
/// <param name="Rd">Destination register index, 0..31 (integer or floating point, as the opcode says).</param>
/// <param name="Rs1">First source register, 0..31; the zero-extended immediate of a CSR-immediate form.</param>
/// <param name="Rs2">Second source register, 0..31.</param>
/// <param name="Rs3">Third source register of a fused multiply-add, 0..31.</param>
/// <param name="RoundingMode">The rm field of a floating-point instruction, 0..4 or 7 (dynamic).</param>
/// <param name="Length">Bytes of the encoding: 2 (compressed) or 4.</param>
/// <param name="Immediate">
/// The sign-extended immediate: a byte offset for loads, stores, branches and jumps; the value already
/// shifted left by 12 for <see cref="Opcode.Lui"/> and <see cref="Opcode.Auipc"/>; the shift amount of a shift;
/// the CSR number (0..4095) of a Zicsr instruction; bits aq (2) and rl (1) of an atomic; the fm, pred and succ
/// fields (12 bits) of a fence; the raw encoding of an illegal instruction.
/// </param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Instruction(
    Opcode Opcode, byte Rd, byte Rs1, byte Rs2, byte Rs3, byte RoundingMode, byte Length, int Immediate);
