using System.Globalization;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.Linux;
using Xunit;

namespace Vee.Hypervisor.Tests.Guests;

/// <summary>Machines whose files lie on the disk of their host.</summary>
public sealed class MachineDiskTests
{
    private const long Page = 4096;

    [Fact]
    public void A_sync_takes_what_the_disk_takes()
    {
        // 1,000 requests and 8,192,000 bytes a second: a page takes 1 ms, four pages that lie together take 2 ms.
        var disk = new DiskProfile
        {
            BytesPerSecond = 2000 * Page, OperationsPerSecond = 1000, LatencyNanoseconds = 3 * TestHost.Millisecond,
        };
        using var one = Played(disk, "--records", "50", "--bytes", "4K", "--batch", "1");
        using var four = Played(disk, "--records", "40", "--bytes", "4K", "--batch", "4");

        Assert.Equal((50, 4), (one.Syncs.Count, one.Syncs.MeanMs));
        Assert.Equal((10, 5), (four.Syncs.Count, four.Syncs.MeanMs));
        // Read back in pieces of 32 pages, 16 ms and the latency each.
        Assert.Equal(19, one.Reads.LongestMs);
    }

    [Fact]
    public void What_the_machine_moved_the_disk_served()
    {
        using var play = Played(new DiskProfile(), "--records", "300", "--bytes", "3000", "--batch", "7");
        var statistics = play.Guest.Machine;

        Assert.StartsWith("records 300, bytes 900000, wrong 0", play.Console.Output, StringComparison.Ordinal);
        Assert.Equal(statistics.DiskReadBytes + statistics.DiskWrittenBytes, play.Host.Disk.Bytes);
        Assert.Equal((900_000 / Page) + 1, statistics.DiskReadBytes / Page);
        Assert.True(statistics.DiskWrittenBytes >= 900_000, $"{statistics.DiskWrittenBytes} bytes written");
        TestHost.AssertConserved(play.Host);
    }

