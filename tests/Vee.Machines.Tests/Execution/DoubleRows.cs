using Vee.Machines.Isa;

namespace Vee.Machines.Tests.Execution;

/// <summary>Double precision by hand: ISA manual, chapter "D".</summary>
internal static class DoubleRows
{
    private const uint Nx = 1, Uf = 2, Of = 4, Dz = 8, Nv = 16;
    private const ulong One = 0x3FF0_0000_0000_0000, Two = 0x4000_0000_0000_0000, Three = 0x4008_0000_0000_0000;
    private const ulong Four = 0x4010_0000_0000_0000, Largest = 0x7FEF_FFFF_FFFF_FFFF, Infinity = 0x7FF0_0000_0000_0000;
    private const ulong Sign = 1UL << 63, Quiet = 0x7FF8_0000_0000_0000, Signaling = 0x7FF0_0000_0000_0001;
    private const ulong HalfUlp = 0x3CA0_0000_0000_0000, Half = 0x3FE0_0000_0000_0000, Boxed = 0xFFFF_FFFF_0000_0000;
    private const int ToZero = 1, Down = 2, Up = 3, Away = 4, Dynamic = 7;

    internal static IEnumerable<InstructionRow> All =>
        [.. Arithmetic, .. Fused, .. SignsAndOrder, .. Comparisons, .. Classes, .. Formats, .. ToInteger,
            .. FromInteger];

    private static IEnumerable<InstructionRow> Arithmetic =>
    [
        Row(Opcode.FaddD, "exact").GivenF(One, One).GivesF(Two),
        Row(Opcode.FaddD, "tie to even").GivenF(One, HalfUlp).GivesF(One, Nx),
        Row(Opcode.FaddD, "tie away").Rounding(Away).GivenF(One, HalfUlp).GivesF(One + 1, Nx),
        Row(Opcode.FaddD, "dynamic up").Rounding(Dynamic).GivenControl(0x60).GivenF(One, HalfUlp).GivesF(One + 1, Nx),
        Row(Opcode.FaddD, "a boxed single is a NaN").GivenF(Boxed | 0x3F80_0000, One).GivesF(Quiet),
        Row(Opcode.FaddD, "one register").Registers(11, 11, 11).GivenF(One).GivesF(Two),
        Row(Opcode.FsubD, "zero, down").Rounding(Down).GivenF(One, One).GivesF(Sign),
        Row(Opcode.FsubD, "infinities cancel").GivenF(Infinity, Infinity).GivesF(Quiet, Nv),
        Row(Opcode.FmulD, "exact").GivenF(Three, Two).GivesF(0x4018_0000_0000_0000),
        Row(Opcode.FmulD, "overflow").GivenF(Largest, Two).GivesF(Infinity, Of | Nx),
        Row(Opcode.FmulD, "overflow, down").Rounding(Down).GivenF(Largest, Two).GivesF(Largest, Of | Nx),
        Row(Opcode.FmulD, "underflow").GivenF(1, Half).GivesF(0, Uf | Nx),
        Row(Opcode.FdivD, "third").GivenF(One, Three).GivesF(0x3FD5_5555_5555_5555, Nx),
        Row(Opcode.FdivD, "third up").Rounding(Up).GivenF(One, Three).GivesF(0x3FD5_5555_5555_5556, Nx),
        Row(Opcode.FdivD, "by zero").GivenF(One, Sign).GivesF(Infinity | Sign, Dz),
        Row(Opcode.FdivD, "signaling").GivenF(Signaling, One).GivesF(Quiet, Nv),
        Row(Opcode.FsqrtD, "two").GivenF(Two).GivesF(0x3FF6_A09E_667F_3BCD, Nx),
        Row(Opcode.FsqrtD, "negative").GivenF(One | Sign).GivesF(Quiet, Nv),
    ];

    private static IEnumerable<InstructionRow> Fused =>
    [
        Row(Opcode.FmaddD, "2*3+4").GivenF(Two, Three, Four).GivesF(0x4024_0000_0000_0000),
        Row(Opcode.FmsubD, "2*3-4").GivenF(Two, Three, Four).GivesF(Two),
        Row(Opcode.FnmsubD, "-2*3+4").GivenF(Two, Three, Four).GivesF(Two | Sign),
        Row(Opcode.FnmaddD, "-2*3-4").GivenF(Two, Three, Four).GivesF(0xC024_0000_0000_0000),
        Row(Opcode.FmsubD, "rounds once").GivenF(One + 1, 0x3FEF_FFFF_FFFF_FFFE, One).GivesF(0xB970_0000_0000_0000),
        Row(Opcode.FmaddD, "infinity by zero plus a quiet NaN").GivenF(0, Infinity, Quiet).GivesF(Quiet, Nv),
        Row(Opcode.FnmaddD, "-1*1+1 is +0").GivenF(One, One, One | Sign).GivesF(0),
        Row(Opcode.FmaddD, "f31 everywhere").Registers(31, 31, 31, 31).GivenF(Two, Two, Two)
            .GivesF(0x4018_0000_0000_0000),
    ];

