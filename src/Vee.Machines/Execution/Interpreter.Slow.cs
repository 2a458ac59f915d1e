using System.Runtime.CompilerServices;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;

namespace Vee.Machines.Execution;

// What the loop calls when an instruction is not plain: finding blocks, slow memory, atomics, CSRs.
// JUSTIFICATION, SAFETY: as for the loop in Interpreter.cs.
internal sealed unsafe partial class Interpreter<TSpace>
{
    /// <summary>
    /// Finds or decodes the block at pc, cut to what is left of the budget, and links the operation that led to it.
    /// </summary>
    /// <returns>Null when the budget is used up (trap is None) or pc cannot be fetched.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private BlockHeader* BlockAtPc(HartRegisters* r, Operation* from, long remaining, out Trap trap)
    {
        trap = default;
        if (remaining == 0)
        {
            return null;
        }

        var slot = blocks.Find(r->Pc);
        if (slot == 0)
        {
            var generation = blocks.Generation;
            slot = blocks.Decode(ref space, r->Pc, out var fault, out var faultAddress);
            if (slot == 0)
            {
                trap = new Trap(TrapCause.FetchFault, faultAddress, fault);
                return null;
            }

            from = generation == blocks.Generation ? from : null;
        }

        if (from is not null)
        {
            from->Link = slot;
        }

        var block = (BlockHeader*)(blocks.Slots + slot);
        if (block->Count <= remaining)
        {
            return block;
        }

        slot = blocks.DecodeShort(ref space, r->Pc, remaining, out var shortFault, out var shortFaultAddress);
        trap = new Trap(TrapCause.FetchFault, shortFaultAddress, shortFault);
        return slot == 0 ? null : (BlockHeader*)(blocks.Slots + slot);
    }

    private ulong CyclesOf(Operation* op) => (ulong)costs.CyclesOf(InstructionClasses.Of(op->Code));

    private ulong CyclesBefore(BlockHeader* block, Operation* op)
    {
        var cycles = 0UL;
        for (var earlier = (Operation*)block + 1; earlier < op; earlier++)
        {
            cycles += CyclesOf(earlier);
        }

        return cycles;
    }

    /// <summary>The encoding at an address that has just been executed from; 0 if it is gone meanwhile.</summary>
    private uint EncodingAt(ulong pc)
    {
        if (space.Fetch(pc, out var low) != AccessFault.None)
        {
            return 0;
        }

        return (low & 3) != 3 || space.Fetch(pc + 2, out var high) != AccessFault.None ? low : low | (uint)high << 16;
    }

