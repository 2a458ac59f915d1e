using Vee.Machines.Isa;

namespace Vee.Machines.Tests.Isa;

/// <summary>
/// Builds 32-bit RV64GC encodings. Written from the ISA manual's listings without the decoder's table, so that a
/// mistake in one shows as a failed round trip.
/// </summary>
internal static class Assembler
{
    private const int Load = 0x03, LoadFp = 0x07, MiscMem = 0x0F, OpImm = 0x13, Auipc = 0x17, OpImm32 = 0x1B;
    private const int StoreOp = 0x23, StoreFp = 0x27, Amo = 0x2F, Op = 0x33, Lui = 0x37, Op32 = 0x3B;
    private const int Madd = 0x43, Msub = 0x47, Nmsub = 0x4B, Nmadd = 0x4F, OpFp = 0x53;
    private const int BranchOp = 0x63, JalrOp = 0x67, JalOp = 0x6F, SystemOp = 0x73;

    private static readonly Dictionary<Opcode, Func<Operands, uint>> Forms = new()
    {
        [Opcode.Lui] = o => U(Lui, o),
        [Opcode.Auipc] = o => U(Auipc, o),
        [Opcode.Jal] = o => J(JalOp, o),
        [Opcode.Jalr] = o => I(JalrOp, 0, o),
        [Opcode.Beq] = o => B(0, o),
        [Opcode.Bne] = o => B(1, o),
        [Opcode.Blt] = o => B(4, o),
        [Opcode.Bge] = o => B(5, o),
        [Opcode.Bltu] = o => B(6, o),
        [Opcode.Bgeu] = o => B(7, o),
        [Opcode.Lb] = o => I(Load, 0, o),
        [Opcode.Lh] = o => I(Load, 1, o),
        [Opcode.Lw] = o => I(Load, 2, o),
        [Opcode.Ld] = o => I(Load, 3, o),
        [Opcode.Lbu] = o => I(Load, 4, o),
        [Opcode.Lhu] = o => I(Load, 5, o),
        [Opcode.Lwu] = o => I(Load, 6, o),
        [Opcode.Sb] = o => S(StoreOp, 0, o),
        [Opcode.Sh] = o => S(StoreOp, 1, o),
        [Opcode.Sw] = o => S(StoreOp, 2, o),
        [Opcode.Sd] = o => S(StoreOp, 3, o),
        [Opcode.Addi] = o => I(OpImm, 0, o),
        [Opcode.Slti] = o => I(OpImm, 2, o),
        [Opcode.Sltiu] = o => I(OpImm, 3, o),
        [Opcode.Xori] = o => I(OpImm, 4, o),
        [Opcode.Ori] = o => I(OpImm, 6, o),
        [Opcode.Andi] = o => I(OpImm, 7, o),
        [Opcode.Slli] = o => Shift(OpImm, 1, 0x00, 6, o),
        [Opcode.Srli] = o => Shift(OpImm, 5, 0x00, 6, o),
        [Opcode.Srai] = o => Shift(OpImm, 5, 0x20, 6, o),
        [Opcode.Add] = o => R(Op, 0, 0x00, o),
        [Opcode.Sub] = o => R(Op, 0, 0x20, o),
        [Opcode.Sll] = o => R(Op, 1, 0x00, o),
        [Opcode.Slt] = o => R(Op, 2, 0x00, o),
        [Opcode.Sltu] = o => R(Op, 3, 0x00, o),
        [Opcode.Xor] = o => R(Op, 4, 0x00, o),
        [Opcode.Srl] = o => R(Op, 5, 0x00, o),
        [Opcode.Sra] = o => R(Op, 5, 0x20, o),
        [Opcode.Or] = o => R(Op, 6, 0x00, o),
        [Opcode.And] = o => R(Op, 7, 0x00, o),
        [Opcode.Addiw] = o => I(OpImm32, 0, o),
        [Opcode.Slliw] = o => Shift(OpImm32, 1, 0x00, 5, o),
        [Opcode.Srliw] = o => Shift(OpImm32, 5, 0x00, 5, o),
        [Opcode.Sraiw] = o => Shift(OpImm32, 5, 0x20, 5, o),
        [Opcode.Addw] = o => R(Op32, 0, 0x00, o),
        [Opcode.Subw] = o => R(Op32, 0, 0x20, o),
        [Opcode.Sllw] = o => R(Op32, 1, 0x00, o),
        [Opcode.Srlw] = o => R(Op32, 5, 0x00, o),
        [Opcode.Sraw] = o => R(Op32, 5, 0x20, o),
        [Opcode.Fence] = o => (Unsigned(o.Immediate, 12) << 20) | MiscMem,
        [Opcode.FenceI] = _ => 0x0000_100F,
        [Opcode.Ecall] = _ => 0x0000_0073,
        [Opcode.Ebreak] = _ => 0x0010_0073,
        [Opcode.Csrrw] = o => Csr(1, o),
        [Opcode.Csrrs] = o => Csr(2, o),
        [Opcode.Csrrc] = o => Csr(3, o),
        [Opcode.Csrrwi] = o => Csr(5, o),
        [Opcode.Csrrsi] = o => Csr(6, o),
        [Opcode.Csrrci] = o => Csr(7, o),

        [Opcode.Mul] = o => R(Op, 0, 1, o),
        [Opcode.Mulh] = o => R(Op, 1, 1, o),
        [Opcode.Mulhsu] = o => R(Op, 2, 1, o),
        [Opcode.Mulhu] = o => R(Op, 3, 1, o),
        [Opcode.Div] = o => R(Op, 4, 1, o),
        [Opcode.Divu] = o => R(Op, 5, 1, o),
        [Opcode.Rem] = o => R(Op, 6, 1, o),
        [Opcode.Remu] = o => R(Op, 7, 1, o),
        [Opcode.Mulw] = o => R(Op32, 0, 1, o),
        [Opcode.Divw] = o => R(Op32, 4, 1, o),
        [Opcode.Divuw] = o => R(Op32, 5, 1, o),
        [Opcode.Remw] = o => R(Op32, 6, 1, o),
        [Opcode.Remuw] = o => R(Op32, 7, 1, o),

        [Opcode.LrW] = o => Atomic(2, 0x02, o with { Rs2 = 0 }),
        [Opcode.ScW] = o => Atomic(2, 0x03, o),
        [Opcode.AmoswapW] = o => Atomic(2, 0x01, o),
        [Opcode.AmoaddW] = o => Atomic(2, 0x00, o),
        [Opcode.AmoxorW] = o => Atomic(2, 0x04, o),
        [Opcode.AmoandW] = o => Atomic(2, 0x0C, o),
        [Opcode.AmoorW] = o => Atomic(2, 0x08, o),
        [Opcode.AmominW] = o => Atomic(2, 0x10, o),
        [Opcode.AmomaxW] = o => Atomic(2, 0x14, o),
        [Opcode.AmominuW] = o => Atomic(2, 0x18, o),
        [Opcode.AmomaxuW] = o => Atomic(2, 0x1C, o),
        [Opcode.LrD] = o => Atomic(3, 0x02, o with { Rs2 = 0 }),
        [Opcode.ScD] = o => Atomic(3, 0x03, o),
        [Opcode.AmoswapD] = o => Atomic(3, 0x01, o),
        [Opcode.AmoaddD] = o => Atomic(3, 0x00, o),
        [Opcode.AmoxorD] = o => Atomic(3, 0x04, o),
        [Opcode.AmoandD] = o => Atomic(3, 0x0C, o),
        [Opcode.AmoorD] = o => Atomic(3, 0x08, o),
        [Opcode.AmominD] = o => Atomic(3, 0x10, o),
        [Opcode.AmomaxD] = o => Atomic(3, 0x14, o),
        [Opcode.AmominuD] = o => Atomic(3, 0x18, o),
        [Opcode.AmomaxuD] = o => Atomic(3, 0x1C, o),

        [Opcode.Flw] = o => I(LoadFp, 2, o),
        [Opcode.Fsw] = o => S(StoreFp, 2, o),
        [Opcode.FmaddS] = o => R4(Madd, 0, o),
        [Opcode.FmsubS] = o => R4(Msub, 0, o),
        [Opcode.FnmsubS] = o => R4(Nmsub, 0, o),
        [Opcode.FnmaddS] = o => R4(Nmadd, 0, o),
        [Opcode.FaddS] = o => R(OpFp, o.Rm, 0x00, o),
        [Opcode.FsubS] = o => R(OpFp, o.Rm, 0x04, o),
        [Opcode.FmulS] = o => R(OpFp, o.Rm, 0x08, o),
        [Opcode.FdivS] = o => R(OpFp, o.Rm, 0x0C, o),
        [Opcode.FsqrtS] = o => R(OpFp, o.Rm, 0x2C, o with { Rs2 = 0 }),
        [Opcode.FsgnjS] = o => R(OpFp, 0, 0x10, o),
        [Opcode.FsgnjnS] = o => R(OpFp, 1, 0x10, o),
        [Opcode.FsgnjxS] = o => R(OpFp, 2, 0x10, o),
        [Opcode.FminS] = o => R(OpFp, 0, 0x14, o),
        [Opcode.FmaxS] = o => R(OpFp, 1, 0x14, o),
        [Opcode.FcvtWS] = o => R(OpFp, o.Rm, 0x60, o with { Rs2 = 0 }),
        [Opcode.FcvtWuS] = o => R(OpFp, o.Rm, 0x60, o with { Rs2 = 1 }),
        [Opcode.FmvXW] = o => R(OpFp, 0, 0x70, o with { Rs2 = 0 }),
        [Opcode.FeqS] = o => R(OpFp, 2, 0x50, o),
        [Opcode.FltS] = o => R(OpFp, 1, 0x50, o),
        [Opcode.FleS] = o => R(OpFp, 0, 0x50, o),
        [Opcode.FclassS] = o => R(OpFp, 1, 0x70, o with { Rs2 = 0 }),
        [Opcode.FcvtSW] = o => R(OpFp, o.Rm, 0x68, o with { Rs2 = 0 }),
        [Opcode.FcvtSWu] = o => R(OpFp, o.Rm, 0x68, o with { Rs2 = 1 }),
        [Opcode.FmvWX] = o => R(OpFp, 0, 0x78, o with { Rs2 = 0 }),
        [Opcode.FcvtLS] = o => R(OpFp, o.Rm, 0x60, o with { Rs2 = 2 }),
        [Opcode.FcvtLuS] = o => R(OpFp, o.Rm, 0x60, o with { Rs2 = 3 }),
        [Opcode.FcvtSL] = o => R(OpFp, o.Rm, 0x68, o with { Rs2 = 2 }),
        [Opcode.FcvtSLu] = o => R(OpFp, o.Rm, 0x68, o with { Rs2 = 3 }),

        [Opcode.Fld] = o => I(LoadFp, 3, o),
        [Opcode.Fsd] = o => S(StoreFp, 3, o),
        [Opcode.FmaddD] = o => R4(Madd, 1, o),
        [Opcode.FmsubD] = o => R4(Msub, 1, o),
        [Opcode.FnmsubD] = o => R4(Nmsub, 1, o),
        [Opcode.FnmaddD] = o => R4(Nmadd, 1, o),
        [Opcode.FaddD] = o => R(OpFp, o.Rm, 0x01, o),
        [Opcode.FsubD] = o => R(OpFp, o.Rm, 0x05, o),
        [Opcode.FmulD] = o => R(OpFp, o.Rm, 0x09, o),
        [Opcode.FdivD] = o => R(OpFp, o.Rm, 0x0D, o),
        [Opcode.FsqrtD] = o => R(OpFp, o.Rm, 0x2D, o with { Rs2 = 0 }),
        [Opcode.FsgnjD] = o => R(OpFp, 0, 0x11, o),
        [Opcode.FsgnjnD] = o => R(OpFp, 1, 0x11, o),
        [Opcode.FsgnjxD] = o => R(OpFp, 2, 0x11, o),
        [Opcode.FminD] = o => R(OpFp, 0, 0x15, o),
        [Opcode.FmaxD] = o => R(OpFp, 1, 0x15, o),
        [Opcode.FcvtSD] = o => R(OpFp, o.Rm, 0x20, o with { Rs2 = 1 }),
        [Opcode.FcvtDS] = o => R(OpFp, o.Rm, 0x21, o with { Rs2 = 0 }),
        [Opcode.FeqD] = o => R(OpFp, 2, 0x51, o),
        [Opcode.FltD] = o => R(OpFp, 1, 0x51, o),
        [Opcode.FleD] = o => R(OpFp, 0, 0x51, o),
        [Opcode.FclassD] = o => R(OpFp, 1, 0x71, o with { Rs2 = 0 }),
        [Opcode.FcvtWD] = o => R(OpFp, o.Rm, 0x61, o with { Rs2 = 0 }),
        [Opcode.FcvtWuD] = o => R(OpFp, o.Rm, 0x61, o with { Rs2 = 1 }),
        [Opcode.FcvtDW] = o => R(OpFp, o.Rm, 0x69, o with { Rs2 = 0 }),
        [Opcode.FcvtDWu] = o => R(OpFp, o.Rm, 0x69, o with { Rs2 = 1 }),
        [Opcode.FcvtLD] = o => R(OpFp, o.Rm, 0x61, o with { Rs2 = 2 }),
        [Opcode.FcvtLuD] = o => R(OpFp, o.Rm, 0x61, o with { Rs2 = 3 }),
        [Opcode.FmvXD] = o => R(OpFp, 0, 0x71, o with { Rs2 = 0 }),
        [Opcode.FcvtDL] = o => R(OpFp, o.Rm, 0x69, o with { Rs2 = 2 }),
        [Opcode.FcvtDLu] = o => R(OpFp, o.Rm, 0x69, o with { Rs2 = 3 }),
        [Opcode.FmvDX] = o => R(OpFp, 0, 0x79, o with { Rs2 = 0 }),

        [Opcode.Sret] = _ => 0x1020_0073,
        [Opcode.Mret] = _ => 0x3020_0073,
        [Opcode.Wfi] = _ => 0x1050_0073,
        [Opcode.SfenceVma] = o => R(SystemOp, 0, 0x09, o with { Rd = 0 }),
    };