    private static IEnumerable<InstructionRow> SignsAndOrder =>
    [
        Row(Opcode.FsgnjD, "takes the sign").GivenF(One, Two | Sign).GivesF(One | Sign),
        Row(Opcode.FsgnjD, "moves a boxed single").GivenF(Boxed | 1, Boxed | 1).GivesF(Boxed | 1),
        Row(Opcode.FsgnjnD, "negates a signaling NaN").GivenF(Signaling, Signaling).GivesF(Signaling | Sign),
        Row(Opcode.FsgnjxD, "absolute value").GivenF(Two | Sign, Two | Sign).GivesF(Two),
        Row(Opcode.FminD, "-0 is below +0").GivenF(0, Sign).GivesF(Sign),
        Row(Opcode.FminD, "signaling NaN loses and is invalid").GivenF(Signaling, One).GivesF(One, Nv),
        Row(Opcode.FmaxD, "quiet NaN loses").GivenF(One, Quiet).GivesF(One),
        Row(Opcode.FmaxD, "two NaNs").GivenF(Quiet | Sign, Quiet | 5).GivesF(Quiet),
    ];

    private static IEnumerable<InstructionRow> Comparisons =>
    [
        Row(Opcode.FeqD, "zeros").GivenF(0, Sign).Gives(1),
        Row(Opcode.FeqD, "quiet NaN is quiet").GivenF(Quiet, One).Gives(0),
        Row(Opcode.FeqD, "signaling NaN").GivenF(One, Signaling).Raises(0, Nv),
        Row(Opcode.FltD, "less").GivenF(One, Two).Gives(1),
        Row(Opcode.FltD, "quiet NaN is invalid").GivenF(Quiet, One).Raises(0, Nv),
        Row(Opcode.FleD, "equal").GivenF(Two, Two).Gives(1),
        Row(Opcode.FleD, "negative subnormals").GivenF(Sign | 1, Sign | 2).Gives(0),
    ];

    private static IEnumerable<InstructionRow> Classes =>
    [
        Row(Opcode.FclassD, "-infinity").GivenF(Infinity | Sign).Gives(1 << 0),
        Row(Opcode.FclassD, "negative normal").GivenF(One | Sign).Gives(1 << 1),
        Row(Opcode.FclassD, "negative subnormal").GivenF(Sign | 1).Gives(1 << 2),
        Row(Opcode.FclassD, "-0").GivenF(Sign).Gives(1 << 3),
        Row(Opcode.FclassD, "+0").GivenF(0).Gives(1 << 4),
        Row(Opcode.FclassD, "positive subnormal").GivenF(0x000F_FFFF_FFFF_FFFF).Gives(1 << 5),
        Row(Opcode.FclassD, "positive normal").GivenF(0x0010_0000_0000_0000).Gives(1 << 6),
        Row(Opcode.FclassD, "+infinity").GivenF(Infinity).Gives(1 << 7),
        Row(Opcode.FclassD, "signaling NaN").GivenF(Signaling).Gives(1 << 8),
        Row(Opcode.FclassD, "quiet NaN").GivenF(Quiet).Gives(1 << 9),
        Row(Opcode.FclassD, "a boxed single is a NaN").GivenF(Boxed).Gives(1 << 9),
    ];

