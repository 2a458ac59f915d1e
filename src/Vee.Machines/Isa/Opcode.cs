namespace Vee.Machines.Isa;

/// <summary>
/// Every instruction of RV64GC (I, M, A, F, D, C, Zicsr, Zifencei), one member each, in the order of the
/// instruction listings of the RISC-V unprivileged ISA manual. A compressed instruction decodes to the
/// base instruction that it abbreviates, so it has no member of its own.
/// </summary>
#pragma warning disable CS1591 // A member is the manual's mnemonic; a sentence for each would only repeat it.
public enum Opcode : byte
{
    /// <summary>No instruction: an encoding that RV64GC does not define.</summary>
    Illegal = 0,

    // RV32I and RV64I: chapters "RV32I Base Integer" and "RV64I Base Integer".
    Lui, Auipc, Jal, Jalr,
    Beq, Bne, Blt, Bge, Bltu, Bgeu,
    Lb, Lh, Lw, Ld, Lbu, Lhu, Lwu,
    Sb, Sh, Sw, Sd,
    Addi, Slti, Sltiu, Xori, Ori, Andi, Slli, Srli, Srai,
    Add, Sub, Sll, Slt, Sltu, Xor, Srl, Sra, Or, And,
    Addiw, Slliw, Srliw, Sraiw,
    Addw, Subw, Sllw, Srlw, Sraw,
    Fence, Ecall, Ebreak,

    // Zifencei and Zicsr.
    FenceI,
    Csrrw, Csrrs, Csrrc, Csrrwi, Csrrsi, Csrrci,

    // M: multiplication and division.
    Mul, Mulh, Mulhsu, Mulhu, Div, Divu, Rem, Remu,
    Mulw, Divw, Divuw, Remw, Remuw,

    // A: load-reserved, store-conditional and atomic memory operations.
    LrW, ScW, AmoswapW, AmoaddW, AmoxorW, AmoandW, AmoorW, AmominW, AmomaxW, AmominuW, AmomaxuW,
    LrD, ScD, AmoswapD, AmoaddD, AmoxorD, AmoandD, AmoorD, AmominD, AmomaxD, AmominuD, AmomaxuD,

    // F: single-precision floating point.
    Flw, Fsw,
    FmaddS, FmsubS, FnmsubS, FnmaddS,
    FaddS, FsubS, FmulS, FdivS, FsqrtS, FsgnjS, FsgnjnS, FsgnjxS, FminS, FmaxS,
    FcvtWS, FcvtWuS, FmvXW, FeqS, FltS, FleS, FclassS, FcvtSW, FcvtSWu, FmvWX,
    FcvtLS, FcvtLuS, FcvtSL, FcvtSLu,

    // D: double-precision floating point.
    Fld, Fsd,
    FmaddD, FmsubD, FnmsubD, FnmaddD,
    FaddD, FsubD, FmulD, FdivD, FsqrtD, FsgnjD, FsgnjnD, FsgnjxD, FminD, FmaxD,
    FcvtSD, FcvtDS, FeqD, FltD, FleD, FclassD, FcvtWD, FcvtWuD, FcvtDW, FcvtDWu,
    FcvtLD, FcvtLuD, FmvXD, FcvtDL, FcvtDLu, FmvDX,

    // Privileged instructions (RISC-V privileged ISA): decoded so that a machine with privilege levels
    // can execute them; a process machine raises an illegal-instruction trap.
    Sret, Mret, Wfi, SfenceVma,
}
#pragma warning restore CS1591
