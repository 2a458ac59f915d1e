using System.Diagnostics;
using Vee.Machines.Isa;

namespace Vee.Machines.Execution;

/// <summary>Atomic memory operations on host memory, always sequentially consistent. Source: ISA manual, "A"
/// chapter.</summary>
/// <remarks>
/// JUSTIFICATION (7): the operation must be atomic against other harts' host threads, so it happens in place.
/// SAFETY: the address space has checked the address, and it is aligned.
/// </remarks>
internal static unsafe class AtomicUnit
{
    /// <returns>What memory held before.</returns>
    internal static int Execute32(Opcode opcode, byte* host, int operand)
    {
        ref var cell = ref *(int*)host;
        switch (opcode)
        {
            case Opcode.AmoswapW: return Interlocked.Exchange(ref cell, operand);
            case Opcode.AmoaddW: return Interlocked.Add(ref cell, operand) - operand;
            case Opcode.AmoandW: return Interlocked.And(ref cell, operand);
            case Opcode.AmoorW: return Interlocked.Or(ref cell, operand);
        }

        while (true)
        {
            var before = Volatile.Read(ref cell);
            var after = opcode switch
            {
                Opcode.AmoxorW => before ^ operand,
                Opcode.AmominW => Math.Min(before, operand),
                Opcode.AmomaxW => Math.Max(before, operand),
                Opcode.AmominuW => (int)Math.Min((uint)before, (uint)operand),
                Opcode.AmomaxuW => (int)Math.Max((uint)before, (uint)operand),
                _ => throw new UnreachableException($"{opcode} is no 32-bit atomic."),
            };
            if (Interlocked.CompareExchange(ref cell, after, before) == before)
            {
                return before;
            }
        }
    }

    /// <returns>What memory held before.</returns>
    internal static long Execute64(Opcode opcode, byte* host, long operand)
    {
        ref var cell = ref *(long*)host;
        switch (opcode)
        {
            case Opcode.AmoswapD: return Interlocked.Exchange(ref cell, operand);
            case Opcode.AmoaddD: return Interlocked.Add(ref cell, operand) - operand;
            case Opcode.AmoandD: return Interlocked.And(ref cell, operand);
            case Opcode.AmoorD: return Interlocked.Or(ref cell, operand);
        }

        while (true)
        {
            var before = Volatile.Read(ref cell);
            var after = opcode switch
            {
                Opcode.AmoxorD => before ^ operand,
                Opcode.AmominD => Math.Min(before, operand),
                Opcode.AmomaxD => Math.Max(before, operand),
                Opcode.AmominuD => (long)Math.Min((ulong)before, (ulong)operand),
                Opcode.AmomaxuD => (long)Math.Max((ulong)before, (ulong)operand),
                _ => throw new UnreachableException($"{opcode} is no 64-bit atomic."),
            };
            if (Interlocked.CompareExchange(ref cell, after, before) == before)
            {
                return before;
            }
        }
    }
}