    /// <summary>Encodes one instruction; operands that its format lacks are ignored.</summary>
    /// <param name="opcode">Any opcode but <see cref="Opcode.Illegal"/>.</param>
    /// <param name="rd">Destination register, 0..31.</param>
    /// <param name="rs1">First source register, or the unsigned immediate of a CSR-immediate form.</param>
    /// <param name="rs2">Second source register, 0..31.</param>
    /// <param name="rs3">Third source register, 0..31.</param>
    /// <param name="rm">Rounding mode, 0..7; reserved modes are encoded as asked.</param>
    /// <param name="immediate">As <see cref="Instruction.Immediate"/> describes it, per opcode.</param>
    /// <exception cref="ArgumentOutOfRangeException">An operand does not fit in its field.</exception>
    public static uint Encode(
        Opcode opcode, int rd = 0, int rs1 = 0, int rs2 = 0, int rs3 = 0, int rm = 0, long immediate = 0) =>
        Forms[opcode](new Operands(rd, rs1, rs2, rs3, rm, immediate));

    private static uint R(int major, int funct3, int funct7, Operands o) =>
        (Unsigned(funct7, 7) << 25) | (Unsigned(o.Rs2, 5) << 20) | (Unsigned(o.Rs1, 5) << 15)
        | (Unsigned(funct3, 3) << 12) | (Unsigned(o.Rd, 5) << 7) | (uint)major;