    private static TrapCause FaultCauseOf(Opcode opcode) =>
        opcode is Opcode.LrW or Opcode.LrD ? TrapCause.LoadFault : TrapCause.StoreFault;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private AccessFault LoadSlowly(Operation* op, HartRegisters* r, ref ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        var size = op->Code switch
        {
            Opcode.Lb or Opcode.Lbu => 1,
            Opcode.Lh or Opcode.Lhu => 2,
            Opcode.Lw or Opcode.Lwu or Opcode.Flw => 4,
            _ => 8,
        };
        var fault = space.Load(address, bytes[..size], out var faultAddress);
        if (fault != AccessFault.None)
        {
            address = faultAddress;
            return fault;
        }

        var raw = Unsafe.ReadUnaligned<ulong>(ref bytes[0]);
        switch (op->Code)
        {
            case Opcode.Lb: r->X[op->Rd] = (ulong)(sbyte)raw; break;
            case Opcode.Lh: r->X[op->Rd] = (ulong)(short)raw; break;
            case Opcode.Lw: r->X[op->Rd] = (ulong)(int)raw; break;
            case Opcode.Flw: r->F[op->Rd] = 0xffffffff_00000000UL | raw; break;
            case Opcode.Fld: r->F[op->Rd] = raw; break;
            default: r->X[op->Rd] = raw; break;
        }

        return AccessFault.None;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private AccessFault StoreSlowly(Operation* op, HartRegisters* r, ref ulong address)
    {
        var size = op->Code switch
        {
            Opcode.Sb => 1,
            Opcode.Sh => 2,
            Opcode.Sw or Opcode.Fsw => 4,
            _ => 8,
        };
        var value = op->Code is Opcode.Fsw or Opcode.Fsd ? r->F[op->Rs2] : r->X[op->Rs2];
        var fault = space.Store(address, new ReadOnlySpan<byte>(&value, size), out var faultAddress);
        if (fault != AccessFault.None)
        {
            address = faultAddress;
        }

        return fault;
    }

    private AccessFault ExecuteAtomic(Operation* op, HartRegisters* r, out ulong address, out bool misaligned)
    {
        address = r->X[op->Rs1];
        var bytes = op->Code < Opcode.LrD ? 4u : 8u;
        misaligned = (address & (bytes - 1)) != 0;
        if (misaligned)
        {
            return AccessFault.None;
        }

        if (op->Code is Opcode.LrW or Opcode.LrD)
        {
            return LoadReserved(op, r, address, bytes);
        }

        var host = space.Atomic(address, bytes, out var fault);
        if (fault != AccessFault.None)
        {
            return fault;
        }

        r->X[op->Rd] = op->Code switch
        {
            Opcode.ScW or Opcode.ScD => StoreConditional(op, r, address, bytes, host),
            < Opcode.LrD => (ulong)AtomicUnit.Execute32(op->Code, host, (int)r->X[op->Rs2]),
            _ => (ulong)AtomicUnit.Execute64(op->Code, host, (long)r->X[op->Rs2]),
        };
        return AccessFault.None;
    }

    private AccessFault LoadReserved(Operation* op, HartRegisters* r, ulong address, uint bytes)
    {
        var value = 0UL;
        var fault = space.Load(address, new Span<byte>(&value, (int)bytes), out _);
        if (fault == AccessFault.None)
        {
            // A fence on both sides orders it as aq and rl ask, whether they are set or not.
            Interlocked.MemoryBarrier();
            value = bytes == 4 ? (ulong)(int)value : value;
            r->ReservationAddress = ReservationOf(address, bytes);
            r->ReservationValue = value;
            r->X[op->Rd] = value;
        }

        return fault;
    }

    /// <summary>
    /// Succeeds when the reservation stands and memory still holds what LR read. Harts that take turns lose their
    /// reservation at the end of a turn, so there the comparison decides nothing; between parallel harts it does,
    /// and a value that was changed and changed back goes unnoticed.
    /// </summary>
    private static ulong StoreConditional(Operation* op, HartRegisters* r, ulong address, uint bytes, byte* host)
    {
        var stands = r->ReservationAddress == ReservationOf(address, bytes);
        r->ReservationAddress = HartRegisters.NoReservation;
        if (!stands)
        {
            return 1;
        }

        var stored = bytes == 4
            ? Interlocked.CompareExchange(ref *(int*)host, (int)r->X[op->Rs2],
                (int)r->ReservationValue) == (int)r->ReservationValue
            : Interlocked.CompareExchange(ref *(ulong*)host, r->X[op->Rs2], r->ReservationValue) == r->ReservationValue;
        return stored ? 0UL : 1UL;
    }

    // The low bits of an aligned address are free to tell a word's reservation from a doubleword's.
    private static ulong ReservationOf(ulong address, uint bytes) => address | (bytes == 4 ? 1UL : 0UL);

    /// <summary>Zicsr and Zifencei; privileged instructions and CSRs are illegal in a process machine.</summary>
    private bool ExecuteSystem(Operation* op, Hart hart, ulong retired)
    {
        if (op->Code == Opcode.FenceI)
        {
            // This hart's own stores were noticed; another's may have come while code was being decoded here.
            Resynchronise();
            return true;
        }

        return op->Code is >= Opcode.Csrrw and <= Opcode.Csrrci && CsrUnit.Execute(op, hart, retired);
    }
}
