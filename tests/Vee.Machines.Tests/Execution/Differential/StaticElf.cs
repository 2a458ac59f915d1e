using System.Buffers.Binary;

namespace Vee.Machines.Tests.Execution.Differential;

/// <summary>
/// Headers of a static executable whose one segment is the whole file. Source: System V ABI, "Object Files".
/// </summary>
internal static class StaticElf
{
    private const int HeaderBytes = 64, ProgramHeaderBytes = 56;
    private const ushort Executable = 2, RiscV = 243;
    private const uint Load = 1, ReadWriteExecute = 7;

    // RVC and the double-float calling convention: what RV64GC toolchains set.
    private const uint CompressedDoubleFloat = 5;

    internal static void WriteHeaders(Span<byte> file, ulong address, ulong entry)
    {
        file[..HeaderBytes].Clear();
        "\u007fELF"u8.CopyTo(file);
        file[4] = 2;
        file[5] = 1;
        file[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(file[16..], Executable);
        BinaryPrimitives.WriteUInt16LittleEndian(file[18..], RiscV);
        BinaryPrimitives.WriteUInt32LittleEndian(file[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(file[24..], entry);
        BinaryPrimitives.WriteUInt64LittleEndian(file[32..], HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(file[48..], CompressedDoubleFloat);
        BinaryPrimitives.WriteUInt16LittleEndian(file[52..], HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(file[54..], ProgramHeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(file[56..], 1);

        var segment = file.Slice(HeaderBytes, ProgramHeaderBytes);
        segment.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(segment, Load);
        BinaryPrimitives.WriteUInt32LittleEndian(segment[4..], ReadWriteExecute);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[24..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[48..], 0x1000);
    }
}