    private static IEnumerable<InstructionRow> Formats =>
    [
        Row(Opcode.FcvtSD, "boxes").GivenF(One).GivesF(Boxed | 0x3F80_0000),
        Row(Opcode.FcvtSD, "tie to even").GivenF(0x3FF0_0000_1000_0000).GivesF(Boxed | 0x3F80_0000, Nx),
        Row(Opcode.FcvtSD, "tie away").Rounding(Away).GivenF(0x3FF0_0000_1000_0000).GivesF(Boxed | 0x3F80_0001, Nx),
        Row(Opcode.FcvtSD, "overflow").GivenF(Largest).GivesF(Boxed | 0x7F80_0000, Of | Nx),
        Row(Opcode.FcvtSD, "overflow to zero").Rounding(ToZero).GivenF(Largest).GivesF(Boxed | 0x7F7F_FFFF, Of | Nx),
        Row(Opcode.FcvtSD, "underflow").GivenF(One >> 1).GivesF(Boxed, Uf | Nx),
        Row(Opcode.FcvtSD, "signaling NaN").GivenF(Signaling).GivesF(Boxed | 0x7FC0_0000, Nv),
        Row(Opcode.FcvtDS, "exact").GivenF(Boxed | 0x3F80_0000).GivesF(One),
        Row(Opcode.FcvtDS, "smallest subnormal").GivenF(Boxed | 1).GivesF(0x36A0_0000_0000_0000),
        Row(Opcode.FcvtDS, "signaling NaN").GivenF(Boxed | 0x7F80_0001).GivesF(Quiet, Nv),
        Row(Opcode.FcvtDS, "unboxed").GivenF(One).GivesF(Quiet),
        Row(Opcode.FmvXD, "raw bits").GivenF(Signaling | Sign).Gives(Signaling | Sign),
        Row(Opcode.FmvXD, "into x0").Registers(0).GivenF(One),
        Row(Opcode.FmvDX, "raw bits").Given(0x1234_5678_9ABC_DEF0).GivesF(0x1234_5678_9ABC_DEF0),
        Row(Opcode.FmvDX, "into f0 from x0").Registers(0, 0).GivesF(0),
    ];

    private static IEnumerable<InstructionRow> ToInteger =>
    [
        Row(Opcode.FcvtWD, "2^31 - 0.5 to zero").Rounding(ToZero).GivenF(0x41DF_FFFF_FFE0_0000).Raises(0x7FFF_FFFF, Nx),
        Row(Opcode.FcvtWD, "2^31 - 0.5 to even").GivenF(0x41DF_FFFF_FFE0_0000).Raises(0x7FFF_FFFF, Nv),
        Row(Opcode.FcvtWD, "-2^31 - 1").GivenF(0xC1E0_0000_0020_0000).Raises(0xFFFF_FFFF_8000_0000, Nv),
        Row(Opcode.FcvtWD, "NaN").GivenF(Quiet | Sign).Raises(0x7FFF_FFFF, Nv),
        Row(Opcode.FcvtWuD, "2^32-1 is sign-extended").GivenF(0x41EF_FFFF_FFE0_0000).Gives(ulong.MaxValue),
        Row(Opcode.FcvtWuD, "2^32").GivenF(0x41F0_0000_0000_0000).Raises(ulong.MaxValue, Nv),
        Row(Opcode.FcvtWuD, "-0.5 up").Rounding(Up).GivenF(Half | Sign).Raises(0, Nx),
        Row(Opcode.FcvtWuD, "-infinity").GivenF(Infinity | Sign).Raises(0, Nv),
        Row(Opcode.FcvtLD, "2^63").GivenF(0x43E0_0000_0000_0000).Raises(long.MaxValue, Nv),
        Row(Opcode.FcvtLD, "-2^63").GivenF(0xC3E0_0000_0000_0000).Gives(long.MinValue),
        Row(Opcode.FcvtLuD, "2^63").GivenF(0x43E0_0000_0000_0000).Gives(1UL << 63),
        Row(Opcode.FcvtLuD, "2^64").GivenF(0x43F0_0000_0000_0000).Raises(ulong.MaxValue, Nv),
        Row(Opcode.FcvtLuD, "-1").GivenF(One | Sign).Raises(0, Nv),
    ];

    private static IEnumerable<InstructionRow> FromInteger =>
    [
        Row(Opcode.FcvtDW, "-1, upper half does not count").Given(0xFFFF_FFFF).GivesF(One | Sign),
        Row(Opcode.FcvtDWu, "2^32-1").Given(ulong.MaxValue).GivesF(0x41EF_FFFF_FFE0_0000),
        Row(Opcode.FcvtDL, "2^53+1").Given((1UL << 53) + 1).GivesF(0x4340_0000_0000_0000, Nx),
        Row(Opcode.FcvtDL, "2^53+1 up").Rounding(Up).Given((1UL << 53) + 1).GivesF(0x4340_0000_0000_0001, Nx),
        Row(Opcode.FcvtDL, "-1").Given(ulong.MaxValue).GivesF(One | Sign),
        Row(Opcode.FcvtDLu, "2^64-1").Given(ulong.MaxValue).GivesF(0x43F0_0000_0000_0000, Nx),
    ];

    private static InstructionRow Row(Opcode opcode, string name) => new(opcode, name);
}
