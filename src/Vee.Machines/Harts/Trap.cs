using Vee.Machines.Memory;

namespace Vee.Machines.Harts;

/// <summary>Why a hart stopped executing instructions. Traps are values: a guest's fault is no exception
/// here.</summary>
public enum TrapCause : byte
{
    /// <summary>No trap.</summary>
    None = 0,

    /// <summary>The instruction cannot be fetched: see <see cref="Trap.Fault"/>.</summary>
    FetchFault,

    /// <summary>The encoding is undefined, or the rounding mode or CSR it names is.</summary>
    IllegalInstruction,

    /// <summary>EBREAK; pc is at the instruction.</summary>
    Breakpoint,

    /// <summary>A load from memory that cannot be read.</summary>
    LoadFault,

    /// <summary>A store or atomic to memory that cannot be written.</summary>
    StoreFault,

    /// <summary>An LR, SC or AMO whose address is not a multiple of its size.</summary>
    MisalignedAtomic,

    /// <summary>ECALL; it counts as executed and pc is at the instruction.</summary>
    EnvironmentCall,
}

/// <summary>One trap, with pc left at the instruction that raised it.</summary>
/// <param name="Cause">What happened.</param>
/// <param name="Value">
/// The address that could not be accessed (its first faulting byte), or the encoding of an illegal instruction.
/// </param>
/// <param name="Fault">What memory said, for the three faults.</param>
public readonly record struct Trap(TrapCause Cause, ulong Value, AccessFault Fault);

/// <summary>How a run of a hart ended.</summary>
/// <param name="Executed">Instructions executed by this run, never above its budget.</param>
/// <param name="Trap">The trap that ended it; cause None when the budget was used up.</param>
public readonly record struct HartExit(long Executed, Trap Trap);
