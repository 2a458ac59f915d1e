using System.Buffers.Binary;
using Vee.Machines.Isa;
using Vee.Machines.Tests.Isa;

namespace Vee.Machines.Tests.Execution.Differential;

/// <summary>
/// A static executable that runs many sequences: a driver loads all registers from a sequence's record, jumps to it,
/// stores all registers back and goes on to the next record; at the end it writes the records to its output.
/// </summary>
/// <remarks>
/// x4 always holds the record, x3 only ways in and out. A record is x (slot 0: the sequence's address), f, fcsr and
/// scratch memory. Its size is no multiple of a line or a page, so that accesses straddle both.
/// </remarks>
internal sealed class BatchImage
{
    internal const ulong Base = 0x1_0000;
    internal const int RecordBytes = 2304;
    internal const int FloatOffset = 256, ControlOffset = 512, ScratchOffset = 640;
    private const int CodeOffset = 0x1000;
    private const int Record = 4, Way = 3;
    private const int FloatControl = 3;

    // Linux system calls write(2) and exit(2) by their numbers on RISC-V.
    private const int SystemWrite = 64, SystemExit = 93;

    private readonly byte[] bytes;
    private int epilogue;

    internal BatchImage(IReadOnlyList<RandomSequence> sequences)
    {
        Count = sequences.Count;
        List<uint>[] bodies = [.. sequences.Select(sequence => RandomItem.Encode(sequence.Items))];
        var driverBytes = Driver(0, 0).Sum(encoding => HartFixture.LengthOf(encoding));
        var starts = new int[Count + 1];
        starts[0] = CodeOffset + driverBytes;
        for (var index = 0; index < Count; index++)
        {
            starts[index + 1] = starts[index] + bodies[index].Sum(HartFixture.LengthOf) + 8;
        }

        TableOffset = (starts[Count] + 0xFFF) & ~0xFFF;
        bytes = new byte[TableOffset + TableBytes + 8];
        StaticElf.WriteHeaders(bytes, Base, Base + CodeOffset);
        Put(CodeOffset, Driver(TableOffset - CodeOffset, TableBytes));
        for (var index = 0; index < Count; index++)
        {
            var end = Put(starts[index], bodies[index]);
            Put(end, new RandomItem(ItemKind.Indirect, 0, Rs1: Way).Encode(epilogue - end));
            PutRecord(TableOffset + (index * RecordBytes), starts[index], sequences[index]);
        }
    }

    /// <summary>Sequences.</summary>
    internal int Count { get; }

    /// <summary>The whole file, which is loaded at <see cref="Base"/>.</summary>
    internal byte[] Bytes => bytes;

    internal static ulong Entry => Base + CodeOffset;

    /// <summary>Where the records are in the file.</summary>
    internal int TableOffset { get; }

    internal int TableBytes => Count * RecordBytes;

    /// <summary>Instructions of the driver around one sequence, the two that leave the sequence included.</summary>
    internal static int DriverInstructionsPerSequence => 3 + 32 + 29 + 1 + 2 + 29 + 32 + 2 + 4;

    /// <summary>Instructions before the first sequence and, up to the system call, after the last.</summary>
    internal static int DriverInstructionsOnce => 2 + 9;

    private List<uint> Driver(int tableDistance, int tableBytes)
    {
        int[] integers = [.. Enumerable.Range(1, 31).Where(index => index is not (Way or Record))];
        List<uint> code = [.. AddressOf(Record, tableDistance)];
        var loop = code.Count;
        code.Add(Load(5, ControlOffset));
        code.Add(Assembler.Encode(Opcode.Csrrw, 0, 5, immediate: FloatControl));
        code.AddRange(Enumerable.Range(0, 32).Select(index =>
            Assembler.Encode(Opcode.Fld, index, Record, immediate: FloatOffset + (8 * index))));
        code.Add(Load(Way, 0));
        code.AddRange(integers.Select(index => Load(index, 8 * index)));
        code.Add(Assembler.Encode(Opcode.Jalr, 0, Way));

        epilogue = CodeOffset + (code.Count * 4);
        code.AddRange(integers.Select(index => Store(index, 8 * index)));
        code.AddRange(Enumerable.Range(0, 32).Select(index =>
            Assembler.Encode(Opcode.Fsd, 0, Record, index, immediate: FloatOffset + (8 * index))));
        code.Add(Assembler.Encode(Opcode.Csrrs, 5, 0, immediate: FloatControl));
        code.Add(Store(5, ControlOffset));
        code.Add(Add(Record, Record, 2047));
        code.Add(Add(Record, Record, RecordBytes - 2047));
        code.Add(Load(5, 0));
        code.Add(Assembler.Encode(Opcode.Bne, 0, 5, 0, immediate: (loop - code.Count) * 4));

        // write(1, table, tableBytes) until all is written, then exit(0).
        code.AddRange(AddressOf(11, tableDistance - (code.Count * 4)));
        code.Add(Assembler.Encode(Opcode.Lui, 12, immediate: (tableBytes + 0x800) & ~0xFFF));
        code.Add(Add(12, 12, tableBytes - ((tableBytes + 0x800) & ~0xFFF)));
        var write = code.Count;
        code.Add(Add(10, 0, 1));
        code.Add(Add(17, 0, SystemWrite));
        code.Add(Assembler.Encode(Opcode.Ecall));
        code.Add(Assembler.Encode(Opcode.Add, 11, 11, 10));
        code.Add(Assembler.Encode(Opcode.Sub, 12, 12, 10));
        code.Add(Assembler.Encode(Opcode.Bne, 0, 12, 0, immediate: (write - code.Count) * 4));
        code.Add(Add(10, 0, 0));
        code.Add(Add(17, 0, SystemExit));
        code.Add(Assembler.Encode(Opcode.Ecall));
        return code;
    }

    private void PutRecord(int offset, int start, RandomSequence sequence)
    {
        for (var index = 0; index < 32; index++)
        {
            PutDouble(offset + (8 * index), sequence.X[index]);
            PutDouble(offset + FloatOffset + (8 * index), sequence.F[index]);
        }

        PutDouble(offset, Base + (ulong)start);
        foreach (var (register, pointer) in sequence.PointerOffsets)
        {
            PutDouble(offset + (8 * register), Base + (ulong)(offset + ScratchOffset + pointer));
        }

        PutDouble(offset + ControlOffset, sequence.FloatControl);
        sequence.Scratch.CopyTo(bytes, offset + ScratchOffset);
    }

    private int Put(int offset, IEnumerable<uint> encodings)
    {
        foreach (var encoding in encodings)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), (ushort)encoding);
            if (HartFixture.LengthOf(encoding) == 4)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset + 2), (ushort)(encoding >> 16));
            }

            offset += HartFixture.LengthOf(encoding);
        }

        return offset;
    }

    private void PutDouble(int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value);

    private static uint[] AddressOf(int register, int distance) =>
    [
        Assembler.Encode(Opcode.Auipc, register, immediate: (distance + 0x800) & ~0xFFF),
        Add(register, register, distance - ((distance + 0x800) & ~0xFFF)),
    ];

    private static uint Add(int rd, int rs1, int immediate) => Assembler.Encode(Opcode.Addi, rd, rs1,
        immediate: immediate);

    private static uint Load(int register, int offset) => Assembler.Encode(Opcode.Ld, register, Record,
        immediate: offset);

    private static uint Store(int register, int offset) =>
        Assembler.Encode(Opcode.Sd, 0, Record, register, immediate: offset);
}
