using System.Buffers.Binary;

namespace Vee.Cli.Tests.Simulations;

/// <summary>Programs of a few RISC-V instructions, as ELF files.</summary>
internal static class TinyProgram
{
    private const int HeaderBytes = 64 + 56;
    private const ulong LoadAddress = 0x10000;
    private const uint Ecall = 0x73;

    /// <summary>Executes an instruction that there is none of.</summary>
    public static byte[] Illegal() => Of(0);

    /// <summary>Waits for itself: for another value of a word on its stack, without an end.</summary>
    public static byte[] Deadlock() => Of(
        // sw zero, 0(sp); then futex(sp, FUTEX_WAIT_PRIVATE, 0, no timeout).
        0x00012023, Add(10, 2, 0), Add(11, 0, 128), Add(12, 0, 0), Add(13, 0, 0), Add(17, 0, 98), Ecall);

    private static uint Add(uint register, uint other, uint value) =>
        (value << 20) | (other << 15) | (register << 7) | 0x13;

    private static byte[] Of(params uint[] instructions)
    {
        var file = new byte[HeaderBytes + (4 * instructions.Length)];
        byte[] identification = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identification.CopyTo(file, 0);
        Write16(16, 2);
        Write16(18, 243);
        Write32(20, 1);
        Write64(24, LoadAddress + HeaderBytes);
        Write64(32, 64);
        Write16(52, 64);
        Write16(54, 56);
        Write16(56, 1);
        Write32(64, 1);
        Write32(68, 5);
        Write64(80, LoadAddress);
        Write64(88, LoadAddress);
        Write64(96, (ulong)file.Length);
        Write64(104, (ulong)file.Length);
        Write64(112, 0x1000);
        for (var index = 0; index < instructions.Length; index++)
        {
            Write32(HeaderBytes + (4 * index), instructions[index]);
        }

        return file;

        void Write16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);

        void Write32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);

        void Write64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
    }
}
