using Vee.Machines.Isa;

namespace Vee.Machines.Tests.Execution;

/// <summary>Single precision by hand: ISA manual, chapter "F", and "NaN Boxing" of chapter "D".</summary>
internal static class SingleRows
{
    private const uint Nx = 1, Uf = 2, Of = 4, Dz = 8, Nv = 16;
    private const uint One = 0x3F80_0000, Two = 0x4000_0000, Three = 0x4040_0000, Four = 0x4080_0000;
    private const uint Largest = 0x7F7F_FFFF, Tiny = 1, Infinity = 0x7F80_0000, Sign = 0x8000_0000;
    private const uint Quiet = 0x7FC0_0000, Signaling = 0x7F80_0001, HalfUlp = 0x3380_0000;
    private const int ToZero = 1, Down = 2, Up = 3, Away = 4, Dynamic = 7;
    private const ulong Unboxed = 0x0000_0000_3F80_0000;

    internal static IEnumerable<InstructionRow> All =>
        [.. Sums, .. Products, .. Fused, .. SignsAndOrder, .. Comparisons, .. Classes, .. ToInteger, .. FromInteger];

    private static IEnumerable<InstructionRow> Sums =>
    [
        Row(Opcode.FaddS, "exact").GivenF(B(One), B(One)).GivesF(B(Two)),
        Row(Opcode.FaddS, "tie to even").GivenF(B(One), B(HalfUlp)).GivesF(B(One), Nx),
        Row(Opcode.FaddS, "tie away").Rounding(Away).GivenF(B(One), B(HalfUlp)).GivesF(B(One + 1), Nx),
        Row(Opcode.FaddS, "up").Rounding(Up).GivenF(B(One), B(HalfUlp)).GivesF(B(One + 1), Nx),
        Row(Opcode.FaddS, "dynamic up").Rounding(Dynamic).GivenControl(0x60).GivenF(B(One), B(HalfUlp))
            .GivesF(B(One + 1), Nx),
        Row(Opcode.FaddS, "static beats frm").GivenControl(0x60).GivenF(B(One), B(HalfUlp)).GivesF(B(One), Nx),
        Row(Opcode.FaddS, "static with reserved frm").GivenControl(0xE0).GivenF(B(One), B(One)).GivesF(B(Two)),
        Row(Opcode.FaddS, "overflow").GivenF(B(Largest), B(Largest)).GivesF(B(Infinity), Of | Nx),
        Row(Opcode.FaddS, "overflow towards zero").Rounding(ToZero).GivenF(B(Largest), B(Largest))
            .GivesF(B(Largest), Of | Nx),
        Row(Opcode.FaddS, "infinities cancel").GivenF(B(Infinity), B(Infinity | Sign)).GivesF(B(Quiet), Nv),
        Row(Opcode.FaddS, "payload is lost").GivenF(B(0xFFC1_2345), B(One)).GivesF(B(Quiet)),
        Row(Opcode.FaddS, "signaling").GivenF(B(Signaling), B(One)).GivesF(B(Quiet), Nv),
        Row(Opcode.FaddS, "unboxed first").GivenF(Unboxed, B(One)).GivesF(B(Quiet)),
        Row(Opcode.FaddS, "unboxed second").GivenF(B(One), 0xFFFF_FFFE_3F80_0000).GivesF(B(Quiet)),
        Row(Opcode.FaddS, "one register").Registers(11, 11, 11).GivenF(B(One)).GivesF(B(Two)),
        Row(Opcode.FsubS, "zero").GivenF(B(One), B(One)).GivesF(B(0)),
        Row(Opcode.FsubS, "zero, down").Rounding(Down).GivenF(B(One), B(One)).GivesF(B(Sign)),
        Row(Opcode.FsubS, "exact").GivenF(B(One), B(Three)).GivesF(B(Two | Sign)),
    ];

