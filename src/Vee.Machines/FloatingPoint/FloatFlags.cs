namespace Vee.Machines.FloatingPoint;

/// <summary>Accrued floating-point exceptions; operations only ever set bits.</summary>
/// <remarks>
/// Bits are those of fflags: RISC-V unprivileged ISA, chapter "F"; meanings: IEEE 754-2019, clause 7.
/// </remarks>
[Flags]
public enum FloatFlags : byte
{
    /// <summary>Nothing has been raised.</summary>
    None = 0,

    /// <summary>NX: a result was rounded.</summary>
    Inexact = 1,

    /// <summary>UF: a rounded result was tiny. Tininess is judged after rounding, as RISC-V demands.</summary>
    Underflow = 2,

    /// <summary>OF: a rounded result was larger than the format's largest finite value.</summary>
    Overflow = 4,

    /// <summary>DZ: a finite, nonzero value was divided by zero.</summary>
    DivideByZero = 8,

    /// <summary>NV: an operation had no usefully definable result, or had a signaling NaN operand.</summary>
    Invalid = 16,
}
