namespace Vee.Machines.Isa;

/// <summary>Assigns every instruction to its cost class.</summary>
public static class InstructionClasses
{
    private static readonly (InstructionClass Class, Opcode[] Members)[] Members =
    [
        (InstructionClass.Arithmetic,
        [
            Opcode.Lui, Opcode.Auipc,
            Opcode.Addi, Opcode.Slti, Opcode.Sltiu, Opcode.Xori, Opcode.Ori, Opcode.Andi,
            Opcode.Slli, Opcode.Srli, Opcode.Srai,
            Opcode.Add, Opcode.Sub, Opcode.Sll, Opcode.Slt, Opcode.Sltu,
            Opcode.Xor, Opcode.Srl, Opcode.Sra, Opcode.Or, Opcode.And,
            Opcode.Addiw, Opcode.Slliw, Opcode.Srliw, Opcode.Sraiw,
            Opcode.Addw, Opcode.Subw, Opcode.Sllw, Opcode.Srlw, Opcode.Sraw,
        ]),
        (InstructionClass.Multiply, [Opcode.Mul, Opcode.Mulh, Opcode.Mulhsu, Opcode.Mulhu, Opcode.Mulw]),
        (InstructionClass.Divide,
        [
            Opcode.Div, Opcode.Divu, Opcode.Rem, Opcode.Remu,
            Opcode.Divw, Opcode.Divuw, Opcode.Remw, Opcode.Remuw,
        ]),
        (InstructionClass.Load,
        [
            Opcode.Lb, Opcode.Lh, Opcode.Lw, Opcode.Ld, Opcode.Lbu, Opcode.Lhu, Opcode.Lwu, Opcode.Flw, Opcode.Fld,
        ]),
        (InstructionClass.Store, [Opcode.Sb, Opcode.Sh, Opcode.Sw, Opcode.Sd, Opcode.Fsw, Opcode.Fsd]),
        (InstructionClass.Branch,
            [Opcode.Beq, Opcode.Bne, Opcode.Blt, Opcode.Bge, Opcode.Bltu, Opcode.Bgeu]),
        (InstructionClass.Jump, [Opcode.Jal, Opcode.Jalr]),
        (InstructionClass.Atomic,
        [
            Opcode.LrW, Opcode.ScW, Opcode.AmoswapW, Opcode.AmoaddW, Opcode.AmoxorW, Opcode.AmoandW,
            Opcode.AmoorW, Opcode.AmominW, Opcode.AmomaxW, Opcode.AmominuW, Opcode.AmomaxuW,
            Opcode.LrD, Opcode.ScD, Opcode.AmoswapD, Opcode.AmoaddD, Opcode.AmoxorD, Opcode.AmoandD,
            Opcode.AmoorD, Opcode.AmominD, Opcode.AmomaxD, Opcode.AmominuD, Opcode.AmomaxuD,
        ]),
        (InstructionClass.FloatMove,
        [
            Opcode.FsgnjS, Opcode.FsgnjnS, Opcode.FsgnjxS, Opcode.FminS, Opcode.FmaxS,
            Opcode.FmvXW, Opcode.FmvWX, Opcode.FeqS, Opcode.FltS, Opcode.FleS, Opcode.FclassS,
            Opcode.FsgnjD, Opcode.FsgnjnD, Opcode.FsgnjxD, Opcode.FminD, Opcode.FmaxD,
            Opcode.FmvXD, Opcode.FmvDX, Opcode.FeqD, Opcode.FltD, Opcode.FleD, Opcode.FclassD,
        ]),
        (InstructionClass.FloatAdd,
        [
            Opcode.FaddS, Opcode.FsubS, Opcode.FaddD, Opcode.FsubD,
            Opcode.FcvtWS, Opcode.FcvtWuS, Opcode.FcvtSW, Opcode.FcvtSWu,
            Opcode.FcvtLS, Opcode.FcvtLuS, Opcode.FcvtSL, Opcode.FcvtSLu,
            Opcode.FcvtSD, Opcode.FcvtDS, Opcode.FcvtWD, Opcode.FcvtWuD, Opcode.FcvtDW, Opcode.FcvtDWu,
            Opcode.FcvtLD, Opcode.FcvtLuD, Opcode.FcvtDL, Opcode.FcvtDLu,
        ]),
        (InstructionClass.FloatMultiply,
        [
            Opcode.FmulS, Opcode.FmaddS, Opcode.FmsubS, Opcode.FnmsubS, Opcode.FnmaddS,
            Opcode.FmulD, Opcode.FmaddD, Opcode.FmsubD, Opcode.FnmsubD, Opcode.FnmaddD,
        ]),
        (InstructionClass.FloatDivide, [Opcode.FdivS, Opcode.FsqrtS, Opcode.FdivD, Opcode.FsqrtD]),
        (InstructionClass.System,
        [
            // An illegal instruction costs what the trap that it raises costs: the same as ECALL's.
            Opcode.Illegal,
            Opcode.Fence, Opcode.FenceI, Opcode.Ecall, Opcode.Ebreak,
            Opcode.Csrrw, Opcode.Csrrs, Opcode.Csrrc, Opcode.Csrrwi, Opcode.Csrrsi, Opcode.Csrrci,
            Opcode.Sret, Opcode.Mret, Opcode.Wfi, Opcode.SfenceVma,
        ]),
    ];

    private static readonly InstructionClass[] ByOpcode = Index();

    /// <summary>The cost class of an instruction.</summary>
    /// <param name="opcode">Any member of <see cref="Opcode"/>.</param>
    /// <exception cref="IndexOutOfRangeException">The value is not a member.</exception>
    public static InstructionClass Of(Opcode opcode) => ByOpcode[(int)opcode];

    private static InstructionClass[] Index()
    {
        var opcodes = Enum.GetValues<Opcode>();
        var index = new InstructionClass?[opcodes.Length];
        foreach (var (instructionClass, members) in Members)
        {
            foreach (var opcode in members)
            {
                index[(int)opcode] = index[(int)opcode] is null
                    ? instructionClass
                    : throw new InvalidOperationException($"{opcode} has two classes.");
            }
        }

        return [.. opcodes.Select(opcode =>
            index[(int)opcode] ?? throw new InvalidOperationException($"{opcode} has no class."))];
    }
}
