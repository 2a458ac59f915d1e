using Vee.Machines.Linux;
using Vee.Machines.Tests.Linux.Files;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Polling;

public sealed class EpollTests : IDisposable
{
    private const uint In = 1;
    private const uint OneShot = 1u << 30;
    private const uint Edge = 1u << 31;
    private const ulong Add = 1;
    private const ulong Delete = 2;
    private const ulong Modify = 3;

    private readonly LinuxHarness linux = new();
    private readonly ulong set;
    private readonly ulong reader;
    private readonly ulong writer;

    public EpollTests()
    {
        set = (ulong)linux.Must("epoll_create1", 0);
        (reader, writer) = linux.Pipe();
    }

    public void Dispose() => linux.Dispose();

    [Fact]
    public void Level_triggered_item_is_reported_as_long_as_it_is_ready()
    {
        Control(Add, reader, In);
        Assert.Empty(Ready());

        linux.WriteText(writer, "x");

        Assert.Equal([(In, reader)], Ready());
        Assert.Equal([(In, reader)], Ready());
        linux.ReadUpTo(reader, 1);
        Assert.Empty(Ready());
    }

    [Fact]
    public void Edge_triggered_item_is_reported_once_per_event()
    {
        Control(Add, reader, In | Edge);
        linux.WriteText(writer, "x");

        Assert.Equal([(In, reader)], Ready());
        Assert.Empty(Ready());
        linux.WriteText(writer, "y");
        Assert.Equal([(In, reader)], Ready());
        Assert.Empty(Ready());
    }

    [Fact]
    public void One_shot_item_sleeps_until_it_is_modified()
    {
        Control(Add, reader, In | OneShot);
        linux.WriteText(writer, "x");

        Assert.Equal([(In, reader)], Ready());
        linux.WriteText(writer, "y");
        Assert.Empty(Ready());
        Control(Modify, reader, In | OneShot);
        Assert.Equal([(In, reader)], Ready());
    }

    [Fact]
    public void Waiter_wakes_when_a_file_becomes_ready()
    {
        Control(Add, reader, In);
        var waiter = linux.AddThread();
        var place = linux.Reserve(16);
        Assert.True(linux.CallOn(waiter, "epoll_pwait", set, place, 1, ulong.MaxValue, 0, 8).IsBlocked);

        linux.WriteText(writer, "x");

        Assert.Equal(1, linux.Resume(waiter).Raw);
    }

    [Fact]
    public void Waiter_wakes_when_a_ready_file_is_added()
    {
        var waiter = linux.AddThread();
        Assert.True(linux.CallOn(waiter, "epoll_pwait", set, linux.Reserve(16), 1, ulong.MaxValue, 0, 8).IsBlocked);
        linux.WriteText(writer, "x");

        Control(Add, reader, In);

        Assert.Equal(1, linux.Resume(waiter).Raw);
    }

    [Fact]
    public void Waiter_that_finds_nothing_is_woken_by_the_next_event_too()
    {
        Control(Add, reader, In);
        var waiter = linux.AddThread();
        Assert.True(linux.CallOn(waiter, "epoll_pwait", set, linux.Reserve(16), 1, ulong.MaxValue, 0, 8).IsBlocked);
        linux.WriteText(writer, "x");
        linux.ReadUpTo(reader, 1);
        Assert.True(linux.Resume(waiter).IsBlocked);

        linux.WriteText(writer, "y");

        Assert.Equal(1, linux.Resume(waiter).Raw);
    }

    [Fact]
    public void Wait_ends_at_its_timeout()
    {
        Control(Add, reader, In);
        Assert.True(linux.Call("epoll_pwait", set, linux.Reserve(16), 1, 3, 0, 8).IsBlocked);

        linux.Advance(3_000_000);

        Assert.Equal(0, linux.Resume().Raw);
        Assert.Equal(0, linux.Must("epoll_pwait2", set, linux.Reserve(16), 1, linux.Words(0, 0), 0, 8));
    }

