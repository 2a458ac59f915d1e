namespace Vee.Machines.Tests.Execution;

/// <summary>Integer operands at which instructions change their behaviour.</summary>
internal static class EdgeValues
{
    internal static readonly ulong[] Registers =
    [
        0, 1, ulong.MaxValue, 2, 31, 32, 33, 63, 64,
        0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000,
        0xFFFF_FFFF_8000_0000, 0xFFFF_FFFF_7FFF_FFFF, 0x8000_0000_8000_0000,
        0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0x8000_0000_0000_0001,
        0x5555_5555_5555_5555, 0xAAAA_AAAA_AAAA_AAAA, 0x0123_4567_89AB_CDEF,
    ];

    /// <summary>A value at an edge, near one, of random width or of random bits.</summary>
    internal static ulong Next(Random random) => random.Next(4) switch
    {
        0 => Registers[random.Next(Registers.Length)],
        1 => Registers[random.Next(Registers.Length)] + (ulong)random.NextInt64(-3, 4),
        2 => (ulong)random.NextInt64() >> random.Next(64),
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
    };
}
