using System.Runtime.CompilerServices;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;

namespace Vee.Machines.Execution;

/// <summary>The reference semantics of RV64GC: decoded blocks, one switch, nothing allocated while it runs.</summary>
/// <typeparam name="TSpace">The address space, a struct so that plain loads and stores are inlined.</typeparam>
/// <remarks>
/// Counters are kept per block: a block that is entered is charged when it is left, and an instruction that traps is
/// charged for what preceded it. A budget that ends inside a block runs a block cut to fit, so every run ends at an
/// exact count without a test per instruction. See docs/machine.md, "Interpreter".
/// JUSTIFICATION (6): registers and operations are addressed by pointer; bounds checks would double the cost of an
/// instruction. SAFETY: register indices come from the decoder (0..32), operations from blocks that end in
/// <see cref="Operation.Next"/> or a jump, and guest addresses only from the address space.
/// </remarks>
internal sealed unsafe partial class Interpreter<TSpace> : IExecutionEngine, IDisposable
    where TSpace : struct, IAddressSpace
{
    private readonly BlockCache blocks;
    private readonly CostModel costs;

    // Not readonly: calls on a readonly struct field would copy it first.
    private TSpace space;
    private int codeVersion;

    internal Interpreter(TSpace space, CostModel costs)
    {
        this.space = space;
        this.costs = costs;
        blocks = new BlockCache(costs);
    }

    /// <summary>Blocks decoded so far, for statistics.</summary>
    internal long BlocksDecoded => blocks.BlocksDecoded;

    public HartExit Run(Hart hart, long budget)
    {
        ArgumentNullException.ThrowIfNull(hart);
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        if (codeVersion != space.CodeVersion)
        {
            Resynchronise();
        }

        var registers = hart.Registers;
        registers->Pc &= ~1UL;
        var remaining = budget;
        var trap = Execute(hart, registers, ref remaining);
        registers->Retired += (ulong)(budget - remaining);
        return new HartExit(budget - remaining, trap);
    }

    public void Dispose() => blocks.Dispose();

    private void Resynchronise()
    {
        // The version is read first: a change that comes while flushing is noticed the next time.
        codeVersion = space.CodeVersion;
        blocks.Flush();
    }

#pragma warning disable MA0051 // One case per instruction, in the manual's order: splitting the table would hide it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Trap Execute(Hart hart, HartRegisters* r, ref long budget)
    {
        // Local copies stay in registers or on the stack; fields of this would be reloaded after every store.
        var memory = space;
        var x = r->X;
        var f = r->F;
        var slots = blocks.Slots;
        var remaining = budget;
        Operation* op = null;
        BlockHeader* block;
        AccessFault fault;
        ulong address;
        byte* host;

    EnterAtPc:
        block = BlockAtPc(r, op, remaining, out var trap);
        if (block is null)
        {
            budget = remaining;
            return trap;
        }

        op = (Operation*)block + 1;
        while (true)
        {
            switch (op->Code)
            {
                case Opcode.Lui: x[op->Rd] = (ulong)(long)op->Immediate; break;
                case Opcode.Auipc: x[op->Rd] = block->Pc + op->PcOffset + (ulong)(long)op->Immediate; break;

                case Opcode.Jal:
                    address = block->Pc + op->PcOffset;
                    x[op->Rd] = address + op->Length;
                    r->Pc = address + (ulong)(long)op->Immediate;
                    goto LeaveBlock;
                case Opcode.Jalr:
                    address = (x[op->Rs1] + (ulong)(long)op->Immediate) & ~1UL;
                    x[op->Rd] = block->Pc + op->PcOffset + op->Length;
                    r->Pc = address;
                    r->Cycles += (ulong)block->Cycles;
                    remaining -= block->Count;
                    var expected = (BlockHeader*)(slots + op->Link);
                    if (op->Link != 0 && expected->Pc == address && expected->Count <= remaining)
                    {
                        block = expected;
                        op = (Operation*)block + 1;
                        continue;
                    }

                    goto EnterAtPc;

                case Opcode.Beq: if (x[op->Rs1] == x[op->Rs2]) { goto Branch; } break;
                case Opcode.Bne: if (x[op->Rs1] != x[op->Rs2]) { goto Branch; } break;
                case Opcode.Blt: if ((long)x[op->Rs1] < (long)x[op->Rs2]) { goto Branch; } break;
                case Opcode.Bge: if ((long)x[op->Rs1] >= (long)x[op->Rs2]) { goto Branch; } break;
                case Opcode.Bltu: if (x[op->Rs1] < x[op->Rs2]) { goto Branch; } break;
                case Opcode.Bgeu: if (x[op->Rs1] >= x[op->Rs2]) { goto Branch; } break;

                case Opcode.Lb:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainLoad(address, 1);
                    if (host is null) { goto SlowLoad; }
                    x[op->Rd] = (ulong)(sbyte)*host;
                    break;
                case Opcode.Lh:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainLoad(address, 2);
                    if (host is null) { goto SlowLoad; }
                    x[op->Rd] = (ulong)Unsafe.ReadUnaligned<short>(host);
                    break;
                case Opcode.Lw:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainLoad(address, 4);
                    if (host is null) { goto SlowLoad; }
                    x[op->Rd] = (ulong)Unsafe.ReadUnaligned<int>(host);
                    break;
                case Opcode.Ld:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainLoad(address, 8);
                    if (host is null) { goto SlowLoad; }
                    x[op->Rd] = Unsafe.ReadUnaligned<ulong>(host);
                    break;
                case Opcode.Lbu:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainLoad(address, 1);
                    if (host is null) { goto SlowLoad; }
                    x[op->Rd] = *host;
                    break;
                case Opcode.Lhu:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainLoad(address, 2);
                    if (host is null) { goto SlowLoad; }
                    x[op->Rd] = Unsafe.ReadUnaligned<ushort>(host);
                    break;
                case Opcode.Lwu:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainLoad(address, 4);
                    if (host is null) { goto SlowLoad; }
                    x[op->Rd] = Unsafe.ReadUnaligned<uint>(host);
                    break;
                case Opcode.Flw:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainLoad(address, 4);
                    if (host is null) { goto SlowLoad; }
                    f[op->Rd] = 0xffffffff_00000000UL | Unsafe.ReadUnaligned<uint>(host);
                    break;
                case Opcode.Fld:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainLoad(address, 8);
                    if (host is null) { goto SlowLoad; }
                    f[op->Rd] = Unsafe.ReadUnaligned<ulong>(host);
                    break;

                case Opcode.Sb:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainStore(address, 1);
                    if (host is null) { goto SlowStore; }
                    *host = (byte)x[op->Rs2];
                    break;
                case Opcode.Sh:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainStore(address, 2);
                    if (host is null) { goto SlowStore; }
                    Unsafe.WriteUnaligned(host, (ushort)x[op->Rs2]);
                    break;
                case Opcode.Sw:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainStore(address, 4);
                    if (host is null) { goto SlowStore; }
                    Unsafe.WriteUnaligned(host, (uint)x[op->Rs2]);
                    break;
                case Opcode.Sd:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainStore(address, 8);
                    if (host is null) { goto SlowStore; }
                    Unsafe.WriteUnaligned(host, x[op->Rs2]);
                    break;
                case Opcode.Fsw:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainStore(address, 4);
                    if (host is null) { goto SlowStore; }
                    Unsafe.WriteUnaligned(host, (uint)f[op->Rs2]);
                    break;
                case Opcode.Fsd:
                    address = x[op->Rs1] + (ulong)(long)op->Immediate;
                    host = memory.PlainStore(address, 8);
                    if (host is null) { goto SlowStore; }
                    Unsafe.WriteUnaligned(host, f[op->Rs2]);
                    break;

                case Opcode.Addi: x[op->Rd] = x[op->Rs1] + (ulong)(long)op->Immediate; break;
                case Opcode.Slti: x[op->Rd] = (long)x[op->Rs1] < op->Immediate ? 1UL : 0UL; break;
                case Opcode.Sltiu: x[op->Rd] = x[op->Rs1] < (ulong)(long)op->Immediate ? 1UL : 0UL; break;
                case Opcode.Xori: x[op->Rd] = x[op->Rs1] ^ (ulong)(long)op->Immediate; break;
                case Opcode.Ori: x[op->Rd] = x[op->Rs1] | (ulong)(long)op->Immediate; break;
                case Opcode.Andi: x[op->Rd] = x[op->Rs1] & (ulong)(long)op->Immediate; break;
                case Opcode.Slli: x[op->Rd] = x[op->Rs1] << op->Immediate; break;
                case Opcode.Srli: x[op->Rd] = x[op->Rs1] >> op->Immediate; break;
                case Opcode.Srai: x[op->Rd] = (ulong)((long)x[op->Rs1] >> op->Immediate); break;
                case Opcode.Add: x[op->Rd] = x[op->Rs1] + x[op->Rs2]; break;
                case Opcode.Sub: x[op->Rd] = x[op->Rs1] - x[op->Rs2]; break;
                case Opcode.Sll: x[op->Rd] = x[op->Rs1] << (int)x[op->Rs2]; break;
                case Opcode.Slt: x[op->Rd] = (long)x[op->Rs1] < (long)x[op->Rs2] ? 1UL : 0UL; break;
                case Opcode.Sltu: x[op->Rd] = x[op->Rs1] < x[op->Rs2] ? 1UL : 0UL; break;
                case Opcode.Xor: x[op->Rd] = x[op->Rs1] ^ x[op->Rs2]; break;
                case Opcode.Srl: x[op->Rd] = x[op->Rs1] >> (int)x[op->Rs2]; break;
                case Opcode.Sra: x[op->Rd] = (ulong)((long)x[op->Rs1] >> (int)x[op->Rs2]); break;
                case Opcode.Or: x[op->Rd] = x[op->Rs1] | x[op->Rs2]; break;
                case Opcode.And: x[op->Rd] = x[op->Rs1] & x[op->Rs2]; break;
                case Opcode.Addiw: x[op->Rd] = (ulong)((int)x[op->Rs1] + op->Immediate); break;
                case Opcode.Slliw: x[op->Rd] = (ulong)((int)x[op->Rs1] << op->Immediate); break;
                case Opcode.Srliw: x[op->Rd] = (ulong)(int)((uint)x[op->Rs1] >> op->Immediate); break;
                case Opcode.Sraiw: x[op->Rd] = (ulong)((int)x[op->Rs1] >> op->Immediate); break;
                case Opcode.Addw: x[op->Rd] = (ulong)((int)x[op->Rs1] + (int)x[op->Rs2]); break;
                case Opcode.Subw: x[op->Rd] = (ulong)((int)x[op->Rs1] - (int)x[op->Rs2]); break;
                case Opcode.Sllw: x[op->Rd] = (ulong)((int)x[op->Rs1] << (int)x[op->Rs2]); break;
                case Opcode.Srlw: x[op->Rd] = (ulong)(int)((uint)x[op->Rs1] >> (int)x[op->Rs2]); break;
                case Opcode.Sraw: x[op->Rd] = (ulong)((int)x[op->Rs1] >> (int)x[op->Rs2]); break;

                case Opcode.Mul: x[op->Rd] = x[op->Rs1] * x[op->Rs2]; break;
                case Opcode.Mulw: x[op->Rd] = (ulong)((int)x[op->Rs1] * (int)x[op->Rs2]); break;
                case Opcode.Mulhu: x[op->Rd] = Math.BigMul(x[op->Rs1], x[op->Rs2], out _); break;
                case >= Opcode.Mulh and <= Opcode.Remuw:
                    x[op->Rd] = IntegerUnit.Execute(op->Code, x[op->Rs1], x[op->Rs2]);
                    break;

                case Opcode.Fence: Interlocked.MemoryBarrier(); break;

                case >= Opcode.LrW and <= Opcode.AmomaxuD:
                    fault = ExecuteAtomic(op, r, out address, out var misaligned);
                    if (misaligned)
                    {
                        trap = new Trap(TrapCause.MisalignedAtomic, address, AccessFault.None);
                        goto TrapHere;
                    }

                    if (fault != AccessFault.None)
                    {
                        trap = new Trap(FaultCauseOf(op->Code), address, fault);
                        goto TrapHere;
                    }

                    if (codeVersion != memory.CodeVersion) { goto CodeChanged; }
                    break;

                case (>= Opcode.FmaddS and <= Opcode.FcvtSLu) or (>= Opcode.FmaddD and <= Opcode.FmvDX):
                    if (!FloatUnit.Execute(op, r))
                    {
                        trap = new Trap(TrapCause.IllegalInstruction, EncodingAt(block->Pc + op->PcOffset),
                            AccessFault.None);
                        goto TrapHere;
                    }

                    break;

                case Opcode.Illegal:
                    trap = new Trap(TrapCause.IllegalInstruction, (uint)op->Immediate, AccessFault.None);
                    goto TrapHere;
                case Opcode.Ebreak:
                    trap = new Trap(TrapCause.Breakpoint, 0, AccessFault.None);
                    goto TrapHere;
                case Opcode.Ecall:
                    r->Pc = block->Pc + op->PcOffset;
                    r->Cycles += (ulong)block->Cycles;
                    remaining -= block->Count;
                    budget = remaining;
                    return new Trap(TrapCause.EnvironmentCall, 0, AccessFault.None);

                case Operation.Next:
                    r->Pc = block->Pc + op->PcOffset;
                    goto LeaveBlock;

                default:
                    // Zicsr, Zifencei and privileged instructions end their block: counters are made exact first.
                    r->Pc = block->Pc + op->PcOffset;
                    r->Cycles += (ulong)block->Cycles - CyclesOf(op);
                    remaining -= block->Count - 1;
                    if (!ExecuteSystem(op, hart, r->Retired + (ulong)(budget - remaining)))
                    {
                        budget = remaining;
                        return new Trap(TrapCause.IllegalInstruction, EncodingAt(r->Pc), AccessFault.None);
                    }

                    r->Cycles += CyclesOf(op);
                    r->Pc += op->Length;
                    remaining--;
                    op = null;
                    goto EnterAtPc;
            }

            op++;
            continue;

        Branch:
            r->Pc = block->Pc + op->PcOffset + (ulong)(long)op->Immediate;
            r->Cycles += op->BranchCycles;
            remaining -= op - (Operation*)block;
            goto Follow;

        LeaveBlock:
            r->Cycles += (ulong)block->Cycles;
            remaining -= block->Count;

        Follow:
            if (op->Link != 0)
            {
                var next = (BlockHeader*)(slots + op->Link);
                if (next->Count <= remaining)
                {
                    block = next;
                    op = (Operation*)block + 1;
                    continue;
                }
            }

            goto EnterAtPc;

        SlowLoad:
            fault = LoadSlowly(op, r, ref address);
            if (fault != AccessFault.None)
            {
                trap = new Trap(TrapCause.LoadFault, address, fault);
                goto TrapHere;
            }

            op++;
            continue;

        SlowStore:
            fault = StoreSlowly(op, r, ref address);
            if (fault != AccessFault.None)
            {
                trap = new Trap(TrapCause.StoreFault, address, fault);
                goto TrapHere;
            }

            if (codeVersion == memory.CodeVersion)
            {
                op++;
                continue;
            }

        CodeChanged:
            // The store may have changed instructions of this very block: go on from a fresh decode.
            r->Pc = block->Pc + op->PcOffset + op->Length;
            r->Cycles += CyclesBefore(block, op) + CyclesOf(op);
            remaining -= op - (Operation*)block;
            Resynchronise();
            op = null;
            goto EnterAtPc;
        }

    TrapHere:
        r->Pc = block->Pc + op->PcOffset;
        r->Cycles += CyclesBefore(block, op);
        remaining -= op - (Operation*)block - 1;
        budget = remaining;
        return trap;
    }
#pragma warning restore MA0051
}
