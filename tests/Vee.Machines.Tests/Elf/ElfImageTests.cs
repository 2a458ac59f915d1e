using System.Text;
using Vee.Machines.Elf;
using Vee.Machines.Memory;
using Xunit;

namespace Vee.Machines.Tests.Elf;

/// <summary>What is accepted comes back exactly; everything else is refused with a sentence that says why.</summary>
public sealed class ElfImageTests
{
    private const ulong Arena = GuestMemory.ArenaBytesMax;

    [Fact]
    public void Executable_is_read_field_by_field()
    {
        var image = Accept(ElfBuilder.With(
            ElfBuilder.Load(0x1_0000, 0x1800, offset: 0, flags: 5),
            ElfBuilder.Load(0x1_2800, 0x9000, offset: 0x1800, fileBytes: 0x800, flags: 6),
            new ElfBuilder.Header(0x6474_E551, 6, 0, 0, 0, 0)));

        Assert.Equal(0x1_0100UL, image.Entry);
        Assert.False(image.IsPositionIndependent);
        Assert.Null(image.Interpreter);
        Assert.Equal(3, image.ProgramHeaderCount);
        Assert.Equal(64UL, image.ProgramHeaderOffset);
        Assert.Equal(0x1_0040UL, image.ProgramHeaderAddress());
        Assert.Equal(0x1_B800UL, image.End);
        Assert.Equal(
            [
                new ElfSegment(0x1_0000, 0x1800, 0, 0x1800, Protection.Read | Protection.Execute),
                new ElfSegment(0x1_2800, 0x9000, 0x1800, 0x800, Protection.Read | Protection.Write),
            ],
            image.Segments);
    }

    [Fact]
    public void Position_independent_executable_with_an_interpreter_is_read()
    {
        var path = Encoding.Latin1.GetBytes("/lib/ld-linux-riscv64-lp64d.so.1\0");
        var image = Accept(new ElfBuilder { Type = 3, Content = path }.Add(
            ElfBuilder.Interpreter(0x1000, (ulong)path.Length), ElfBuilder.Load(0, 0x1000, offset: 0x2000)));

        Assert.True(image.IsPositionIndependent);
        Assert.Equal("/lib/ld-linux-riscv64-lp64d.so.1", image.Interpreter);
        Assert.Equal(0UL, image.ProgramHeaderAddress());
    }

    [Theory]
    [InlineData("", "not an ELF file")]
    [InlineData("\u007fEL", "not an ELF file")]
    [InlineData("#!/bin/sh\necho hello, this is a script that is longer than an ELF header is", "not an ELF file")]
    [InlineData("\u007fELF", "truncated: the ELF header needs 64 bytes, the file has 4")]
    public void File_that_is_no_ELF_is_refused(string content, string refusal)
    {
        Assert.Null(ElfImage.TryParse(Encoding.Latin1.GetBytes(content), out var actual));
        Assert.Equal(refusal, actual);
    }

    [Fact]
    public void Header_for_something_else_is_refused()
    {
        var segment = ElfBuilder.Load(0x1_0000, 0x1000);
        for (var value = 0; value < 256; value++)
        {
            if (value != 2)
            {
                Refuse(new ElfBuilder { Class = (byte)value }.Add(segment), $"ELF class {value}:");
                Refuse(new ElfBuilder { Order = 2, Class = (byte)value }.Add(segment), $"ELF class {value}:");
            }

            if (value != 1)
            {
                Refuse(new ElfBuilder { Order = (byte)value }.Add(segment), $"ELF byte order {value}:");
            }

            if (value is not (2 or 3))
            {
                Refuse(new ElfBuilder { Type = (ushort)value }.Add(segment), $"ELF type {value}:");
            }
        }

        Refuse(new ElfBuilder { Machine = 62 }.Add(segment), "ELF machine 62:");
        Refuse(new ElfBuilder { Machine = 183 }.Add(segment), "ELF machine 183:");
        Refuse(new ElfBuilder { Type = 0xFFFF }.Add(segment), "ELF type 65535:");
    }

    [Theory]
    [InlineData(null, 0, null)]
    [InlineData(null, 55, null)]
    [InlineData(null, 57, null)]
    [InlineData(null, 56, 129)]
    [InlineData(null, 56, 65535)]
    [InlineData(0x4000UL, 56, null)]
    [InlineData(ulong.MaxValue, 56, null)]
    [InlineData(ulong.MaxValue - 55, 56, 1)]
    [InlineData(1UL << 63, 56, 1)]
    [InlineData(null, 56, 0)]
    public void Program_headers_of_a_wrong_place_size_or_count_are_refused(ulong? offset, int size, int? count)
    {
        var refusal = Refuse(
            new ElfBuilder
            {
                ProgramHeaderOffset = offset,
                ProgramHeaderSize = (ushort)size,
                ProgramHeaderCount = (ushort?)count,
            }.Add(ElfBuilder.Load(0x1_0000, 0x1000)),
            "");

        Assert.Contains(count == 0 ? "no loadable segment" : "program headers", refusal, StringComparison.Ordinal);
    }