    private static uint R4(int major, int precision, Operands o) =>
        R(major, o.Rm, 0, o) | (Unsigned(o.Rs3, 5) << 27) | (Unsigned(precision, 2) << 25);

    private static uint I(int major, int funct3, Operands o) =>
        (Signed(o.Immediate, 12) << 20) | R(major, funct3, 0, o with { Rs2 = 0 });

    private static uint Shift(int major, int funct3, int funct7, int amountBits, Operands o) =>
        (Unsigned(o.Immediate, amountBits) << 20) | R(major, funct3, funct7, o with { Rs2 = 0 });

    private static uint S(int major, int funct3, Operands o)
    {
        var offset = Signed(o.Immediate, 12);
        return R(major, funct3, (int)(offset >> 5), o with { Rd = (int)(offset & 0x1F) });
    }

    private static uint B(int funct3, Operands o)
    {
        var offset = Multiple(Signed(o.Immediate, 13), 2);
        var high = ((offset >> 12) << 6) | ((offset >> 5) & 0x3F);
        var low = (offset & 0x1E) | ((offset >> 11) & 1);
        return R(BranchOp, funct3, (int)high, o with { Rd = (int)low });
    }

    private static uint U(int major, Operands o) =>
        Multiple(Signed(o.Immediate, 32), 0x1000) | (Unsigned(o.Rd, 5) << 7) | (uint)major;

