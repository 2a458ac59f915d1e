using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Execution;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Memory;

/// <summary>Bounds, limits, presence and absence, one case at a time.</summary>
public sealed class GuestMemoryTests
{
    private const ulong ArenaBytes = 1 << 20;
    private const ulong PageBytes = PageNumber.Bytes;
    private const Protection ReadWrite = Protection.Read | Protection.Write;

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 19)]
    [InlineData((1 << 20) + 4096)]
    [InlineData(3 << 20)]
    [InlineData(1UL << 39)]
    [InlineData(ulong.MaxValue)]
    public void Arena_of_a_size_that_is_not_allowed_is_refused(ulong arenaBytes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.Reserve(arenaBytes, ArenaBytes));

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    public void Ram_below_one_page_is_refused(ulong ramBytes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.Reserve(ArenaBytes, ramBytes));

    [Theory]
    [InlineData(0, ArenaBytes, true)]
    [InlineData(ArenaBytes, 0, true)]
    [InlineData(ArenaBytes - 1, 1, true)]
    [InlineData(ArenaBytes - 1, 2, false)]
    [InlineData(ArenaBytes, 1, false)]
    [InlineData(ulong.MaxValue, 1, false)]
    [InlineData(1, ulong.MaxValue, false)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, false)]
    public void Range_is_inside_only_when_all_of_it_is(ulong address, ulong length, bool expected)
    {
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);

        Assert.Equal(expected, memory.Contains(address, length));
    }

    [Theory]
    [InlineData(1, PageBytes)]
    [InlineData(PageBytes, 1)]
    [InlineData(ArenaBytes, PageBytes)]
    [InlineData(ArenaBytes - PageBytes, 2 * PageBytes)]
    [InlineData(ulong.MaxValue - PageBytes + 1, 2 * PageBytes)]
    [InlineData(PageBytes, ulong.MaxValue - PageBytes + 1)]
    public void Range_that_is_not_made_of_pages_is_a_bug_of_the_caller(ulong address, ulong length)
    {
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);

        Assert.Throws<ArgumentException>(() => memory.TryMap(address, length, ReadWrite));
        Assert.Throws<ArgumentException>(() => memory.TryUnmap(address, length));
        Assert.Throws<ArgumentException>(() => memory.Protect(address, length, ReadWrite));
        Assert.Throws<ArgumentException>(() => memory.Zero(address, length));
        Assert.Throws<ArgumentException>(() => memory.IsAnyMapped(address, length));
    }

    [Fact]
    public void Largest_arena_is_usable_at_both_ends()
    {
        const ulong Top = GuestMemory.ArenaBytesMax;
        using var memory = GuestMemory.Reserve(Top, ArenaBytes);
        Assert.True(memory.TryMap(0, PageBytes, ReadWrite));
        Assert.True(memory.TryMap(Top - PageBytes, PageBytes, ReadWrite));

        Assert.Equal(AccessFault.None, memory.TryWrite(0, [1]));
        Assert.Equal(AccessFault.None, memory.TryWrite(Top - 1, [2]));
        Assert.Equal(AccessFault.Unmapped, memory.TryWrite(Top - 1, [2, 3]));
        Assert.Equal(AccessFault.Unmapped, memory.TryWrite(Top, [3]));
        Assert.Equal(2, memory.PresentPages);
        var pages = new List<ulong>();
        memory.ForEachPresentPage(page => pages.Add(page.Address));
        Assert.Equal([0, Top - PageBytes], pages);
    }

    [Theory]
    [InlineData(ulong.MaxValue, 1)]
    [InlineData(ulong.MaxValue, 8)]
    [InlineData(ulong.MaxValue - 3, 8)]
    [InlineData(0x8000_0000_0000_0000, 8)]
    public void Access_that_wraps_around_never_reaches_the_start(ulong address, int count)
    {
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        memory.TryMap(0, PageBytes, ReadWrite);
        var bytes = new byte[count];
        var space = new FlatAddressSpace(memory);

        Assert.Equal(AccessFault.Unmapped, memory.TryRead(address, bytes));
        Assert.Equal(AccessFault.Unmapped, memory.TryWrite(address, bytes));
        Assert.Equal(AccessFault.Unmapped, memory.TryWriteProtected(address, bytes));
        Assert.Equal(AccessFault.Unmapped, space.Load(address, bytes, out var fault));
        Assert.Equal(address, fault);
        Assert.Equal(AccessFault.Unmapped, space.Store(address, bytes, out fault));
        Assert.Equal(address, fault);
    }

    [Fact]
    public void Store_beyond_the_ram_traps_and_stores_nothing_until_there_is_room()
    {
        using var fixture = new HartFixture(ramBytes: 2 * PageBytes).Program(Assembler.Encode(Opcode.Sd, 0, 11, 12));
        fixture.Put(HartFixture.Data, 1);
        fixture.X(11, HartFixture.Data + PageBytes).X(12, 5);
        var trap = new Trap(TrapCause.StoreFault, HartFixture.Data + PageBytes, AccessFault.OutOfMemory);

        Assert.Equal(new HartExit(0, trap), fixture.Run(1));
        Assert.Equal(2, fixture.Memory.PresentPages);
        Assert.Equal(0UL, fixture.Get(HartFixture.Data + PageBytes));
        fixture.Memory.Zero(HartFixture.Data, PageBytes);

        Assert.Equal(new HartExit(1, default), fixture.Run(1));
        Assert.Equal(5UL, fixture.Get(HartFixture.Data + PageBytes));
    }

    [Theory]
    [InlineData(Opcode.Ld, TrapCause.LoadFault)]
    [InlineData(Opcode.Fsd, TrapCause.StoreFault)]
    [InlineData(Opcode.AmoorD, TrapCause.StoreFault)]
    [InlineData(Opcode.LrW, TrapCause.LoadFault)]
    public void Access_to_an_absent_page_traps_until_it_is_supplied(Opcode opcode, TrapCause cause)
    {
        using var fixture = new HartFixture().Program(Assembler.Encode(opcode, 10, 11, 12));
        fixture.Put(HartFixture.Data, 1);
        fixture.X(11, HartFixture.Data);
        var page = PageNumber.Of(HartFixture.Data);
        fixture.Memory.MarkAbsent(page);
        var present = fixture.Memory.PresentPages;

        Assert.Equal(new HartExit(0, new Trap(cause, HartFixture.Data, AccessFault.Absent)), fixture.Run(1));
        Assert.True(fixture.Memory.IsAbsent(page));
        Assert.True(fixture.Memory.Supply(page, new byte[PageBytes]));

        Assert.False(fixture.Memory.IsAbsent(page));
        Assert.Equal(present + 1, fixture.Memory.PresentPages);
        Assert.Equal(new HartExit(1, default), fixture.Run(1));
    }

    [Fact]
    public void Straddling_access_to_an_absent_second_page_names_that_page()
    {
        using var fixture = new HartFixture().Program(Assembler.Encode(Opcode.Sd, 0, 11, 12));
        var second = HartFixture.Data + PageBytes;
        fixture.Memory.MarkAbsent(PageNumber.Of(second));

        var exit = fixture.X(11, second - 3).Run(1);

        Assert.Equal(new Trap(TrapCause.StoreFault, second, AccessFault.Absent), exit.Trap);
        Assert.Equal(0UL, fixture.Get(second - 8));
    }

    [Fact]
    public void Supply_beyond_the_ram_is_refused_and_the_page_stays_absent()
    {
        using var memory = GuestMemory.Reserve(ArenaBytes, PageBytes);
        memory.TryMap(0, 2 * PageBytes, ReadWrite);
        memory.MarkAbsent(new PageNumber(1));
        memory.TryWrite(0, [1]);

        Assert.False(memory.Supply(new PageNumber(1), new byte[PageBytes]));
        Assert.True(memory.IsAbsent(new PageNumber(1)));
        Assert.Equal(1, memory.PresentPages);
    }

    [Fact]
    public void Write_of_a_debugger_into_an_absent_page_is_refused()
    {
        // It would be lost when the page is supplied.
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        memory.TryMap(0, PageBytes, Protection.Read);
        memory.MarkAbsent(new PageNumber(0));

        Assert.Equal(AccessFault.Absent, memory.TryWriteProtected(0, [1]));
        Assert.Equal(0, memory.PresentPages);
    }

    [Fact]
    public void Zeroing_an_absent_page_makes_it_zero_here()
    {
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        memory.TryMap(0, PageBytes, ReadWrite);
        memory.MarkAbsent(new PageNumber(0));

        memory.Zero(0, PageBytes);

        var bytes = new byte[8];
        Assert.False(memory.IsAbsent(new PageNumber(0)));
        Assert.Equal(AccessFault.None, memory.TryRead(0, bytes));
        Assert.Equal(new byte[8], bytes);
    }

    [Fact]
    public void Page_that_may_be_written_may_be_read()
    {
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        memory.TryMap(0, PageBytes, Protection.Write);

        Assert.Equal(ReadWrite, memory.ProtectionOf(new PageNumber(0)));
        Assert.Equal(AccessFault.None, memory.TryRead(0, new byte[1]));
        Assert.Null(memory.ProtectionOf(new PageNumber(1)));
        Assert.Null(memory.ProtectionOf(new PageNumber(ulong.MaxValue)));
    }

    [Fact]
    public void Use_after_dispose_is_a_bug_of_the_caller()
    {
        var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        memory.Dispose();
        memory.Dispose();

        Assert.Throws<ObjectDisposedException>(() => memory.TryMap(0, PageBytes, ReadWrite));
        Assert.Throws<ObjectDisposedException>(() => memory.SwapDirtyEpoch((_, _) => { }));
        Assert.Throws<ObjectDisposedException>(() => memory.MarkAbsent(new PageNumber(0)));
    }
}