    public static TheoryData<ulong, ulong, ulong, ulong, string> Segments => new()
    {
        { 0x1_0000, 0x1000, 0x1000, 0x1001, "has more bytes in the file than in memory" },
        { 0x1_0000, 0x9000, 0x1000, 0x9000, "lies outside the file" },
        { 0x1_0000, 0x1000, 0x9000, 0x1000, "lies outside the file" },
        { 0x1_0000, 0x1000, ulong.MaxValue - 0xFFF, 0x1000, "lies outside the file" },
        { 0x1_0000, 0x1000, 0x1000, ulong.MaxValue, "lies outside the file" },
        { 0x1_0000, ulong.MaxValue, 0x1000, 0x1000, "is outside the 256 GiB" },
        { 0x1_0000, Arena, 0x1000, 0x1000, "is outside the 256 GiB" },
        { Arena, 0x1000, 0x1000, 0x1000, "is outside the 256 GiB" },
        { ulong.MaxValue - 0xFFF, 0x2000, 0x1000, 0x1000, "is outside the 256 GiB" },
        { 0x1_0001, 0x1000, 0x1000, 0x1000, "is not aligned with its file offset 0x1000" },
        { 0x1_0000, 0x1000, 0x1010, 0x1000, "is not aligned with its file offset 0x1010" },
    };

    [Theory]
    [MemberData(nameof(Segments))]
    public void Segment_that_cannot_be_loaded_is_refused(
        ulong address, ulong memoryBytes, ulong offset, ulong fileBytes, string refusal) =>
        Refuse(ElfBuilder.With(ElfBuilder.Load(address, memoryBytes, offset, fileBytes)), refusal);

    [Theory]
    [InlineData(0x1_0000, 0x1000, 0x1_0000, true)]
    [InlineData(0x1_0000, 0x1001, 0x1_1000, true)]
    [InlineData(0x1_2000, 0x1000, 0x1_0000, true)]
    [InlineData(0x1_0000, 0x1000, 0x1_1000, false)]
    public void Segments_that_overlap_or_are_out_of_order_are_refused(
        ulong first, ulong bytes, ulong second, bool isRefused)
    {
        var builder = ElfBuilder.With(ElfBuilder.Load(first, bytes), ElfBuilder.Load(second, 0x1000));
        if (isRefused)
        {
            Refuse(builder, $"segment at 0x{second:x} overlaps the one before it or is out of order");
        }
        else
        {
            Assert.Equal(2, Accept(builder).Segments.Count);
        }
    }

    [Fact]
    public void Segment_at_the_top_of_the_arena_is_accepted_and_an_empty_one_ignored()
    {
        var image = Accept(ElfBuilder.With(
            ElfBuilder.Load(5, 0, offset: ulong.MaxValue, fileBytes: ulong.MaxValue),
            ElfBuilder.Load(Arena - 0x1000, 0x1000, fileBytes: 1)));

        Assert.Equal(Arena, image.End);
        Assert.Single(image.Segments);
    }

    public static TheoryData<ulong, ulong, string, bool> Interpreters => new()
    {
        { 0x1000, 5, "/lib\0", true },
        { 0x1000, 4096, "/" + new string('x', 4094) + "\0", true },
        { 0x1000, 4097, "/" + new string('x', 4095) + "\0", false },
        { 0x1000, 4, "/lib\0", false },
        { 0x1000, 5, "/l\0b\0", false },
        { 0x1000, 1, "\0", false },
        { 0x1000, 0, "/lib\0", false },
        { 0x3FFF, 5, "/lib\0", false },
        { ulong.MaxValue, 5, "/lib\0", false },
        { 0x1000, ulong.MaxValue, "/lib\0", false },
        { ulong.MaxValue - 1, 2, "/lib\0", false },
    };

    [Theory]
    [MemberData(nameof(Interpreters))]
    public void Interpreter_that_is_no_text_inside_the_file_is_refused(
        ulong offset, ulong length, string content, bool isAccepted)
    {
        var builder = new ElfBuilder { Content = Encoding.Latin1.GetBytes(content) }.Add(
            ElfBuilder.Interpreter(offset, length), ElfBuilder.Load(0x1_0000, 0x1000));
        if (isAccepted)
        {
            Assert.Equal(content[..^1], Accept(builder).Interpreter);
        }
        else
        {
            Refuse(builder, "the interpreter's path (PT_INTERP)");
        }
    }

    [Fact]
    public void File_cut_anywhere_before_its_last_segment_ends_is_refused()
    {
        var file = ElfBuilder.With(
            ElfBuilder.Load(0x1_0000, 0x1000), ElfBuilder.Load(0x2_0000, 0x1000, offset: 0x2000)).Build();
        for (var length = 0; length < 0x3000; length++)
        {
            Assert.Null(ElfImage.TryParse(file.AsMemory(0, length), out var refusal));
            Assert.True(length < 4 ? refusal == "not an ELF file" : refusal.StartsWith("truncated: ",
                StringComparison.Ordinal), refusal);
        }

        for (var length = 0x3000; length <= file.Length; length++)
        {
            var image = ElfImage.TryParse(file.AsMemory(0, length), out _);
            Assert.NotNull(image);
            Assert.Null(ElfSymbols.Read(image, 0).Describe(0x1_0000));
        }
    }

    private static ElfImage Accept(ElfBuilder builder)
    {
        var image = ElfImage.TryParse(builder.Build(), out var refusal);
        Assert.True(image is not null, refusal);
        Assert.Empty(refusal);
        return image;
    }

    private static string Refuse(ElfBuilder builder, string expected)
    {
        Assert.Null(ElfImage.TryParse(builder.Build(), out var refusal));
        Assert.NotEmpty(refusal);
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
        return refusal;
    }
}