    private static IEnumerable<InstructionRow> Products =>
    [
        Row(Opcode.FmulS, "exact").GivenF(B(Three), B(Two)).GivesF(B(0x40C0_0000)),
        Row(Opcode.FmulS, "overflow").GivenF(B(Largest), B(Two | Sign)).GivesF(B(Infinity | Sign), Of | Nx),
        Row(Opcode.FmulS, "underflow to even").GivenF(B(Tiny), B(0x3F00_0000)).GivesF(B(0), Uf | Nx),
        Row(Opcode.FmulS, "underflow up").Rounding(Up).GivenF(B(Tiny), B(0x3F00_0000)).GivesF(B(Tiny), Uf | Nx),
        Row(Opcode.FmulS, "exact subnormal raises nothing").GivenF(B(2), B(0x3F00_0000)).GivesF(B(1)),
        Row(Opcode.FmulS, "infinity by zero").GivenF(B(Infinity), B(0)).GivesF(B(Quiet), Nv),
        Row(Opcode.FdivS, "third").GivenF(B(One), B(Three)).GivesF(B(0x3EAA_AAAB), Nx),
        Row(Opcode.FdivS, "third towards zero").Rounding(ToZero).GivenF(B(One), B(Three)).GivesF(B(0x3EAA_AAAA), Nx),
        Row(Opcode.FdivS, "by zero").GivenF(B(One | Sign), B(0)).GivesF(B(Infinity | Sign), Dz),
        Row(Opcode.FdivS, "zero by zero").GivenF(B(0), B(0)).GivesF(B(Quiet), Nv),
        Row(Opcode.FsqrtS, "four").GivenF(B(Four)).GivesF(B(Two)),
        Row(Opcode.FsqrtS, "two").GivenF(B(Two)).GivesF(B(0x3FB5_04F3), Nx),
        Row(Opcode.FsqrtS, "negative").GivenF(B(One | Sign)).GivesF(B(Quiet), Nv),
        Row(Opcode.FsqrtS, "negative zero").GivenF(B(Sign)).GivesF(B(Sign)),
    ];

    private static IEnumerable<InstructionRow> Fused =>
    [
        Row(Opcode.FmaddS, "2*3+4").GivenF(B(Two), B(Three), B(Four)).GivesF(B(0x4120_0000)),
        Row(Opcode.FmsubS, "2*3-4").GivenF(B(Two), B(Three), B(Four)).GivesF(B(Two)),
        Row(Opcode.FnmsubS, "-2*3+4").GivenF(B(Two), B(Three), B(Four)).GivesF(B(Two | Sign)),
        Row(Opcode.FnmaddS, "-2*3-4").GivenF(B(Two), B(Three), B(Four)).GivesF(B(0xC120_0000)),
        Row(Opcode.FmsubS, "rounds once").GivenF(B(One + 1), B(0x3F7F_FFFE), B(One)).GivesF(B(0xA880_0000)),
        Row(Opcode.FmaddS, "infinity by zero plus a quiet NaN").GivenF(B(Infinity), B(0), B(Quiet))
            .GivesF(B(Quiet), Nv),
        Row(Opcode.FmaddS, "unboxed third").GivenF(B(One), B(One), Unboxed).GivesF(B(Quiet)),
        Row(Opcode.FnmaddS, "-1*1+1 is +0").GivenF(B(One), B(One), B(One | Sign)).GivesF(B(0)),
        Row(Opcode.FnmsubS, "-1*1+1 is +0").GivenF(B(One), B(One), B(One)).GivesF(B(0)),
        Row(Opcode.FmaddS, "all one register").Registers(11, 11, 11, 11).GivenF(B(Two), B(Two), B(Two))
            .GivesF(B(0x40C0_0000)),
    ];

