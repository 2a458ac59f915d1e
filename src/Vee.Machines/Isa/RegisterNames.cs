namespace Vee.Machines.Isa;

/// <summary>The ABI names of registers.</summary>
/// <remarks>Source: RISC-V ABIs specification (psABI), chapter "Register Convention".</remarks>
public static class RegisterNames
{
    private static readonly string[] IntegerNames =
    [
        "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2",
        "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
        "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7",
        "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
    ];

    private static readonly string[] FloatNames =
    [
        "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7",
        "fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5",
        "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7",
        "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
    ];

    /// <summary>The ABI name of an integer register, such as "a0" for x10.</summary>
    /// <param name="index">Register index, 0..31.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such register.</exception>
    public static string X(int index) => IntegerNames[index];

    /// <summary>The ABI name of a floating-point register, such as "fa0" for f10.</summary>
    /// <param name="index">Register index, 0..31.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such register.</exception>
    public static string F(int index) => FloatNames[index];
}
