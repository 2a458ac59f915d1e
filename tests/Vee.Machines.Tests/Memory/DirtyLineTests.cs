using Vee.Machines.Isa;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Execution;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Memory;

/// <summary>Dirty lines are exactly those that instructions stored to, at every offset and size.</summary>
public sealed class DirtyLineTests
{
    public static TheoryData<Opcode, int> Stores => new()
    {
        { Opcode.Sb, 1 }, { Opcode.Sh, 2 }, { Opcode.Sw, 4 }, { Opcode.Sd, 8 }, { Opcode.Fsw, 4 }, { Opcode.Fsd, 8 },
    };

    public static TheoryData<Opcode, int> Atomics => new()
    {
        { Opcode.AmoaddW, 4 }, { Opcode.AmomaxuD, 8 }, { Opcode.AmoswapW, 4 },
    };

    [Theory]
    [MemberData(nameof(Stores))]
    public void Store_at_any_offset_dirties_exactly_its_lines(Opcode opcode, int count)
    {
        using var fixture = new HartFixture().Program(Assembler.Encode(opcode, 0, 11, 12));
        for (var offset = 0; offset <= HartFixture.DataBytes - count; offset++)
        {
            var address = HartFixture.Data + (ulong)offset;
            AssertDirties(fixture, address, count);

            // A second store takes the plain path where its line is dirty already.
            fixture.X(11, address).RunAt(HartFixture.Code, 1);
            fixture.X(11, address).RunAt(HartFixture.Code, 1);
            Assert.Equal(Lines(address, count), Swap(fixture));
        }
    }

    [Theory]
    [MemberData(nameof(Atomics))]
    public void Atomic_dirties_exactly_its_line(Opcode opcode, int count)
    {
        using var fixture = new HartFixture().Program(Assembler.Encode(opcode, 10, 11, 12));
        for (var offset = 0; offset < HartFixture.DataBytes; offset += count)
        {
            AssertDirties(fixture, HartFixture.Data + (ulong)offset, count);
        }
    }

    [Theory]
    [InlineData(Opcode.Lb)]
    [InlineData(Opcode.Ld)]
    [InlineData(Opcode.LrW)]
    [InlineData(Opcode.Fld)]
    public void Load_dirties_nothing(Opcode opcode)
    {
        using var fixture = new HartFixture().Program(Assembler.Encode(opcode, 10, 11));
        Swap(fixture);
        for (var offset = 0; offset < HartFixture.DataBytes; offset += 8)
        {
            fixture.X(11, HartFixture.Data + (ulong)offset).RunAt(HartFixture.Code, 1);
        }

        Assert.Empty(Swap(fixture));
        Assert.Equal(1, fixture.Memory.PresentPages);
    }

    [Fact]
    public void Store_that_faults_dirties_nothing()
    {
        using var fixture = new HartFixture().Program(Assembler.Encode(Opcode.Sd, 0, 11, 12));
        Swap(fixture);

        fixture.X(11, HartFixture.DataEnd - 4).RunAt(HartFixture.Code, 1);
        fixture.X(11, HartFixture.ReadOnly).RunAt(HartFixture.Code, 1);

        Assert.Empty(Swap(fixture));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(63, 2)]
    [InlineData(64, 64)]
    [InlineData(0, 4096)]
    [InlineData(4095, 2)]
    [InlineData(100, 8_000)]
    public void Copy_into_the_guest_dirties_exactly_its_lines(int offset, int count)
    {
        using var fixture = new HartFixture();
        var address = HartFixture.Data + (ulong)offset;
        foreach (var write in new Action<byte[]>[]
        {
            bytes => Assert.Equal(AccessFault.None, fixture.Memory.TryWrite(address, bytes)),
            bytes => Assert.Equal(AccessFault.None, fixture.Memory.TryWriteProtected(address, bytes)),
        })
        {
            Swap(fixture);
            write(new byte[count]);
            Assert.Equal(Lines(address, count), Swap(fixture));
        }
    }

    [Fact]
    public void Lines_that_are_restored_are_visited_again_with_new_ones()
    {
        using var fixture = new HartFixture();
        Swap(fixture);
        fixture.Put(HartFixture.Data, 1);
        Swap(fixture);
        fixture.Put(HartFixture.Data + 64, 1);

        fixture.Memory.RestoreDirty(PageNumber.Of(HartFixture.Data), 0x8000_0000_0000_0001);

        Assert.Equal([(PageNumber.Of(HartFixture.Data).Value, 0x8000_0000_0000_0003)], Swap(fixture));
    }

    private static void AssertDirties(HartFixture fixture, ulong address, int count)
    {
        Swap(fixture);
        fixture.X(11, address).RunAt(HartFixture.Code, 1);
        var found = Swap(fixture);
        Assert.True(Lines(address, count).SequenceEqual(found), $"0x{address:x}: {string.Join(',', found)}");
    }

    /// <summary>Byte by byte, what lines a range of bytes covers.</summary>
    private static IEnumerable<(ulong Page, ulong Lines)> Lines(ulong address, int count) =>
        Enumerable.Range(0, count)
            .Select(index => address + (ulong)index)
            .GroupBy(at => at / PageNumber.Bytes, at => 1UL << (int)(at % PageNumber.Bytes / PageNumber.LineBytes))
            .Select(page => (page.Key, page.Aggregate((left, right) => left | right)));

    private static List<(ulong Page, ulong Lines)> Swap(HartFixture fixture)
    {
        var found = new List<(ulong, ulong)>();
        fixture.Memory.SwapDirtyEpoch((page, lines) => found.Add((page.Value, lines)));
        return found;
    }
}