    private static IEnumerable<InstructionRow> SignsAndOrder =>
    [
        Row(Opcode.FsgnjS, "takes the sign").GivenF(B(One), B(Two | Sign)).GivesF(B(One | Sign)),
        Row(Opcode.FsgnjS, "moves a signaling NaN").GivenF(B(Signaling), B(Signaling)).GivesF(B(Signaling)),
        Row(Opcode.FsgnjS, "unboxed value").GivenF(Unboxed, B(Sign)).GivesF(B(Quiet | Sign)),
        Row(Opcode.FsgnjS, "unboxed sign is positive").GivenF(B(One | Sign), 0x8000_0000_8000_0000).GivesF(B(One)),
        Row(Opcode.FsgnjnS, "negates").GivenF(B(One), B(One)).GivesF(B(One | Sign)),
        Row(Opcode.FsgnjnS, "unboxed both").GivenF(Unboxed, Unboxed).GivesF(B(Quiet | Sign)),
        Row(Opcode.FsgnjxS, "absolute value").GivenF(B(Two | Sign), B(Two | Sign)).GivesF(B(Two)),
        Row(Opcode.FsgnjxS, "of different signs").GivenF(B(Two), B(Sign)).GivesF(B(Two | Sign)),
        Row(Opcode.FminS, "-0 is below +0").GivenF(B(0), B(Sign)).GivesF(B(Sign)),
        Row(Opcode.FminS, "quiet NaN loses").GivenF(B(Quiet), B(One)).GivesF(B(One)),
        Row(Opcode.FminS, "signaling NaN loses and is invalid").GivenF(B(One), B(Signaling)).GivesF(B(One), Nv),
        Row(Opcode.FminS, "two NaNs").GivenF(B(0xFFC0_0001), B(0xFFC0_0002)).GivesF(B(Quiet)),
        Row(Opcode.FmaxS, "+0 is above -0").GivenF(B(Sign), B(0)).GivesF(B(0)),
        Row(Opcode.FmaxS, "unboxed loses").GivenF(Unboxed, B(One | Sign)).GivesF(B(One | Sign)),
        Row(Opcode.FmaxS, "two signaling NaNs").GivenF(B(Signaling), B(Signaling)).GivesF(B(Quiet), Nv),
    ];

    private static IEnumerable<InstructionRow> Comparisons =>
    [
        Row(Opcode.FeqS, "equal").GivenF(B(One), B(One)).Gives(1),
        Row(Opcode.FeqS, "zeros").GivenF(B(0), B(Sign)).Gives(1),
        Row(Opcode.FeqS, "quiet NaN is quiet").GivenF(B(Quiet), B(Quiet)).Gives(0),
        Row(Opcode.FeqS, "signaling NaN").GivenF(B(Signaling), B(One)).Raises(0, Nv),
        Row(Opcode.FltS, "less").GivenF(B(One | Sign), B(One)).Gives(1),
        Row(Opcode.FltS, "equal").GivenF(B(One), B(One)).Gives(0),
        Row(Opcode.FltS, "quiet NaN is invalid").GivenF(B(One), B(Quiet)).Raises(0, Nv),
        Row(Opcode.FltS, "unboxed is a quiet NaN").GivenF(Unboxed, B(Two)).Raises(0, Nv),
        Row(Opcode.FleS, "equal").GivenF(B(One), B(One)).Gives(1),
        Row(Opcode.FleS, "infinities").GivenF(B(Infinity), B(Infinity | Sign)).Gives(0),
        Row(Opcode.FleS, "into x0 still raises").Registers(0).GivenF(B(Quiet), B(One)).Raises(0, Nv),
    ];

    private static IEnumerable<InstructionRow> Classes =>
    [
        Row(Opcode.FclassS, "-infinity").GivenF(B(Infinity | Sign)).Gives(1 << 0),
        Row(Opcode.FclassS, "negative normal").GivenF(B(One | Sign)).Gives(1 << 1),
        Row(Opcode.FclassS, "negative subnormal").GivenF(B(Tiny | Sign)).Gives(1 << 2),
        Row(Opcode.FclassS, "-0").GivenF(B(Sign)).Gives(1 << 3),
        Row(Opcode.FclassS, "+0").GivenF(B(0)).Gives(1 << 4),
        Row(Opcode.FclassS, "positive subnormal").GivenF(B(0x007F_FFFF)).Gives(1 << 5),
        Row(Opcode.FclassS, "positive normal").GivenF(B(0x0080_0000)).Gives(1 << 6),
        Row(Opcode.FclassS, "+infinity").GivenF(B(Infinity)).Gives(1 << 7),
        Row(Opcode.FclassS, "signaling NaN").GivenF(B(Signaling | Sign)).Gives(1 << 8),
        Row(Opcode.FclassS, "quiet NaN").GivenF(B(Quiet | Sign)).Gives(1 << 9),
        Row(Opcode.FclassS, "unboxed").GivenF(Unboxed).Gives(1 << 9),
    ];

