using System.Runtime.CompilerServices;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;

namespace Vee.Machines.Execution;

/// <summary>
/// Decoded blocks of one engine. A block is a run of instructions that ends at a jump, at an instruction that needs
/// exact counters, or at its length limit; a conditional branch that is not taken stays inside.
/// </summary>
/// <remarks>
/// Bounded: 512 KiB of slots and a 64 KiB table, of which only touched pages cost anything. When the slots are used
/// up everything is forgotten and decoded again, which is rare and keeps no lists.
/// JUSTIFICATION (5): blocks are walked by pointer, an increment per instruction. SAFETY: a slot number is checked
/// against the fill level when a block is made and is only ever followed to the start of a block.
/// </remarks>
internal sealed unsafe class BlockCache : IDisposable
{
    /// <summary>Instructions of a block at most.</summary>
    internal const int BlockLengthMax = 64;

    private const int SlotCount = 512 * 1024 / 16;
    private const int TableCount = 16 * 1024;

    // Slot 0 means "no block". The next ones hold the block that a budget cuts short: it is decoded anew each time
    // and never linked to.
    private const uint ScratchSlot = 1;
    private const uint FirstSlot = ScratchSlot + BlockLengthMax + 2;

    private readonly CostModel costs;
    private readonly Operation* slots;
    private readonly uint* table;
    private uint used = FirstSlot;
    private bool disposed;

    internal BlockCache(CostModel costs)
    {
        this.costs = costs;
        slots = (Operation*)HostPages.AllocateTable((ulong)SlotCount * (ulong)sizeof(Operation));
        table = (uint*)HostPages.AllocateTable(TableCount * sizeof(uint));
    }

    /// <summary>The slots, by number.</summary>
    internal Operation* Slots => slots;

    /// <summary>Changes when every block has been forgotten: links that were being made are void.</summary>
    internal int Generation { get; private set; }

    /// <summary>Blocks decoded since the engine was made.</summary>
    internal long BlocksDecoded { get; private set; }

    internal void Flush()
    {
        used = FirstSlot;
        new Span<uint>(table, TableCount).Clear();
        Generation++;
    }

    /// <summary>The slot of the block at an address; 0 when it has not been decoded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal uint Find(ulong pc)
    {
        var slot = table[Index(pc)];
        return slot != 0 && ((BlockHeader*)slots)[slot].Pc == pc ? slot : 0;
    }

    /// <summary>Decodes the block at an address.</summary>
    /// <returns>Its slot, or 0 when the first instruction cannot be fetched.</returns>
    internal uint Decode<TSpace>(ref TSpace space, ulong pc, out AccessFault fault, out ulong faultAddress)
        where TSpace : struct, IAddressSpace
    {
        if (used > SlotCount - FirstSlot)
        {
            Flush();
        }

        var slot = used;
        var count = Fill(ref space, slot, pc, BlockLengthMax, out fault, out faultAddress);
        if (count == 0)
        {
            return 0;
        }

        used = slot + (uint)count + 2;
        table[Index(pc)] = slot;
        BlocksDecoded++;
        return slot;
    }

