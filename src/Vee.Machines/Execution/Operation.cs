using System.Runtime.InteropServices;
using Vee.Machines.Isa;

namespace Vee.Machines.Execution;

/// <summary>One decoded instruction of a block, in 16 bytes, ready to execute.</summary>
/// <remarks>Rd is <see cref="Harts.HartRegisters.Discard"/> where the instruction names x0 as its
/// destination.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Operation
{
    /// <summary>Ends a block: execution goes on at the next address.</summary>
    internal const Opcode Next = (Opcode)255;

    [FieldOffset(0)]
    internal Opcode Code;

    /// <summary>Bytes of the encoding: 2 or 4.</summary>
    [FieldOffset(1)]
    internal byte Length;

    /// <summary>Bytes from the block's first instruction to this one.</summary>
    [FieldOffset(2)]
    internal ushort PcOffset;

    [FieldOffset(4)]
    internal byte Rs1;

    [FieldOffset(5)]
    internal byte Rs2;

    [FieldOffset(6)]
    internal byte Rd;

    [FieldOffset(7)]
    internal byte Rs3;

    /// <summary>In a conditional branch, in the place of the registers it lacks: cycles of the block up to and with
    /// it.</summary>
    [FieldOffset(6)]
    internal ushort BranchCycles;

    /// <summary>The immediate; the rounding mode of floating-point arithmetic, which has none.</summary>
    [FieldOffset(8)]
    internal int Immediate;

    /// <summary>The slot of the block that this operation last went on to; 0 for not yet known.</summary>
    [FieldOffset(12)]
    internal uint Link;
}

/// <summary>The slot in front of a block's operations.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct BlockHeader
{
    /// <summary>Guest address of the first instruction.</summary>
    [FieldOffset(0)]
    internal ulong Pc;

    /// <summary>Instructions in the block, the final <see cref="Operation.Next"/> not counted.</summary>
    [FieldOffset(8)]
    internal int Count;

    /// <summary>Cycles of all its instructions.</summary>
    [FieldOffset(12)]
    internal int Cycles;
}