    private static IEnumerable<InstructionRow> ToInteger =>
    [
        Row(Opcode.FcvtWS, "1.5 to even").GivenF(B(0x3FC0_0000)).Raises(2, Nx),
        Row(Opcode.FcvtWS, "1.5 to zero").Rounding(ToZero).GivenF(B(0x3FC0_0000)).Raises(1, Nx),
        Row(Opcode.FcvtWS, "-1.5 down").Rounding(Down).GivenF(B(0xBFC0_0000)).Raises(ulong.MaxValue - 1, Nx),
        Row(Opcode.FcvtWS, "2^31").GivenF(B(0x4F00_0000)).Raises(0x7FFF_FFFF, Nv),
        Row(Opcode.FcvtWS, "-2^31").GivenF(B(0xCF00_0000)).Gives(0xFFFF_FFFF_8000_0000),
        Row(Opcode.FcvtWS, "-infinity").GivenF(B(Infinity | Sign)).Raises(0xFFFF_FFFF_8000_0000, Nv),
        Row(Opcode.FcvtWS, "NaN").GivenF(B(Quiet | Sign)).Raises(0x7FFF_FFFF, Nv),
        Row(Opcode.FcvtWS, "unboxed").GivenF(Unboxed).Raises(0x7FFF_FFFF, Nv),
        Row(Opcode.FcvtWuS, "large is sign-extended").GivenF(B(0x4F7F_FFFF)).Gives(0xFFFF_FFFF_FFFF_FF00),
        Row(Opcode.FcvtWuS, "-1").GivenF(B(One | Sign)).Raises(0, Nv),
        Row(Opcode.FcvtWuS, "-0.5 to zero").Rounding(ToZero).GivenF(B(0xBF00_0000)).Raises(0, Nx),
        Row(Opcode.FcvtWuS, "NaN").GivenF(B(Quiet)).Raises(ulong.MaxValue, Nv),
        Row(Opcode.FcvtLS, "-1").GivenF(B(One | Sign)).Gives(-1),
        Row(Opcode.FcvtLS, "2^63").GivenF(B(0x5F00_0000)).Raises(long.MaxValue, Nv),
        Row(Opcode.FcvtLS, "-2^63").GivenF(B(0xDF00_0000)).Gives(long.MinValue),
        Row(Opcode.FcvtLuS, "2^63").GivenF(B(0x5F00_0000)).Gives(1UL << 63),
        Row(Opcode.FcvtLuS, "-1").GivenF(B(One | Sign)).Raises(0, Nv),
        Row(Opcode.FcvtLuS, "infinity").GivenF(B(Infinity)).Raises(ulong.MaxValue, Nv),
        Row(Opcode.FmvXW, "sign-extends").GivenF(B(Sign)).Gives(0xFFFF_FFFF_8000_0000),
        Row(Opcode.FmvXW, "takes the low bits of anything").GivenF(0x1234_5678_7ABC_DEF0).Gives(0x7ABC_DEF0),
        Row(Opcode.FmvXW, "into x0").Registers(0).GivenF(B(One)),
    ];

    private static IEnumerable<InstructionRow> FromInteger =>
    [
        Row(Opcode.FcvtSW, "-1, upper half does not count").Given(0xFFFF_FFFF).GivesF(B(One | Sign)),
        Row(Opcode.FcvtSW, "2^24+1").Given(16_777_217).GivesF(B(0x4B80_0000), Nx),
        Row(Opcode.FcvtSW, "2^24+1 up").Rounding(Up).Given(16_777_217).GivesF(B(0x4B80_0001), Nx),
        Row(Opcode.FcvtSWu, "2^32-1").Given(ulong.MaxValue).GivesF(B(0x4F80_0000), Nx),
        Row(Opcode.FcvtSWu, "2^32-1 to zero").Rounding(ToZero).Given(0xFFFF_FFFF).GivesF(B(0x4F7F_FFFF), Nx),
        Row(Opcode.FcvtSL, "-2^63").Given(1UL << 63).GivesF(B(0xDF00_0000)),
        Row(Opcode.FcvtSL, "0, down").Rounding(Down).Given(0).GivesF(B(0)),
        Row(Opcode.FcvtSLu, "2^64-1").Given(ulong.MaxValue).GivesF(B(0x5F80_0000), Nx),
        Row(Opcode.FmvWX, "boxes").Given(0x1234_5678_3F80_0000).GivesF(B(One)),
        Row(Opcode.FmvWX, "into f0").Registers(0).Given(Signaling).GivesF(B(Signaling)),
    ];

    /// <summary>Boxes.</summary>
    private static ulong B(uint bits) => 0xFFFF_FFFF_0000_0000 | bits;

    private static InstructionRow Row(Opcode opcode, string name) => new(opcode, name);
}