    /// <summary>Decodes at most <paramref name="countMax"/> instructions into the scratch block.</summary>
    /// <returns>Its slot, or 0 when the first instruction cannot be fetched.</returns>
    internal uint DecodeShort<TSpace>(ref TSpace space, ulong pc, long countMax, out AccessFault fault,
        out ulong faultAddress)
        where TSpace : struct, IAddressSpace =>
        Fill(ref space, ScratchSlot, pc, (int)Math.Min(countMax, BlockLengthMax), out fault, out faultAddress) == 0
            ? 0
            : ScratchSlot;

    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            HostPages.Release((byte*)slots, (ulong)SlotCount * (ulong)sizeof(Operation));
            HostPages.Release((byte*)table, TableCount * sizeof(uint));
        }
    }

    private static uint Index(ulong pc) => (uint)((pc >> 1) ^ (pc >> 15)) & (TableCount - 1);

    private int Fill<TSpace>(
        ref TSpace space, uint slot, ulong pc, int countMax, out AccessFault fault, out ulong faultAddress)
        where TSpace : struct, IAddressSpace
    {
        var header = (BlockHeader*)slots + slot;
        var operation = slots + slot + 1;
        var count = 0;
        var cycles = 0;
        var offset = 0;
        var ends = false;
        fault = AccessFault.None;
        faultAddress = 0;
        while (!ends && count < countMax)
        {
            if (!TryFetch(ref space, pc + (ulong)offset, out var encoding, out fault, out faultAddress))
            {
                break;
            }

            var instruction = Decoder.Decode(encoding);
            cycles += costs.CyclesOf(InstructionClasses.Of(instruction.Opcode));
            ends = EndsBlock(instruction.Opcode);
            *operation++ = Translate(instruction, offset, cycles);
            offset += instruction.Length;
            count++;
        }

        if (count == 0)
        {
            return 0;
        }

        // A block that stops before an instruction it cannot fetch leaves the fault to the run that gets there.
        *operation = new Operation { Code = Operation.Next, PcOffset = (ushort)offset };
        *header = new BlockHeader { Pc = pc, Count = count, Cycles = cycles };
        return count;
    }

    private static bool TryFetch<TSpace>(
        ref TSpace space, ulong pc, out uint encoding, out AccessFault fault, out ulong faultAddress)
        where TSpace : struct, IAddressSpace
    {
        encoding = 0;
        faultAddress = pc;
        fault = space.Fetch(pc, out var low);
        if (fault != AccessFault.None)
        {
            return false;
        }

        encoding = low;
        if ((low & 3) != 3)
        {
            return true;
        }

        faultAddress = pc + 2;
        fault = space.Fetch(pc + 2, out var high);
        encoding |= (uint)high << 16;
        return fault == AccessFault.None;
    }

    private static Operation Translate(in Instruction instruction, int offset, int cyclesSoFar)
    {
        var operation = new Operation
        {
            Code = instruction.Opcode,
            Length = instruction.Length,
            PcOffset = (ushort)offset,
            Rs1 = instruction.Rs1,
            Rs2 = instruction.Rs2,
            Rd = instruction.Rd,
            Rs3 = instruction.Rs3,
            Immediate = instruction.Immediate,
        };
        switch (instruction.Opcode)
        {
            case >= Opcode.Beq and <= Opcode.Bgeu:
                operation.BranchCycles = (ushort)cyclesSoFar;
                break;
            case (>= Opcode.FmaddS and <= Opcode.FcvtSLu) or (>= Opcode.FmaddD and <= Opcode.FmvDX):
                operation.Immediate = instruction.RoundingMode;
                operation.Rd = WritesInteger(instruction.Opcode) ? Destination(instruction.Rd) : instruction.Rd;
                break;
            case Opcode.Flw or Opcode.Fld:
                break;
            default:
                operation.Rd = Destination(instruction.Rd);
                break;
        }

        return operation;
    }

    private static byte Destination(byte rd) => rd == 0 ? (byte)HartRegisters.Discard : rd;

    private static bool WritesInteger(Opcode opcode) => opcode is
        Opcode.FcvtWS or Opcode.FcvtWuS or Opcode.FcvtLS or Opcode.FcvtLuS or Opcode.FmvXW
        or Opcode.FeqS or Opcode.FltS or Opcode.FleS or Opcode.FclassS
        or Opcode.FcvtWD or Opcode.FcvtWuD or Opcode.FcvtLD or Opcode.FcvtLuD or Opcode.FmvXD
        or Opcode.FeqD or Opcode.FltD or Opcode.FleD or Opcode.FclassD;

    /// <summary>Jumps, and whatever needs the counters or the next pc to be exact.</summary>
    private static bool EndsBlock(Opcode opcode) => opcode is
        Opcode.Jal or Opcode.Jalr or Opcode.Ecall or Opcode.Ebreak or Opcode.FenceI or Opcode.Illegal
        or (>= Opcode.Csrrw and <= Opcode.Csrrci) or (>= Opcode.Sret and <= Opcode.SfenceVma);
}
