namespace Vee.Machines.Isa;

/// <summary>Groups of instructions that cost a hart the same number of cycles.</summary>
public enum InstructionClass : byte
{
    /// <summary>Integer arithmetic, logic, shifts, LUI, AUIPC.</summary>
    Arithmetic,

    /// <summary>Integer multiplication.</summary>
    Multiply,

    /// <summary>Integer division and remainder.</summary>
    Divide,

    /// <summary>Integer and floating-point loads.</summary>
    Load,

    /// <summary>Integer and floating-point stores.</summary>
    Store,

    /// <summary>Conditional branches, taken or not.</summary>
    Branch,

    /// <summary>JAL and JALR.</summary>
    Jump,

    /// <summary>LR, SC and atomic memory operations.</summary>
    Atomic,

    /// <summary>Floating-point moves, sign injection, comparison, classification, minimum and maximum.</summary>
    FloatMove,

    /// <summary>Floating-point addition and subtraction, and conversions.</summary>
    FloatAdd,

    /// <summary>Floating-point multiplication and fused multiply-add.</summary>
    FloatMultiply,

    /// <summary>Floating-point division and square root.</summary>
    FloatDivide,

    /// <summary>CSR access, fences, ECALL, EBREAK and privileged instructions.</summary>
    System,
}
