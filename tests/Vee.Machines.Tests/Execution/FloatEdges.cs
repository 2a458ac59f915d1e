namespace Vee.Machines.Tests.Execution;

/// <summary>Floating-point registers worth computing with.</summary>
internal static class FloatEdges
{
    private const ulong Boxed = 0xFFFF_FFFF_0000_0000;

    private static readonly uint[] Singles =
    [
        0, 0x3F80_0000, 0x4000_0000, 0x4040_0000, 0x3F00_0000, 0x3F80_0001, 0x3F7F_FFFF, 0x3380_0000, 0x3400_0000,
        1, 2, 0x007F_FFFF, 0x0080_0000, 0x0080_0001, 0x7F7F_FFFF, 0x7F7F_FFFE, 0x7F80_0000, 0x7F80_0001, 0x7FC0_0000,
        0x4EFF_FFFF, 0x4F00_0000, 0x4F7F_FFFF, 0x4F80_0000, 0x5EFF_FFFF, 0x5F00_0000, 0x5F7F_FFFF, 0x5F80_0000,
        0x4B00_0001, 0x3FC0_0000, 0x2000_0000, 0x1F80_0000, 0x5F00_0001,
    ];

    private static readonly ulong[] Doubles =
    [
        0, 0x3FF0_0000_0000_0000, 0x4000_0000_0000_0000, 0x3FE0_0000_0000_0000, 0x3FF0_0000_0000_0001,
        0x3FEF_FFFF_FFFF_FFFF, 0x3CA0_0000_0000_0000, 1, 2, 0x000F_FFFF_FFFF_FFFF, 0x0010_0000_0000_0000,
        0x7FEF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000, 0x7FF0_0000_0000_0001, 0x7FF8_0000_0000_0000,
        0x41DF_FFFF_FFC0_0000, 0x41DF_FFFF_FFE0_0000, 0x41E0_0000_0000_0000, 0x41EF_FFFF_FFE0_0000,
        0x43DF_FFFF_FFFF_FFFF, 0x43E0_0000_0000_0000, 0x43EF_FFFF_FFFF_FFFF, 0x43F0_0000_0000_0000,
        0x4340_0000_0000_0001, 0x47EF_FFFF_E000_0000, 0x47EF_FFFF_F000_0000, 0x3810_0000_0000_0000,
        0x36A0_0000_0000_0000, 0x3690_0000_0000_0000, 0x2000_0000_0000_0000, 0x3FF8_0000_0000_0000,
    ];

    /// <summary>A single or a double at an edge, near one, of common size or of random bits.</summary>
    internal static ulong Next(Random random) => random.Next(8) switch
    {
        0 => Boxed | Singles[random.Next(Singles.Length)] ^ (uint)random.Next(2) << 31,
        1 => Boxed | Singles[random.Next(Singles.Length)] + (uint)random.Next(-2, 3),
        2 => Boxed | (uint)random.NextInt64(1L << 32),
        3 => Boxed | BitConverter.SingleToUInt32Bits((float)Common(random)),
        4 => Doubles[random.Next(Doubles.Length)] ^ (ulong)random.Next(2) << 63,
        5 => Doubles[random.Next(Doubles.Length)] + (ulong)random.Next(-2, 3),
        6 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        _ => BitConverter.DoubleToUInt64Bits(Common(random)),
    };

    private static double Common(Random random) => (random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-40, 70));
}
