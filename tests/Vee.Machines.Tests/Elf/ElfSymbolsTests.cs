using System.Buffers.Binary;
using Vee.Machines.Elf;
using Vee.Machines.Tests.Linux;
using Xunit;

namespace Vee.Machines.Tests.Elf;

/// <summary>Names of addresses and addresses of names.</summary>
public sealed class ElfSymbolsTests
{
    private const ulong Base = 0x40_0000;

    [Theory]
    [InlineData(0x0FFF, null)]
    [InlineData(0x1000, "first")]
    [InlineData(0x1001, "first+0x1")]
    [InlineData(0x100F, "first+0xf")]
    [InlineData(0x1010, null)]
    [InlineData(0x2000, "outer")]
    [InlineData(0x2010, "inner")]
    [InlineData(0x2018, "outer+0x18")]
    [InlineData(0x20FF, "outer+0xff")]
    [InlineData(0x2100, null)]
    [InlineData(0x3000, "label")]
    [InlineData(0x3FFF, "label+0xfff")]
    [InlineData(0x4000, null)]
    [InlineData(ulong.MaxValue, null)]
    public void Address_is_named_by_the_symbol_that_covers_it(ulong address, string? name)
    {
        var symbols = Read(ElfBuilder.With(ElfBuilder.Load(0x1_0000, 0x1000))
            .Symbol("label", 0x3000, 0, type: 0)
            .Symbol("outer", 0x2000, 0x100)
            .Symbol("inner", 0x2010, 8, type: 1)
            .Symbol("first", 0x1000, 0x10));

        Assert.Equal(name, symbols.Describe(address));
    }

    [Fact]
    public void Name_has_the_address_at_which_it_was_loaded()
    {
        var symbols = Read(ElfBuilder.With(ElfBuilder.Load(0, 0x1000)).Symbol("main", 0x123, 4), Base);

        Assert.Equal(Base + 0x123, symbols.AddressOf("main"));
        Assert.Equal("main+0x1", symbols.Describe(Base + 0x124));
        Assert.Null(symbols.AddressOf("mai"));
        Assert.Null(symbols.AddressOf("main2"));
        Assert.Null(symbols.AddressOf(""));
        Assert.Null(symbols.Describe(0x123));
    }

    [Fact]
    public void Symbols_that_say_nothing_to_a_reader_are_left_out()
    {
        var symbols = Read(ElfBuilder.With(ElfBuilder.Load(0, 0x1000))
            .Symbol("$x", 0x100, 0x10)
            .Symbol("", 0x100, 0x10)
            .Symbol("undefined", 0x100, 0x10, section: 0)
            .Symbol("section", 0x100, 0x10, type: 3)
            .Symbol("file.c", 0x100, 0x10, type: 4));

        Assert.Null(symbols.Describe(0x100));
        Assert.Null(symbols.AddressOf("undefined"));
    }

    [Fact]
    public void Dynamic_symbols_serve_where_there_are_no_others()
    {
        var symbols = Read(new ElfBuilder { SymbolTableType = 11 }
            .Add(ElfBuilder.Load(0, 0x1000)).Symbol("dynamic", 0x100, 0x10));

        Assert.Equal("dynamic", symbols.Describe(0x100));
    }

    [Fact]
    public void Name_that_is_very_long_is_cut()
    {
        var symbols = Read(ElfBuilder.With(ElfBuilder.Load(0, 0x1000)).Symbol(new string('n', 5_000), 0x100, 0x10));

        Assert.Equal(new string('n', 512), symbols.Describe(0x100));
    }

    [Fact]
    public void Entry_of_a_real_program_is_its_start()
    {
        var image = ElfImage.TryParse(GuestRun.Program("hello"), out var refusal);
        Assert.True(image is not null, refusal);
        var symbols = ElfSymbols.Read(image, 0);

        Assert.Equal(image.Entry, symbols.AddressOf("_start"));
        Assert.Equal("_start+0x4", symbols.Describe(image.Entry + 4));
        Assert.NotNull(symbols.AddressOf("main"));
        Assert.InRange(symbols.AddressOf("main")!.Value, image.Segments[0].Address, image.End);
    }

    [Theory]
    [InlineData((byte)'n')]
    [InlineData(0)]
    public void Table_of_a_million_long_names_costs_neither_memory_nor_time(byte end)
    {
        // All symbols name the same text of eight megabytes; without its end, each would have to look for it.
        const int SymbolCount = 1_100_000, NameBytes = 8 << 20;
        var start = ElfBuilder.With(ElfBuilder.Load(0, 0x1000)).Build();
        var tableOffset = start.Length;
        var namesOffset = tableOffset + (SymbolCount * ElfBuilder.SymbolBytes);
        var file = new byte[namesOffset + NameBytes];
        start.CopyTo(file, 0);
        var symbol = new byte[ElfBuilder.SymbolBytes];
        (symbol[0], symbol[4], symbol[6], symbol[16]) = (1, 2, 1, 1);
        for (var index = 0; index < SymbolCount; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(symbol.AsSpan(8), (uint)index);
            symbol.CopyTo(file, tableOffset + (index * symbol.Length));
        }

        file.AsSpan(namesOffset).Fill((byte)'n');
        file[^1] = end;
        var sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(40));
        Place(file.AsSpan(sections + 64), tableOffset, namesOffset - tableOffset);
        Place(file.AsSpan(sections + 128), namesOffset, NameBytes);
        var image = ElfImage.TryParse(file, out _);
        Assert.NotNull(image);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var symbols = ElfSymbols.Read(image, 0);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 128 << 20);
        Assert.Equal(new string('n', 512), symbols.Describe(999_999));
        Assert.Null(symbols.Describe(1_000_001));
    }

    private static void Place(Span<byte> section, int offset, int bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(section[24..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(section[32..], (ulong)bytes);
    }

    private static ElfSymbols Read(ElfBuilder builder, ulong loadBase = 0)
    {
        var image = ElfImage.TryParse(builder.Build(), out var refusal);
        Assert.True(image is not null, refusal);
        return ElfSymbols.Read(image, loadBase);
    }
}
