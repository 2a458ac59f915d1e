using Vee.Machines.Memory;
using Xunit;

namespace Vee.Machines.Tests.Memory;

/// <summary>What a guest gives up goes back to the host, and nothing costs more than it should.</summary>
public sealed class HostMemoryTests
{
    private const ulong ArenaBytes = 1UL << 30;
    private const ulong Start = 0x40_0000;
    private const int PageCount = 4_096;
    private const ulong Length = PageCount * PageNumber.Bytes;
    private const long Slack = 1 << 20;

    [Fact]
    public void Pages_that_are_unmapped_go_back_to_the_host()
    {
        using var memory = Filled();

        memory.TryUnmap(Start, Length / 2);
        AssertResident(memory, Length / 2);
        memory.TryUnmap(Start, Length);

        AssertResident(memory, 0);
    }

    [Fact]
    public void Pages_that_are_mapped_anew_go_back_to_the_host()
    {
        using var memory = Filled();

        memory.TryMap(Start, Length, Protection.Read);

        AssertResident(memory, 0);
    }

    [Fact]
    public void Pages_that_are_zeroed_go_back_to_the_host()
    {
        Assert.SkipWhen(Environment.SystemPageSize != PageNumber.Bytes,
            "The host's pages are larger than the guest's.");
        using var memory = Filled();

        memory.Zero(Start, Length);

        AssertResident(memory, 0);
        Assert.Equal(0, memory.PresentPages);
    }

    [Fact]
    public void Pages_that_are_marked_absent_go_back_to_the_host()
    {
        Assert.SkipWhen(Environment.SystemPageSize != PageNumber.Bytes,
            "The host's pages are larger than the guest's.");
        using var memory = Filled();

        for (var page = 0UL; page < PageCount; page++)
        {
            memory.MarkAbsent(new PageNumber((Start >> PageNumber.Shift) + page));
        }

        AssertResident(memory, 0);
        Assert.Equal(0, memory.PresentPages);
    }

    [Fact]
    public void Large_host_pages_that_are_unmapped_in_pieces_go_back_to_the_host()
    {
        const ulong hostPageBytes = 64 << 10;
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes, hostPageBytes);
        memory.TryMap(Start, Length, Protection.Read | Protection.Write);
        Assert.Equal(AccessFault.None, memory.TryWrite(Start, new byte[Length]));
        AssertResident(memory, Length);

        for (var page = 0UL; page < PageCount; page++)
        {
            memory.TryUnmap(Start + (page * 5 % PageCount * PageNumber.Bytes), PageNumber.Bytes);
        }

        AssertResident(memory, 0);
        Assert.Equal(0, memory.PresentPages);
    }

    [Fact]
    public void Shareable_pages_go_back_to_the_host_with_the_last_of_their_mappings()
    {
        Assert.SkipWhen(Environment.SystemPageSize != PageNumber.Bytes,
            "The host's pages are larger than the guest's.");
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        const ulong second = Start + (2 * Length);
        Assert.True(memory.TryMapShareable(Start, Length, Protection.Read | Protection.Write));
        Assert.True(memory.TryMapShareable(second, Length, Protection.Read | Protection.Write));
        for (var page = 0UL; page < PageCount; page++)
        {
            Assert.True(memory.TryShare(
                PageNumber.Of(second + (page * PageNumber.Bytes)), PageNumber.Of(Start + (page * PageNumber.Bytes))));
        }

        Assert.Equal(AccessFault.None, memory.TryWrite(Start, Filling()));
        Assert.Equal(PageCount, memory.PresentPages);
        Assert.InRange(HostMemory.MappingCount(memory), 1, 7);
        memory.TryUnmap(Start, Length);
        var seen = new byte[Length];
        Assert.Equal(AccessFault.None, memory.TryRead(second, seen));
        Assert.Equal(Filling(), seen);
        AssertResident(memory, Length);

        memory.TryUnmap(second, Length);
        Assert.Equal(0, memory.PresentPages);
        AssertResident(memory, 0);
        memory.TryMap(second, Length, Protection.Read | Protection.Write);
        Assert.Equal(AccessFault.None, memory.TryRead(second, seen));
        Assert.DoesNotContain((byte)7, seen);
    }

    [Fact]
    public void Mapping_costs_nothing_until_it_is_stored_to()
    {
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        memory.TryMap(0, ArenaBytes, Protection.Read | Protection.Write);
        var bytes = new byte[PageNumber.Bytes];
        for (var page = 0UL; page < 1_000; page++)
        {
            memory.TryRead(page * 64 * PageNumber.Bytes, bytes);
        }

        Assert.Equal(0, memory.PresentPages);
        AssertResident(memory, 0);
    }

    [Fact]
    public void Arena_never_uses_huge_pages_also_where_it_was_unmapped_before()
    {
        using var memory = Filled();
        Assert.False(HostMemory.MayUseHugePages(memory));

        memory.TryUnmap(Start, Length);
        memory.TryMap(Start, Length, Protection.Read | Protection.Write);

        Assert.False(HostMemory.MayUseHugePages(memory));
    }

    [Fact]
    public void Mapping_and_unmapping_over_and_over_leaves_few_host_mappings()
    {
        // Linux allows 65,530 mappings by default: ranges that were used before must not stay apart.
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        for (var round = 0UL; round < 500; round++)
        {
            memory.TryMap(Start + (round * 8 * PageNumber.Bytes), 4 * PageNumber.Bytes, Protection.Read);
        }

        for (var round = 0UL; round < 500; round++)
        {
            memory.TryUnmap(Start + (round * 8 * PageNumber.Bytes), 4 * PageNumber.Bytes);
        }

        Assert.InRange(HostMemory.MappingCount(memory), 1, 3);
    }

    private static GuestMemory Filled()
    {
        var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        memory.TryMap(Start, Length, Protection.Read | Protection.Write);
        Assert.Equal(AccessFault.None, memory.TryWrite(Start, Filling()));
        Assert.Equal(PageCount, memory.PresentPages);
        AssertResident(memory, Length);
        return memory;
    }

    private static byte[] Filling()
    {
        var bytes = new byte[Length];
        Array.Fill(bytes, (byte)7);
        return bytes;
    }

    private static void AssertResident(GuestMemory memory, ulong bytes) =>
        Assert.InRange(HostMemory.ResidentBytes(memory), (long)bytes, (long)bytes + Slack);
}
