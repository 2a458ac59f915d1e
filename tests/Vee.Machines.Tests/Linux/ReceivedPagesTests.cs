using Vee.Machines.Linux;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>A machine whose pages went ahead of its state does exactly what an undisturbed one does.</summary>
public sealed class ReceivedPagesTests
{
    public static TheoryData<string, string, int> Guests => new()
    {
        { "threads", "--threads 5 --rounds 20", 3 },
        { "writer", "--memory 1M --rounds 10 --pattern random-words", 1 },
        { "writer", "--memory 1M --rounds 10 --pattern moving-records", 2 },
        { "ledger", "--memory 2M --transactions 3000", 2 },
        { "kvstore", "--self-test", 2 },
        { "streamer", "--self-test --count 60 --rate 200", 2 },
        { "conformance/shared_pages", "", 2 },
    };

    [Theory]
    [MemberData(nameof(Guests))]
    public void Pages_that_go_ahead_in_rounds_make_the_same_machine(string guest, string arguments, int harts)
    {
        var random = new Random(TestSeed.Announce());
        var words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var undisturbed = new TestConsole { Ended = true };
        using var whole = GuestRun.Create(guest, words, undisturbed, harts);
        GuestRun.ToEnd(whole);
        var total = whole.Harts.Sum(hart => (long)hart.Retired);

        var console = new TestConsole { Ended = true };
        var machine = GuestRun.Create(guest, words, console, harts);
        for (var hosts = 0; machine.Ending is null && hosts < 6; hosts++)
        {
            machine = Moved(machine, console, random, total);
        }

        GuestRun.ToEnd(machine);
        Assert.Equal(undisturbed.Output, console.Output);
        Assert.Equal(MemoryState.Of(whole), MemoryState.Of(machine));
        machine.Dispose();
    }

    [Fact]
    public void Room_of_another_size_is_refused_and_freed()
    {
        using var machine = GuestRun.Create("hello", [], new TestConsole());
        var state = new MemoryState();
        machine.SaveWithoutPages(state);
        var pages = ProcessMachine.ReceivePages(machine.Options.MemoryBytes / 2);

        var other = ProcessMachine.TryRestore(state, new TestConsole(), null, null, null, pages, out var refusal);

        Assert.Null(other);
        Assert.Contains("room was made for another size", refusal, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => pages.TryPlace(new PageNumber(1), new byte[PageNumber.Bytes]));
    }

    [Fact]
    public void No_more_pages_are_taken_than_the_machine_can_have_and_a_few()
    {
        using var pages = ProcessMachine.ReceivePages(16 * PageNumber.Bytes);
        var page = new byte[PageNumber.Bytes];
        page[7] = 1;

        var taken = Enumerable.Range(0, 10_000).TakeWhile(n => pages.TryPlace(new PageNumber((ulong)n), page)).Count();

        Assert.Equal(pages.CountMax, taken);
        // Zeros hold nothing: they take no room, and give it back.
        Assert.True(pages.TryPlace(new PageNumber(9_999), new byte[PageNumber.Bytes]));
        Assert.True(pages.TryPlace(new PageNumber(3), new byte[PageNumber.Bytes]));
        Assert.True(pages.TryPlace(new PageNumber(9_999), page));
        Assert.Equal(0, pages[new PageNumber(3)][7]);
        Assert.Equal(1, pages[new PageNumber(9_999)][7]);
    }

    /// <summary>Runs on while pages go to another memory, then goes there itself.</summary>
    private static ProcessMachine Moved(ProcessMachine machine, TestConsole console, Random random, long total)
    {
        using var sent = machine.Memory.TrackSent(random.Next(3) * 100);
        var pages = ProcessMachine.ReceivePages(machine.Options.MemoryBytes);
        for (var round = 0; round < 4; round++)
        {
            Send(sent, pages);
            GuestRun.ToEnd(machine, () => random.NextInt64(1, total / 40), () => true);
        }

        Send(sent, pages);
        var state = new MemoryState();
        machine.SaveWithoutPages(state);
        var moved = ProcessMachine.TryRestore(state, console, null, null, null, pages, out var refusal);
        Assert.True(moved is not null, refusal);
        Assert.Equal(MemoryState.Of(machine), MemoryState.Of(moved));
        machine.Dispose();
        return moved;
    }

    private static void Send(SentPages sent, ReceivedPages pages) => sent.ForEachPending(page =>
    {
        Assert.True(pages.TryPlace(page, sent.Look(page).Content));
        sent.NoteSent(page);
    });
}