    [Fact]
    public void Timers_are_reported_when_they_expire()
    {
        var timer = (ulong)linux.Must("timerfd_create", 1, 0);
        linux.Must("timerfd_settime", timer, 0, linux.Words(0, 4_000_000, 0, 4_000_000), 0);
        Control(Add, timer, In | Edge);
        Assert.True(linux.Call("epoll_pwait", set, linux.Reserve(16), 1, ulong.MaxValue, 0, 8).IsBlocked);

        linux.Advance(4_000_000);

        Assert.Equal(1, linux.Resume().Raw);
        Assert.Empty(Ready());
        linux.Advance(4_000_000);
        Assert.Equal([(In, timer)], Ready());
    }

    [Fact]
    public void Closed_file_leaves_the_set_with_its_last_descriptor()
    {
        Control(Add, reader, In);
        linux.WriteText(writer, "x");
        var copy = (ulong)linux.Must("dup", reader);
        linux.Must("close", reader);
        Assert.Single(Ready());

        linux.Must("close", copy);

        Assert.Empty(Ready());
    }

    [Fact]
    public void Many_ready_items_take_turns()
    {
        var files = Enumerable.Range(0, 5).Select(_ => (ulong)linux.Must("eventfd2", 1, 0)).ToArray();
        foreach (var file in files)
        {
            Control(Add, file, In);
        }

        Assert.Equal(files[..2], Ready(2).Select(item => item.Data));
        Assert.Equal(files[2..4], Ready(2).Select(item => item.Data));
        Assert.Equal([files[4], files[0]], Ready(2).Select(item => item.Data));
    }

    [Fact]
    public void Sets_can_be_nested_but_not_in_a_circle()
    {
        var outer = (ulong)linux.Must("epoll_create1", 0);
        Control(Add, reader, In);
        Assert.Equal(Errno.None, Control(Add, set, In, outer));
        Assert.Equal(Errno.ELOOP, Control(Add, outer, In));
        Assert.Equal(Errno.EINVAL, Control(Add, set, In));
        var waiter = linux.AddThread();
        Assert.True(linux.CallOn(waiter, "epoll_pwait", outer, linux.Reserve(16), 1, ulong.MaxValue, 0, 8).IsBlocked);

        linux.WriteText(writer, "x");

        Assert.Equal(1, linux.Resume(waiter).Raw);
        Assert.Equal([(In, reader)], Ready());
    }

    [Fact]
    public void Chain_of_sets_has_a_longest_length()
    {
        var inner = set;
        var error = Errno.None;
        var length = 1;
        for (; error == Errno.None && length < 20; length++)
        {
            var outer = (ulong)linux.Must("epoll_create1", 0);
            error = Control(Add, inner, In, outer);
            inner = outer;
        }

        Assert.Equal(Errno.ELOOP, error);
        Assert.Equal(6, length);
    }

    [Fact]
    public void Wrong_use_is_refused()
    {
        Assert.Equal(Errno.None, Control(Add, reader, In));
        Assert.Equal(Errno.EEXIST, Control(Add, reader, In));
        Assert.Equal(Errno.ENOENT, Control(Modify, writer, In));
        Assert.Equal(Errno.ENOENT, Control(Delete, writer, In));
        Assert.Equal(Errno.EPERM, Control(Add, linux.MustOpen("/etc/passwd"), In));
        Assert.Equal(Errno.EBADF, Control(Add, 999, In));
        Assert.Equal(Errno.EINVAL, linux.Call("epoll_pwait", set, linux.Reserve(16), 0, 0, 0, 8).Error);
        Assert.Equal(Errno.EINVAL, linux.Call("epoll_pwait", reader, linux.Reserve(16), 1, 0, 0, 8).Error);
        linux.WriteText(writer, "x");
        Assert.Equal(Errno.EFAULT, linux.Call("epoll_pwait", set, 8, 1, 0, 0, 8).Error);
        Assert.Single(Ready());
    }

    private Errno Control(ulong operation, ulong file, uint events, ulong? on = null) =>
        linux.Call("epoll_ctl", on ?? set, operation, file, linux.Words(events, file)).Error;

    private List<(uint Events, ulong Data)> Ready(int countMax = 16)
    {
        var place = linux.Reserve(16 * countMax);
        var count = linux.Must("epoll_pwait", set, place, (ulong)countMax, 0, 0, 8);
        return [.. Enumerable.Range(0, (int)count).Select(index => (
            linux.Read<uint>(place + ((ulong)index * 16)), linux.Read<ulong>(place + ((ulong)index * 16) + 8)))];
    }
}
