using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Memory;

/// <summary>Whatever happens to a memory, somebody who is sent what is pending has all of it.</summary>
public sealed class SentPagesTests
{
    private const ulong ArenaBytes = 1 << 20;
    private const int PageCount = 12;
    private const long RamPages = 10;
    private const int RunCount = 80;
    private const int OperationCount = 400;

    [Theory]
    [InlineData(4, 0)]
    [InlineData(4, 2)]
    [InlineData(4, 100)]
    [InlineData(16, 3)]
    public void Operations_in_any_order_between_sends_are_all_sent(int hostPageKibibytes, int imagesMax)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        for (var run = 0; run < RunCount; run++)
        {
            var random = new Random(unchecked((TestSeed.Value * 1_000_003) + run));
            using var memory = GuestMemory.Reserve(
                ArenaBytes, (ulong)RamPages * PageNumber.Bytes, (ulong)hostPageKibibytes << 10);
            for (var index = 0; index < OperationCount / 4; index++)
            {
                Operate(random, memory);
            }

            using var sent = memory.TrackSent(imagesMax);
            var mirror = new Dictionary<ulong, byte[]>();
            var label = $"VEE_TEST_SEED={TestSeed.Value}, run {run}";
            for (var index = 0; index < OperationCount; index++)
            {
                Operate(random, memory);
                if (random.Next(6) == 0)
                {
                    // Not all of a round is sent before the machine goes on.
                    SendPending(sent, mirror, label, random.Next(1, 2 * PageCount));
                }
            }

            SendPending(sent, mirror, label, int.MaxValue);
            Assert.True(sent.ImageCount <= imagesMax, label);
            AssertEqual(memory, mirror, label);
        }
    }

    [Fact]
    public void The_base_of_a_changed_page_is_what_was_sent_and_only_its_lines_differ()
    {
        using var memory = Mapped(out var sent);
        using var tracker = sent;
        memory.TryWrite(100, [1, 2, 3]);
        tracker.NoteSent(new PageNumber(0));
        Assert.False(tracker.IsPending(new PageNumber(0)));

        memory.TryWrite(100, [9]);
        memory.TryWrite(4000, [7]);

        var change = tracker.Look(new PageNumber(0));
        Assert.Equal((1, 9), (change.Base[100], change.Content[100]));
        Assert.Equal((0, 7), (change.Base[4000], change.Content[4000]));
        Assert.Equal((1UL << (100 / 64)) | (1UL << (4000 / 64)), change.Lines);
    }

    [Fact]
    public void Without_room_for_images_a_changed_page_has_no_base_and_that_is_counted()
    {
        using var memory = Mapped(out var sent, imagesMax: 1);
        using var tracker = sent;
        foreach (var page in new ulong[] { 0, 1 })
        {
            memory.TryWrite(page << PageNumber.Shift, [1]);
            tracker.NoteSent(new PageNumber(page));
            memory.TryWrite(page << PageNumber.Shift, [2]);
        }

        Assert.False(tracker.Look(new PageNumber(0)).Base.IsEmpty);
        Assert.True(tracker.Look(new PageNumber(1)).Base.IsEmpty);
        Assert.Equal(1, tracker.ImagesMissed);

        // Its place is free when the first has been sent again.
        tracker.NoteSent(new PageNumber(0));
        tracker.NoteSent(new PageNumber(1));
        memory.TryWrite(PageNumber.Bytes, [3]);
        Assert.False(tracker.Look(new PageNumber(1)).Base.IsEmpty);
    }

    [Theory]
    [InlineData(PageNumber.Bytes, 1, true)]
    [InlineData(PageNumber.Bytes / 2, 1, false)]
    [InlineData(PageNumber.Bytes, 2, false)]
    public void An_image_gives_way_when_all_of_its_page_has_become_other_bytes(int count, int every, bool isGone)
    {
        using var memory = Mapped(out var sent, imagesMax: 1);
        using var tracker = sent;
        memory.TryWrite(0, Bytes(PageNumber.Bytes, index => index % 251));
        memory.TryWrite(PageNumber.Bytes, [1]);
        tracker.NoteSent(new PageNumber(0));
        tracker.NoteSent(new PageNumber(1));

        // Each line is stored to also where not every byte becomes another one.
        memory.TryWrite(0, Bytes(count, index => (index % 251) + (index % every == 0 ? 1 : 0)));
        memory.TryWrite(PageNumber.Bytes, [2]);

        Assert.Equal(isGone, tracker.Look(new PageNumber(0)).Base.IsEmpty);
        Assert.Equal(!isGone, tracker.Look(new PageNumber(1)).Base.IsEmpty);
        Assert.Equal(isGone ? 0 : 1, tracker.ImagesMissed);
        Assert.Equal(1, tracker.ImageCount);
    }

    [Fact]
    public void What_may_have_been_lost_is_pending_without_a_base()
    {
        using var memory = Mapped(out var sent);
        using var tracker = sent;
        memory.TryWrite(0, [1]);
        tracker.NoteSent(new PageNumber(0));

        tracker.NoteLost(new PageNumber(0));

        Assert.True(tracker.IsPending(new PageNumber(0)));
        Assert.True(tracker.Look(new PageNumber(0)).Base.IsEmpty);
        Assert.Equal(ulong.MaxValue, tracker.Look(new PageNumber(0)).Lines);
    }

    [Fact]
    public void A_page_that_shows_another_leaves_that_ones_lines_alone()
    {
        // Seed 12627685, run 14.
        using var memory = GuestMemory.Reserve(ArenaBytes, RamPages * PageNumber.Bytes);
        Assert.SkipUnless(memory.CanShare, "host pages of this computer hold several guest pages");
        var (home, alias) = (new PageNumber(1), new PageNumber(2));
        const Protection All = Protection.Read | Protection.Write;
        Assert.True(memory.TryMapShareable(home.Address, 2 * PageNumber.Bytes, All));
        memory.TryWrite(home.Address, [1]);
        memory.TryWrite(alias.Address, [2]);
        using var sent = memory.TrackSent(10);
        sent.ForEachPending(sent.NoteSent);
        memory.TryWrite(home.Address + 964, [3]);
        Assert.True(memory.TryMapShareable(alias.Address, PageNumber.Bytes, All));
        Assert.True(memory.TryShare(alias, home));

        sent.NoteSent(alias);

        Assert.Equal(1UL << 15, sent.Look(home).Lines);
    }

    [Fact]
    public void Nobody_else_may_take_the_lines_meanwhile_nor_send_too()
    {
        using var memory = Mapped(out var sent);
        using (sent)
        {
            Assert.Throws<InvalidOperationException>(() => memory.SwapDirtyEpoch((_, _) => { }));
            Assert.Throws<InvalidOperationException>(() => memory.TrackSent(1));
        }

        memory.SwapDirtyEpoch((_, _) => { });
        memory.TrackSent(1).Dispose();
    }

    private static byte[] Bytes(int count, Func<int, int> value) =>
        [.. Enumerable.Range(0, count).Select(index => (byte)value(index))];

    private static GuestMemory Mapped(out SentPages sent, int imagesMax = 10)
    {
        var memory = GuestMemory.Reserve(ArenaBytes, RamPages * PageNumber.Bytes);
        Assert.True(memory.TryMap(0, 4 * PageNumber.Bytes, Protection.Read | Protection.Write));
        sent = memory.TrackSent(imagesMax);
        return memory;
    }

    private static void SendPending(SentPages sent, Dictionary<ulong, byte[]> mirror, string label, int most)
    {
        sent.ForEachPending(page =>
        {
            if (most-- <= 0)
            {
                return;
            }

            var change = sent.Look(page);
            var there = mirror.GetValueOrDefault(page.Value, new byte[PageNumber.Bytes]);
            if (!change.Base.IsEmpty)
            {
                Assert.True(change.Base.SequenceEqual(there), $"{label}: page {page.Value} has another base");
                for (var at = 0; at < PageNumber.Bytes; at++)
                {
                    var isTold = (change.Lines & (1UL << (at / PageNumber.LineBytes))) != 0;
                    Assert.True(
                        isTold || change.Content[at] == there[at], $"{label}: page {page.Value}, byte {at} untold");
                }
            }

            mirror[page.Value] = change.Content.ToArray();
            sent.NoteSent(page);
        });
    }

    private static void AssertEqual(GuestMemory memory, Dictionary<ulong, byte[]> mirror, string label)
    {
        var held = new HashSet<ulong>();
        memory.ForEachPresentPage(page =>
        {
            held.Add(page.Value);
            Assert.True(
                memory.Page(page).SequenceEqual(mirror.GetValueOrDefault(page.Value, new byte[PageNumber.Bytes])),
                $"{label}: page {page.Value} differs");
        });
        foreach (var (page, bytes) in mirror.Where(item => !held.Contains(item.Key)))
        {
            Assert.True(!bytes.AsSpan().ContainsAnyExcept((byte)0), $"{label}: page {page} is not given up");
        }
    }

    private static void Operate(Random random, GuestMemory memory)
    {
        var page = (ulong)random.Next(PageCount);
        var count = (ulong)random.Next(1, 4);
        var (address, length) = (page << PageNumber.Shift, count << PageNumber.Shift);
        const Protection All = Protection.Read | Protection.Write;
        switch (random.Next(24))
        {
            case 0:
                memory.TryMap(address, length, All);
                break;
            case 1:
                memory.TryUnmap(address, length);
                break;
            case 2:
                memory.Zero(address, length);
                break;
            case 3:
                Move(memory, new PageNumber(page), new PageNumber((ulong)random.Next(PageCount)));
                break;
            case 4 when memory.CanShare:
                memory.TryMapShareable(address, length, All);
                break;
            case 5 when memory.CanShare:
                Share(memory, new PageNumber(page), new PageNumber((ulong)random.Next(PageCount)));
                break;
            default:
                Write(random, memory, address + (ulong)random.Next(PageNumber.Bytes));
                break;
        }
    }

    private static void Move(GuestMemory memory, PageNumber from, PageNumber to)
    {
        var isFree = memory.ProtectionOf(to) is not null && !memory.IsShared(to) && from != to
            && !memory.HoldsContent(to.Value);
        if (isFree && memory.ProtectionOf(from) is not null && !memory.IsShared(from))
        {
            memory.MovePage(from, to);
        }
    }

    private static void Share(GuestMemory memory, PageNumber page, PageNumber with)
    {
        if (page != with && memory.IsShareable(with.Value) && memory.ProtectionOf(with) is not null
            && memory.TryMapShareable(page.Address, PageNumber.Bytes, Protection.Read | Protection.Write))
        {
            memory.TryShare(page, with);
        }
    }

    private static unsafe void Write(Random random, GuestMemory memory, ulong address)
    {
        var bytes = new byte[random.Next(8) == 0 ? random.Next(1, 9000) : 1 << random.Next(4)];
        random.NextBytes(bytes);
        var space = new FlatAddressSpace(memory);
        switch (random.Next(3))
        {
            case 0:
                memory.TryWrite(address, bytes);
                break;
            case 1 when bytes.Length <= 8:
                address &= ~((ulong)bytes.Length - 1);
                if (space.Atomic(address, (uint)bytes.Length, out _) is var word && word is not null)
                {
                    bytes.CopyTo(new Span<byte>(word, bytes.Length));
                }

                break;
            case 2 when bytes.Length <= 8 && space.PlainStore(address, (uint)bytes.Length) is var plain
                && plain is not null:
                bytes.CopyTo(new Span<byte>(plain, bytes.Length));
                break;
            case 2 when bytes.Length <= 8:
                space.Store(address, bytes, out _);
                break;
        }
    }
}
