using System.Buffers.Binary;
using System.Text;

namespace Vee.Agent.Tests.Support;

/// <summary>Assembles a small static RISC-V program, instruction by instruction, with one symbol per label.</summary>
/// <remarks>
/// Source: RISC-V unprivileged ISA, chapter 2; System V ABI, "Object Files". Code is at 0x11000, writable data at
/// 0x20000.
/// </remarks>
internal sealed class Program
{
    internal const int Data = 0x20000, Zero = 0, A0 = 10, A1 = 11, A2 = 12, A3 = 13, A7 = 17, S0 = 8;

    private const int CodeOffset = 0x1000, CodeAddress = 0x11000, DataBytesDefault = 0x4000;
    private const int HeaderBytes = 64, ProgramHeaderBytes = 56, SectionBytes = 64, SymbolBytes = 24;

    private readonly List<Func<int, uint>> code = [];
    private readonly Dictionary<string, int> labels = new(StringComparer.Ordinal);
    private readonly byte[] data = new byte[DataBytesDefault];

    private int Here => code.Count * 4;

    internal Program Label(string name)
    {
        labels.Add(name, Here);
        return this;
    }

    internal Program Put(int offset, params ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(data.AsSpan(offset));
        return this;
    }

    internal Program Put64(int offset, params ReadOnlySpan<long> words)
    {
        foreach (var word in words)
        {
            BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(offset), word);
            offset += sizeof(long);
        }

        return this;
    }

    /// <summary>rd = value</summary>
    internal Program Li(int rd, int value)
    {
        // Both immediates are signed: what the lower one takes away, the upper one adds.
        var low = value << 20 >> 20;
        var high = unchecked((uint)(value - low));
        Add(_ => (high & 0xfffff000) | ((uint)rd << 7) | 0x37);
        return Add(_ => (unchecked((uint)low) << 20) | ((uint)rd << 15) | ((uint)rd << 7) | 0x1b);
    }

    /// <summary>rd = rs</summary>
    internal Program Mv(int rd, int rs) => Add(_ => ((uint)rs << 15) | ((uint)rd << 7) | 0x13);

    /// <summary>rd = -rd</summary>
    internal Program Neg(int rd) => Add(_ => 0x40000033 | ((uint)rd << 20) | ((uint)rd << 7));

    /// <summary>Stores eight bytes of rs to the address in base.</summary>
    internal Program Sd(int rs, int baseRegister) =>
        Add(_ => ((uint)rs << 20) | ((uint)baseRegister << 15) | 0x3023);

    internal Program Jump(string label) => Add(at => Jal(labels[label] - at));

    /// <summary>Jumps if left = right.</summary>
    internal Program Beq(int left, int right, string label) => Branch(0, left, right, label);

    /// <summary>Jumps if left &lt; right.</summary>
    internal Program Blt(int left, int right, string label) => Branch(4, left, right, label);

    /// <summary>A system call with up to four arguments.</summary>
    internal Program Call(int number, params ReadOnlySpan<int> arguments)
    {
        for (var index = 0; index < arguments.Length; index++)
        {
            Li(A0 + index, arguments[index]);
        }

        return Ecall(number);
    }

    /// <summary>A system call with its arguments in place.</summary>
    internal Program Ecall(int number) => Li(A7, number).Add(_ => 0x73);

    internal byte[] Build(ushort machine = 243, byte elfClass = 2, int dataBytes = DataBytesDefault)
    {
        var names = new List<byte> { 0 };
        var symbols = new List<byte>(new byte[SymbolBytes]);
        foreach (var (name, at) in labels)
        {
            symbols.AddRange(Fields((names.Count, 4), (2, 1), (0, 1), (1, 2), (CodeAddress + at, 8), (4, 8)));
            names.AddRange(Encoding.ASCII.GetBytes(name));
            names.Add(0);
        }

        var dataOffset = CodeOffset + 0x1000;
        var symbolsOffset = dataOffset + dataBytes;
        var namesOffset = symbolsOffset + symbols.Count;
        var sectionsOffset = namesOffset + names.Count;
        var file = new byte[sectionsOffset + (3 * SectionBytes)];
        byte[] header =
        [
            .. "\u007fELF"u8, elfClass, 1, 1, 0, .. new byte[8],
            .. Fields((2, 2), (machine, 2), (1, 4), (CodeAddress, 8), (HeaderBytes, 8), (sectionsOffset, 8), (5, 4)),
            .. Fields((HeaderBytes, 2), (ProgramHeaderBytes, 2), (2, 2), (SectionBytes, 2), (3, 2), (2, 2)),
            .. Segment(5, CodeOffset, CodeAddress, Here),
            .. Segment(6, dataOffset, Data, dataBytes),
        ];
        header.CopyTo(file, 0);
        for (var index = 0; index < code.Count; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(CodeOffset + (index * 4)), code[index](index * 4));
        }

        data.CopyTo(file, dataOffset);
        symbols.CopyTo(file, symbolsOffset);
        names.CopyTo(file, namesOffset);
        Section(2, symbolsOffset, symbols.Count, 2).CopyTo(file, sectionsOffset + SectionBytes);
        Section(3, namesOffset, names.Count, 0).CopyTo(file, sectionsOffset + (2 * SectionBytes));
        return file;
    }

    private static byte[] Segment(int flags, int offset, int address, int bytes) =>
        Fields((1, 4), (flags, 4), (offset, 8), (address, 8), (address, 8), (bytes, 8), (bytes, 8), (0x1000, 8));

    private static byte[] Section(int type, int offset, int bytes, int link) => Fields(
        (0, 4), (type, 4), (0, 8), (0, 8), (offset, 8), (bytes, 8), (link, 4), (0, 4), (8, 8), (0, 8));

    private static byte[] Fields(params ReadOnlySpan<(long Value, int Bytes)> fields)
    {
        var all = new List<byte>();
        Span<byte> eight = stackalloc byte[8];
        foreach (var (value, bytes) in fields)
        {
            BinaryPrimitives.WriteInt64LittleEndian(eight, value);
            all.AddRange(eight[..bytes]);
        }

        return [.. all];
    }

    private static uint Jal(int offset)
    {
        var bits = unchecked((uint)offset);
        return ((bits >> 20 & 1) << 31) | ((bits >> 1 & 0x3ff) << 21) | ((bits >> 11 & 1) << 20)
            | ((bits >> 12 & 0xff) << 12) | 0x6f;
    }

    private Program Branch(uint kind, int left, int right, string label) => Add(at =>
    {
        var bits = unchecked((uint)(labels[label] - at));
        return ((bits >> 12 & 1) << 31) | ((bits >> 5 & 0x3f) << 25) | ((uint)right << 20) | ((uint)left << 15)
            | (kind << 12) | ((bits >> 1 & 0xf) << 8) | ((bits >> 11 & 1) << 7) | 0x63;
    });

    private Program Add(Func<int, uint> instruction)
    {
        code.Add(instruction);
        return this;
    }
}
