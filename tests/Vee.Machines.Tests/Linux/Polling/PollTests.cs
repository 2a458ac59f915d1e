using Vee.Machines.Linux;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Tests.Linux.Files;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Polling;

public sealed class PollTests : IDisposable
{
    private const ulong In = 1;
    private const ulong Out = 4;
    private const ulong HangUp = 0x10;

    private readonly LinuxHarness linux = new();

    public void Dispose() => linux.Dispose();

    [Fact]
    public void Poll_reports_each_entry()
    {
        var (reader, writer) = linux.Pipe();
        var entries = Entries((reader, In), (writer, Out), (99UL, In), ((ulong)uint.MaxValue, In));

        Assert.Equal(2, linux.Must("ppoll", entries, 4, 0, 0, 8));

        Assert.Equal([0UL, Out, 0x20, 0], Found(entries, 4));
        linux.WriteText(writer, "x");
        linux.Must("close", writer);
        Assert.Equal(3, linux.Must("ppoll", entries, 4, 0, 0, 8));
        Assert.Equal([In | HangUp, 0x20, 0x20, 0], Found(entries, 4));
    }

    [Fact]
    public void Poll_waits_for_any_of_its_files()
    {
        var (reader, writer) = linux.Pipe();
        var (second, _) = linux.Pipe();
        var entries = Entries((reader, In), (second, In), (reader, In));
        var poller = linux.AddThread();
        Assert.True(linux.CallOn(poller, "ppoll", entries, 3, 0, 0, 8).IsBlocked);

        linux.WriteText(writer, "x");

        Assert.Equal(2, linux.Resume(poller).Raw);
        Assert.Equal([In, 0, In], Found(entries, 3));
    }

    [Fact]
    public void Poll_ends_at_its_timeout_and_writes_what_is_left()
    {
        var (reader, writer) = linux.Pipe();
        var entries = Entries((reader, In));
        var timeout = linux.Words(0, 5_000_000);
        var poller = linux.AddThread();
        Assert.True(linux.CallOn(poller, "ppoll", entries, 1, timeout, 0, 8).IsBlocked);
        linux.Advance(2_000_000);
        linux.WriteText(writer, "x");
        Assert.Equal(1, linux.Resume(poller).Raw);
        Assert.Equal(3_000_000UL, linux.Read<ulong>(timeout + 8));

        linux.ReadUpTo(reader, 1);
        Assert.True(linux.CallOn(poller, "ppoll", entries, 1, timeout, 0, 8).IsBlocked);
        linux.Advance(3_000_000);

        Assert.Equal(0, linux.Resume(poller).Raw);
        Assert.Equal([0UL], Found(entries, 1));
    }

    [Fact]
    public void Poll_with_a_zero_timeout_never_waits()
    {
        var (reader, _) = linux.Pipe();

        Assert.Equal(0, linux.Must("ppoll", Entries((reader, In)), 1, linux.Words(0, 0), 0, 8));
    }

    [Fact]
    public void Poll_of_a_timer_waits_until_it_expires()
    {
        var timer = (ulong)linux.Must("timerfd_create", 1, 0);
        linux.Must("timerfd_settime", timer, 0, linux.Words(0, 0, 0, 7_000_000), 0);
        var entries = Entries((timer, In));
        Assert.True(linux.Call("ppoll", entries, 1, 0, 0, 8).IsBlocked);

        linux.Advance(7_000_000);

        Assert.Equal(1, linux.Resume().Raw);
    }

    [Fact]
    public void Poll_swaps_the_signal_mask_once()
    {
        var (reader, _) = linux.Pipe();
        linux.Thread.Signals.Mask = 0xf0;

        Assert.True(linux.Call("ppoll", Entries((reader, In)), 1, 0, linux.Words(0xffff_ffff_ffff_ffff), 8).IsBlocked);

        Assert.Equal(0xf0UL, linux.Thread.Signals.MaskToRestore);
        Assert.Equal(~(1UL << 8 | 1UL << 18), linux.Thread.Signals.Mask);
        linux.Process.Threads.MakeRunnable(linux.Thread, WakeReason.Event);
        Assert.True(linux.Resume().IsBlocked);
        Assert.Equal(0xf0UL, linux.Thread.Signals.MaskToRestore);
    }

    [Fact]
    public void Signal_that_the_new_mask_lets_through_ends_the_poll_at_once()
    {
        var (reader, _) = linux.Pipe();
        linux.Thread.Signals.Mask = ulong.MaxValue;
        linux.Thread.Signals.Pending.TryAdd(new Vee.Machines.Linux.Signals.SignalInfo(10, 0));

        Assert.Equal(Errno.EINTR, linux.Call("ppoll", Entries((reader, In)), 1, 0, linux.Words(0), 8).Error);
    }

    [Fact]
    public void Select_reports_three_sets()
    {
        var (reader, writer) = linux.Pipe();
        var reads = linux.Words(1UL << (int)reader | 1UL << (int)writer, 0);
        var writes = linux.Words(1UL << (int)writer, 0);

        Assert.Equal(1, linux.Must("pselect6", writer + 1, reads, writes, 0, 0, 0));

        Assert.Equal(0UL, linux.Read<ulong>(reads));
        Assert.Equal(1UL << (int)writer, linux.Read<ulong>(writes));
        Assert.Equal(Errno.EBADF, linux.Call("pselect6", 64, linux.Words(1UL << 40), 0, 0, 0, 0).Error);
    }

    [Fact]
    public void Select_waits_and_times_out()
    {
        var (reader, _) = linux.Pipe();
        var reads = linux.Words(1UL << (int)reader);
        Assert.True(linux.Call("pselect6", reader + 1, reads, 0, 0, linux.Words(1, 0), 0).IsBlocked);

        linux.Advance(1_000_000_000);

        Assert.Equal(0, linux.Resume().Raw);
        Assert.Equal(0UL, linux.Read<ulong>(reads));
    }

    [Fact]
    public void Wait_of_poll_does_not_hide_other_waiters()
    {
        var (reader, writer) = linux.Pipe();
        GuestThread[] pollers = [linux.AddThread(), linux.AddThread(), linux.AddThread()];
        foreach (var poller in pollers)
        {
            Assert.True(linux.CallOn(poller, "ppoll", Entries((reader, In), (reader, In)), 2, 0, 0, 8).IsBlocked);
        }

        linux.WriteText(writer, "x");

        Assert.All(pollers, poller => Assert.Equal(2, linux.Resume(poller).Raw));
    }

    private ulong Entries(params ReadOnlySpan<(ulong File, ulong Events)> entries)
    {
        Span<ulong> words = stackalloc ulong[entries.Length];
        for (var index = 0; index < entries.Length; index++)
        {
            words[index] = (entries[index].File & uint.MaxValue) | entries[index].Events << 32;
        }

        return linux.Words(words);
    }

    private ulong[] Found(ulong entries, int count) =>
        [.. Enumerable.Range(0, count).Select(index => (ulong)linux.Read<ushort>(entries + ((ulong)index * 8) + 6))];
}
