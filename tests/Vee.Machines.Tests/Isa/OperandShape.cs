using Vee.Machines.Isa;

namespace Vee.Machines.Tests.Isa;

/// <summary>Which operands an opcode has and the edge values of its immediate, by the opcode's name.</summary>
internal sealed record OperandShape(
    bool HasRd, bool HasRs1, bool HasRs2, bool HasRs3, bool HasRm, params int[] Immediates)
{
    private static readonly int[] None = [0];
    private static readonly int[] Signed12 = [0, 1, -1, 2, 1024, 2047, -2048, -1025, 0x555, -0x556];
    private static readonly int[] Branch13 = [0, 2, -2, 16, 32, 1024, 2048, 4094, -4096, -2048, 0xAAA, -0xAAA];
    private static readonly int[] Jump21 =
        [0, 2, -2, 1024, 2048, 4096, 0x8_0000, 0xF_FFFE, -0x10_0000, 0xA_AAAA, -0xA_AAAA];
    private static readonly int[] Upper = [0, 0x1000, -0x1000, 0x7FFF_F000, int.MinValue, 0x1234_5000];
    private static readonly int[] Unsigned12 = [0, 1, 0xFFF, 0x800, 0x7FF, 0xC00, 0x833];
    private static readonly int[] Ordering = [0, 1, 2, 3];
    private static readonly int[] Shift64 = [0, 1, 31, 32, 63];
    private static readonly int[] Shift32 = [0, 1, 15, 16, 31];

    public static OperandShape Of(Opcode opcode) => opcode switch
    {
        Opcode.Lui or Opcode.Auipc => new(true, false, false, false, false, Upper),
        Opcode.Jal => new(true, false, false, false, false, Jump21),
        >= Opcode.Beq and <= Opcode.Bgeu => new(false, true, true, false, false, Branch13),
        Opcode.Jalr or (>= Opcode.Lb and <= Opcode.Lwu) or Opcode.Flw or Opcode.Fld =>
            new(true, true, false, false, false, Signed12),
        (>= Opcode.Sb and <= Opcode.Sd) or Opcode.Fsw or Opcode.Fsd =>
            new(false, true, true, false, false, Signed12),
        Opcode.Slli or Opcode.Srli or Opcode.Srai => new(true, true, false, false, false, Shift64),
        Opcode.Slliw or Opcode.Srliw or Opcode.Sraiw => new(true, true, false, false, false, Shift32),
        (>= Opcode.Addi and <= Opcode.Andi) or Opcode.Addiw => new(true, true, false, false, false, Signed12),
        Opcode.Fence => new(false, false, false, false, false, Unsigned12),
        Opcode.Ecall or Opcode.Ebreak or Opcode.FenceI or Opcode.Sret or Opcode.Mret or Opcode.Wfi =>
            new(false, false, false, false, false, None),
        >= Opcode.Csrrw and <= Opcode.Csrrci => new(true, true, false, false, false, Unsigned12),
        Opcode.LrW or Opcode.LrD => new(true, true, false, false, false, Ordering),
        >= Opcode.ScW and <= Opcode.AmomaxuD => new(true, true, true, false, false, Ordering),
        Opcode.SfenceVma => new(false, true, true, false, false, None),
        _ => OfRegisterForm(opcode.ToString()),
    };

    /// <summary>An instruction with those of the given operands that this shape has.</summary>
    public Instruction Instruction(Opcode opcode, int rd, int rs1, int rs2, int rs3, int rm, int immediate) => new(
        opcode,
        (byte)(HasRd ? rd : 0),
        (byte)(HasRs1 ? rs1 : 0),
        (byte)(HasRs2 ? rs2 : 0),
        (byte)(HasRs3 ? rs3 : 0),
        (byte)(HasRm ? rm : 0),
        4,
        immediate);

    private static OperandShape OfRegisterForm(string name) => name switch
    {
        _ when Starts(name, "Fmadd", "Fmsub", "Fnmadd", "Fnmsub") => new(true, true, true, true, true, None),
        _ when Starts(name, "Fadd", "Fsub", "Fmul", "Fdiv") => new(true, true, true, false, true, None),
        _ when Starts(name, "Fsqrt", "Fcvt") => new(true, true, false, false, true, None),
        _ when Starts(name, "Fmv", "Fclass") => new(true, true, false, false, false, None),
        _ => new(true, true, true, false, false, None),
    };

    private static bool Starts(string name, params string[] prefixes) =>
        prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