    private static uint J(int major, Operands o)
    {
        var offset = Multiple(Signed(o.Immediate, 21), 2);
        return ((offset >> 20) << 31) | (((offset >> 1) & 0x3FF) << 21) | (((offset >> 11) & 1) << 20)
            | (((offset >> 12) & 0xFF) << 12) | (Unsigned(o.Rd, 5) << 7) | (uint)major;
    }

    private static uint Csr(int funct3, Operands o) =>
        (Unsigned(o.Immediate, 12) << 20) | R(SystemOp, funct3, 0, o with { Rs2 = 0 });

    private static uint Atomic(int funct3, int funct5, Operands o) =>
        R(Amo, funct3, (funct5 << 2) | (int)Unsigned(o.Immediate, 2), o);

    private static uint Unsigned(long value, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, (1L << bits) - 1);
        return (uint)value;
    }

    /// <summary>The low bits of a two's-complement value, with all higher bits zero.</summary>
    private static uint Signed(long value, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, -(1L << (bits - 1)));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, (1L << (bits - 1)) - 1);
        return (uint)(value & ((1L << bits) - 1));
    }

    private static uint Multiple(uint value, uint unit) => value % unit == 0
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"Not a multiple of {unit}.");

    private sealed record Operands(int Rd, int Rs1, int Rs2, int Rs3, int Rm, long Immediate);
}
