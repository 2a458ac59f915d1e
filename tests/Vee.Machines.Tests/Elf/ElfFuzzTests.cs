using System.Buffers.Binary;
using Vee.Machines.Elf;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Vee.Machines.Tests.Linux;
using Xunit;

namespace Vee.Machines.Tests.Elf;

/// <summary>A real program with some bytes changed is read or refused, never more.</summary>
public sealed class ElfFuzzTests
{
    private const int MutationCount = 100_000;
    private const int SymbolReadingOneIn = 20;
    private const int SectionTableOffsetField = 40;

    private static readonly ulong[] Extremes =
    [
        0, 1, 55, 56, 63, 64, 0xFFF, 0x1000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1UL << 38, 1UL << 63,
        ulong.MaxValue - 0xFFF, ulong.MaxValue - 63, ulong.MaxValue,
    ];

    [Fact]
    public void Program_that_was_mutated_is_read_or_refused()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        var random = new Random(TestSeed.Value);
        var file = GuestRun.Program("hello");
        var places = Places(file);
        var accepted = 0;
        for (var index = 0; index < MutationCount; index++)
        {
            // Changed in place and put back: copying half a megabyte each time would be most of the work.
            var undo = new List<(int At, byte[] Before)>();
            for (var count = random.Next(1, 4); count > 0; count--)
            {
                Mutate(random, file, places, undo);
            }

            var length = random.Next(10) == 0 ? random.Next(file.Length) : file.Length;
            accepted += Check(file.AsMemory(0, length), readsSymbols: random.Next(SymbolReadingOneIn) == 0) ? 1 : 0;
            undo.Reverse();
            foreach (var (at, before) in undo)
            {
                before.CopyTo(file, at);
            }
        }

        Assert.Equal(GuestRun.Program("hello"), file);
        Assert.InRange(accepted, MutationCount / 10, MutationCount * 9 / 10);
    }

    private static bool Check(ReadOnlyMemory<byte> file, bool readsSymbols)
    {
        var image = ElfImage.TryParse(file, out var refusal);
        if (image is null)
        {
            Assert.NotEmpty(refusal);
            return false;
        }

        Assert.Empty(refusal);
        var end = 0UL;
        foreach (var segment in image.Segments)
        {
            // What a loader relies on.
            Assert.True(segment.Address >= end && segment.MemoryBytes is > 0 and <= GuestMemory.ArenaBytesMax);
            end = segment.Address + segment.MemoryBytes;
            Assert.True(end <= GuestMemory.ArenaBytesMax && segment.FileBytes <= segment.MemoryBytes);
            Assert.True(segment.FileOffset + segment.FileBytes <= (ulong)file.Length);
        }

        Assert.Equal(end, image.End);
        _ = image.ProgramHeaderAddress();
        if (readsSymbols)
        {
            var symbols = ElfSymbols.Read(image, 0);
            Assert.True(symbols.Describe(image.Entry) is null or { Length: > 0 and < 600 });
            _ = symbols.Describe(0);
            _ = symbols.Describe(ulong.MaxValue);
            _ = symbols.AddressOf("main");
        }

        return true;
    }

    /// <summary>Where a change means something: the headers, the section table, symbols and names.</summary>
    private static (int First, int Count)[] Places(byte[] file)
    {
        var sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(SectionTableOffsetField));
        return [(0, 64), (64, 9 * 56), (64, 9 * 56), (sections, file.Length - sections), (sections - 40_000, 40_000)];
    }

    private static void Mutate(
        Random random, byte[] file, (int First, int Count)[] places, List<(int At, byte[] Before)> undo)
    {
        var (first, count) = places[random.Next(places.Length)];
        var at = first + random.Next(count);
        if (random.Next(2) == 0)
        {
            undo.Add((at, [file[at]]));
            file[at] = (byte)random.Next(256);
            return;
        }

        // A whole field takes an extreme value, or one near the file's length.
        at = Math.Min(at & ~7, file.Length - 8);
        undo.Add((at, file[at..(at + 8)]));
        var value = random.Next(4) == 0
            ? (ulong)(file.Length + random.Next(-100, 100))
            : Extremes[random.Next(Extremes.Length)];
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
    }
}
