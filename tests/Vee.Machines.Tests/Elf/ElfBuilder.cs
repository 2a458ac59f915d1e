using System.Buffers.Binary;
using System.Text;

namespace Vee.Machines.Tests.Elf;

/// <summary>Writes ELF files field by field, right or wrong. Source: System V ABI, "Object Files".</summary>
internal sealed class ElfBuilder
{
    internal const int HeaderBytes = 64, ProgramHeaderBytes = 56, SectionHeaderBytes = 64, SymbolBytes = 24;

    private readonly List<Header> headers = [];
    private readonly List<(ulong Address, ulong Bytes, string Name, byte Type, ushort Section)> symbols = [];

    internal sealed record Header(
        uint Type, uint Flags, ulong Offset, ulong Address, ulong FileBytes, ulong MemoryBytes);

    internal byte Class { get; init; } = 2;

    internal byte Order { get; init; } = 1;

    internal ushort Type { get; init; } = 2;

    internal ushort Machine { get; init; } = 243;

    internal ulong Entry { get; init; } = 0x1_0100;

    internal ulong? ProgramHeaderOffset { get; init; }

    internal ushort ProgramHeaderSize { get; init; } = ProgramHeaderBytes;

    internal ushort? ProgramHeaderCount { get; init; }

    internal uint SymbolTableType { get; init; } = 2;

    /// <summary>Bytes that follow the program headers; the file's length is at least this.</summary>
    internal int FileBytes { get; init; } = 0x3000;

    internal byte[] Content { get; init; } = [];

    internal int ContentOffset { get; init; } = 0x1000;

    /// <summary>An executable with one segment of code at 0x10000, or with the given ones.</summary>
    internal static ElfBuilder With(params ReadOnlySpan<Header> headers) => new ElfBuilder().Add(headers);

    internal static Header Load(
        ulong address, ulong memoryBytes, ulong offset = 0x1000, ulong? fileBytes = null, uint flags = 5) =>
        new(1, flags, offset, address, fileBytes ?? memoryBytes, memoryBytes);

    internal static Header Interpreter(ulong offset, ulong length) => new(3, 4, offset, 0, length, length);

    internal ElfBuilder Add(params ReadOnlySpan<Header> more)
    {
        headers.AddRange(more);
        return this;
    }

    internal ElfBuilder Symbol(string name, ulong address, ulong bytes, byte type = 2, ushort section = 1)
    {
        symbols.Add((address, bytes, name, type, section));
        return this;
    }

    internal byte[] Build()
    {
        var names = new List<byte> { 0 };
        var table = new List<byte>(new byte[SymbolBytes]);
        foreach (var (address, bytes, name, type, section) in symbols)
        {
            table.AddRange(Fields(new((uint)names.Count, 4), new(type, 1), new(0, 1), new(section, 2), new(address,
                8), new(bytes, 8)));
            names.AddRange(Encoding.Latin1.GetBytes(name));
            names.Add(0);
        }

        var tableOffset = FileBytes;
        var namesOffset = tableOffset + table.Count;
        var sectionsOffset = namesOffset + names.Count;
        byte[] file =
        [
            .. new byte[FileBytes],
            .. table,
            .. names,
            .. new byte[SectionHeaderBytes],
            .. Section(SymbolTableType, tableOffset, table.Count, link: 2),
            .. Section(3, namesOffset, names.Count, link: 0),
        ];
        FileHeader(sectionsOffset).CopyTo(file, 0);
        var at = HeaderBytes;
        foreach (var header in headers)
        {
            Fields(
                new(header.Type, 4), new(header.Flags, 4), new(header.Offset, 8), new(header.Address, 8),
                    new(header.Address, 8),
                new(header.FileBytes, 8), new(header.MemoryBytes, 8), new(0x1000, 8)).CopyTo(file, at);
            at += ProgramHeaderBytes;
        }

        Content.CopyTo(file, ContentOffset);
        return file;
    }

    private byte[] FileHeader(int sectionsOffset) =>
    [
        .. "\u007fELF"u8, Class, Order, 1, 0, .. new byte[8],
        .. Fields(
            new(Type, 2), new(Machine, 2), new(1, 4), new(Entry, 8), new(ProgramHeaderOffset ?? HeaderBytes, 8),
            new((ulong)sectionsOffset, 8), new(5, 4), new(HeaderBytes, 2), new(ProgramHeaderSize, 2),
            new(ProgramHeaderCount ?? (ulong)headers.Count, 2), new(SectionHeaderBytes, 2), new(3, 2), new(2, 2)),
    ];

    private static byte[] Section(uint type, int offset, int bytes, uint link) => Fields(
        new(0, 4), new(type, 4), new(0, 8), new(0, 8), new((ulong)offset, 8), new((ulong)bytes, 8), new(link, 4),
            new(0, 4), new(8, 8), new(0, 8));

    private static byte[] Fields(params ReadOnlySpan<Field> fields)
    {
        var all = new List<byte>();
        Span<byte> eight = stackalloc byte[8];
        foreach (var (value, bytes) in fields)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(eight, value);
            all.AddRange(eight[..bytes]);
        }

        return [.. all];
    }

    private readonly record struct Field(ulong Value, int Bytes);
}