    [Fact]
    public void A_disk_that_is_shared_lets_both_wait()
    {
        var slow = new DiskProfile { OperationsPerSecond = 1000, LatencyNanoseconds = 0 };
        using var alone = Played(slow, "--records", "100", "--batch", "1");
        var host = TestHost.Of(TestHost.Cores(2) with { Disk = slow });
        var (console, other) = (new TestConsole(), new TestConsole());
        using var first = TestMachine.Guest("bin/journal", console, arguments: ["--records", "100", "--batch", "1"]);
        using var second = TestMachine.Guest("bin/journal", other, arguments: ["--records", "100", "--batch", "1"]);
        host.Add("first", first, new GuestShare());
        host.Add("second", second, new GuestShare());
        host.RunUntil(5 * TestHost.Second);

        Assert.Equal(1, alone.Syncs.MeanMs);
        Assert.Equal(2, Waits.Of("syncs", console.Errors).MeanMs);
        Assert.Equal(2, Waits.Of("syncs", other.Errors).MeanMs);
        TestHost.AssertConserved(host);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Slices_of_any_size_and_a_checkpoint_within_a_transfer_change_nothing(int harts)
    {
        using var whole = Started(new DiskProfile(), harts, long.MaxValue);
        whole.Host.RunUntil(3 * TestHost.Second);
        using var sliced = Started(new DiskProfile(), harts, 333);
        sliced.Host.RunUntil(3 * TestHost.Second);
        Assert.Equal(whole.Host.Hashes, sliced.Host.Hashes);
        Assert.Contains("wrong 0", whole.Console.Output, StringComparison.Ordinal);

        using var first = Started(new DiskProfile(), harts, long.MaxValue);
        AwaitTransfer(first);

        using var second = Started(new DiskProfile(), harts, 1_000);
        MemoryState.Read(MemoryState.Of(first.Host.Save), second.Host.Restore);
        Assert.True(second.Guest.Machine.IsDiskAwaited);
        second.Host.RunUntil(3 * TestHost.Second);
        Assert.Equal(whole.Host.Hashes, second.Host.Hashes);
        Assert.Equal(whole.Console.Errors, second.Console.Errors);
    }

    [Fact]
    public void A_machine_that_is_held_has_its_transfers_end_afterwards()
    {
        using var untouched = Started(new DiskProfile(), 1, long.MaxValue);
        untouched.Host.RunUntil(3 * TestHost.Second);

        using var held = Started(new DiskProfile(), 1, long.MaxValue);
        for (var hold = 0; hold < 10; hold++)
        {
            AwaitTransfer(held);
            held.Guest.Hold();
            held.Host.RunUntil(held.Host.Now + TestHost.Second);
            Assert.True(held.Guest.Machine.IsDiskAwaited);
            using var copy = Started(new DiskProfile(), 1, long.MaxValue);
            MemoryState.Read(MemoryState.Of(held.Host.Save), copy.Host.Restore);
            copy.Guest.Release();
            Assert.False(copy.Guest.Machine.IsDiskAwaited);
            held.Guest.Release();
            held.Host.RunUntil(held.Host.Now + TestHost.Millisecond);
        }

        held.Host.RunUntil(held.Host.Now + (3 * TestHost.Second));
        Assert.Equal(untouched.Console.Output, held.Console.Output);
        Assert.Equal(0, held.Guest.Machine.Ending!.Status);
    }

    [Fact]
    public void A_machine_that_comes_from_elsewhere_asks_its_new_disk()
    {
        using var there = Started(new DiskProfile(), 1, long.MaxValue);
        AwaitTransfer(there);

        var console = new TestConsole();
        var state = MemoryState.From(MemoryState.Written(there.Guest.Machine.Save));
        var host = TestHost.Of(TestHost.Cores(1));
        using var here = new MachineGuest(0, (network, disk) => ProcessMachine.TryRestore(
            state, console, root: null, network, disk, out var refusal)
            ?? throw new InvalidOperationException(refusal));
        host.Add("vm", here, new GuestShare());
        host.RunUntil(3 * TestHost.Second);

        Assert.Contains("wrong 0", console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_waits_for_its_disk_is_not_deadlocked()
    {
        using var play = Started(new DiskProfile { LatencyNanoseconds = TestHost.Second }, 1, long.MaxValue);
        play.Host.RunUntil(TestHost.Second / 2);
        Assert.True(play.Guest.Machine.IsDiskAwaited);
        Assert.False(play.Guest.IsDeadlocked);
    }

    private static void AwaitTransfer(Play play)
    {
        var limit = play.Host.Now + TestHost.Second;
        while (play.Guest.Machine.TransfersUnderWay.Count == 0)
        {
            play.Host.RunUntil(play.Host.Now + 10_000);
            Assert.True(
                play.Host.Now < limit,
                $"no transfer since {limit - TestHost.Second}; ended: {play.Guest.Machine.Ending}, waits for the disk: "
                + $"{play.Guest.Machine.IsDiskAwaited}, {play.Console.Output}");
        }
    }

    private static Play Played(DiskProfile disk, params string[] arguments)
    {
        var play = Started(disk, 1, long.MaxValue, arguments);
        play.Host.RunUntil(5 * TestHost.Second);
        Assert.Equal(0, play.Guest.Machine.Ending!.Status);
        return play;
    }

    private static Play Started(DiskProfile disk, int harts, long slice, params string[] arguments)
    {
        var host = TestHost.Of(TestHost.Cores(2) with { Disk = disk });
        host.HashEachSecond();
        var console = new TestConsole();
        var guest = TestMachine.Guest("bin/journal", console, harts: harts, slice: slice, arguments: arguments);
        host.Add("vm", guest, new GuestShare());
        return new Play(host, guest, console);
    }

    private sealed record Play(Host Host, MachineGuest Guest, TestConsole Console) : IDisposable
    {
        public Waits Syncs => Waits.Of("syncs", Console.Errors);

        public Waits Reads => Waits.Of("reads", Console.Errors);

        public void Dispose() => Guest.Dispose();
    }

    /// <summary>What the program tells of its waits, to the millisecond.</summary>
    private sealed record Waits(int Count, long MeanMs, long LongestMs)
    {
        public static Waits Of(string what, string told)
        {
            var line = told.Split('\n').Single(l => l.StartsWith(what, StringComparison.Ordinal));
            var numbers = line.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
                .Where(word => char.IsAsciiDigit(word[0]))
                .Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
            return new Waits((int)numbers[0], (numbers[1] + 500) / 1000, (numbers[2] + 500) / 1000);
        }
    }
}
