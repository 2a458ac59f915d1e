using System.Buffers.Binary;
using System.Text;

namespace Vee.Machines.Elf;

/// <summary>The functions and objects that an ELF file names, for traces and crash reports.</summary>
public sealed class ElfSymbols
{
    private const uint SectionSymbolTable = 2;
    private const uint SectionDynamicSymbols = 11;
    private const int SectionHeaderBytes = 64;
    private const int SymbolBytes = 24;
    private const int SymbolsMax = 1_000_000;

    private const int NameBytesMax = 512;

    // Names stay in the file: a million symbols may all name the same long text.
    private readonly ReadOnlyMemory<byte> content;
    private readonly List<Symbol> symbols;

    private ElfSymbols(ReadOnlyMemory<byte> content, List<Symbol> symbols)
    {
        this.content = content;
        this.symbols = symbols;
        symbols.Sort((left, right) => left.Address.CompareTo(right.Address));
    }

    /// <summary>Reads the symbol table; a damaged one yields the symbols that could be read, at worst none.</summary>
    /// <param name="image">A checked image.</param>
    /// <param name="loadBase">Where the image was loaded; 0 for one that is not position-independent.</param>
    public static ElfSymbols Read(ElfImage image, ulong loadBase)
    {
        ArgumentNullException.ThrowIfNull(image);
        var found = new List<Symbol>();
        var file = image.File.Span;
        if (!TryReadTable(file, SectionSymbolTable, loadBase, found))
        {
            TryReadTable(file, SectionDynamicSymbols, loadBase, found);
        }

        return new ElfSymbols(image.File, found);
    }

    /// <summary>Names an address, as <c>name+0x1c</c>; null when no symbol covers it.</summary>
    public string? Describe(ulong address)
    {
        var low = 0;
        var high = symbols.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (symbols[middle].Address <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        // Of several symbols at one address any does; a symbol without a size covers what follows it.
        for (var index = low - 1; index >= 0 && index > low - 16; index--)
        {
            var (start, bytes, _, _) = symbols[index];
            if (address - start < bytes || (bytes == 0 && index == low - 1 && address - start < 4096))
            {
                return address == start ? NameOf(symbols[index]) : $"{NameOf(symbols[index])}+0x{address - start:x}";
            }
        }

        return null;
    }

    /// <summary>The address of a symbol by its name; null when the table has none.</summary>
    public ulong? AddressOf(string name)
    {
        var bytes = Encoding.Latin1.GetBytes(name);
        foreach (var symbol in symbols)
        {
            if (content.Span.Slice(symbol.NameOffset, symbol.NameBytes).SequenceEqual(bytes))
            {
                return symbol.Address;
            }
        }

        return null;
    }

    private string NameOf(in Symbol symbol) =>
        Encoding.Latin1.GetString(content.Span.Slice(symbol.NameOffset, symbol.NameBytes));

    private static bool TryReadTable(ReadOnlySpan<byte> file, uint type, ulong loadBase, List<Symbol> found)
    {
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(file[40..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        for (var index = 0; index < count; index++)
        {
            if (!TrySection(file, offset, index, out var section) || section.Type != type)
            {
                continue;
            }

            if (TrySection(file, offset, section.Link, out var names)
                && TrySlice(file, section.Offset, section.Bytes, out var table)
                && TrySlice(file, names.Offset, names.Bytes, out var text))
            {
                ReadSymbols(table, text, (int)names.Offset, loadBase, found);
                return found.Count != 0;
            }
        }

        return false;
    }

    private static void ReadSymbols(
        ReadOnlySpan<byte> table, ReadOnlySpan<byte> names, int namesOffset, ulong loadBase, List<Symbol> found)
    {
        for (; table.Length >= SymbolBytes && found.Count < SymbolsMax; table = table[SymbolBytes..])
        {
            var name = BinaryPrimitives.ReadUInt32LittleEndian(table);
            var type = table[4] & 0xf;
            var section = BinaryPrimitives.ReadUInt16LittleEndian(table[6..]);
            // Functions, objects and untyped labels of assembly; mapping symbols ($x, $d) say nothing to a reader.
            if (section == 0 || type > 2 || name >= names.Length || names[(int)name] is 0 or (byte)'$')
            {
                continue;
            }

            // A longer name is cut; not looking further for its end bounds the time that a damaged table can take.
            var text = names[(int)name..];
            var length = text[..Math.Min(text.Length, NameBytesMax)].IndexOf((byte)0);
            if (length > 0 || text.Length >= NameBytesMax)
            {
                found.Add(new Symbol(
                    BinaryPrimitives.ReadUInt64LittleEndian(table[8..]) + loadBase,
                    BinaryPrimitives.ReadUInt64LittleEndian(table[16..]),
                    namesOffset + (int)name,
                    length > 0 ? length : NameBytesMax));
            }
        }
    }

    private static bool TrySection(
        ReadOnlySpan<byte> file, ulong table, int index, out (uint Type, ulong Offset, ulong Bytes, int Link) section)
    {
        section = default;
        if (index < 0 || !TrySlice(file, table + (ulong)index * SectionHeaderBytes, SectionHeaderBytes, out var header))
        {
            return false;
        }

        section = (
            BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(header[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(header[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[40..]));
        return true;
    }

    private static bool TrySlice(ReadOnlySpan<byte> file, ulong offset, ulong bytes, out ReadOnlySpan<byte> slice)
    {
        slice = default;
        if (offset > (ulong)file.Length || bytes > (ulong)file.Length - offset)
        {
            return false;
        }

        slice = file.Slice((int)offset, (int)bytes);
        return true;
    }

    private readonly record struct Symbol(ulong Address, ulong Bytes, int NameOffset, int NameBytes);
}
