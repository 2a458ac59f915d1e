using Vee.Machines.Linux;
using Vee.Machines.Linux.Signals;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Files;

public sealed class SpecialFileTests : IDisposable
{
    private const ulong Millisecond = 1_000_000;

    private readonly LinuxHarness linux = new();

    public void Dispose() => linux.Dispose();

    [Fact]
    public void Event_counter_gives_its_sum_and_a_semaphore_gives_ones()
    {
        var counter = (ulong)linux.Must("eventfd2", 3, NonBlocking);
        var semaphore = (ulong)linux.Must("eventfd2", 2, NonBlocking | 1);
        var buffer = linux.Reserve(8);
        linux.Must("write", counter, linux.Words(4), 8);

        linux.Must("read", counter, buffer, 8);
        Assert.Equal(7UL, linux.Read<ulong>(buffer));
        Assert.Equal(Errno.EAGAIN, linux.Call("read", counter, buffer, 8).Error);
        linux.Must("read", semaphore, buffer, 8);
        linux.Must("read", semaphore, buffer, 8);
        Assert.Equal(1UL, linux.Read<ulong>(buffer));
        Assert.Equal(Errno.EAGAIN, linux.Call("read", semaphore, buffer, 8).Error);
        Assert.Equal(Errno.EINVAL, linux.Call("read", counter, buffer, 7).Error);
        Assert.Equal(Errno.EINVAL, linux.Call("write", counter, linux.Words(ulong.MaxValue), 8).Error);
    }

    [Fact]
    public void Event_counter_takes_eight_bytes_of_a_long_write()
    {
        var counter = (ulong)linux.Must("eventfd2", 0, NonBlocking);

        Assert.Equal(8, linux.Must("write", counter, linux.Words(1, 2, 3), 24));

        Assert.Equal("\x01\0\0\0\0\0\0\0", linux.ReadUpTo(counter, 8).Text);
    }

    [Fact]
    public void Timer_reader_waits_until_the_timer_expires()
    {
        var timer = (ulong)linux.Must("timerfd_create", 1, 0);
        linux.Must("timerfd_settime", timer, 0, linux.Words(0, 10 * Millisecond, 0, 5 * Millisecond), 0);
        var buffer = linux.Reserve(8);
        Assert.True(linux.Call("read", timer, buffer, 8).IsBlocked);
        Assert.Equal(linux.Process.Clock.Now + 5_000_000, linux.Thread.WaitDeadline);

        linux.Advance(27_000_000);

        Assert.Equal(8, linux.Resume().Raw);
        Assert.Equal(3UL, linux.Read<ulong>(buffer));
        linux.Must("timerfd_gettime", timer, buffer = linux.Reserve(32));
        Assert.Equal(10 * Millisecond, linux.Read<ulong>(buffer + 8));
        Assert.Equal(8 * Millisecond, linux.Read<ulong>(buffer + 24));
    }

    [Fact]
    public void Rearming_a_timer_moves_the_wait_of_its_reader()
    {
        var timer = (ulong)linux.Must("timerfd_create", 1, 0);
        linux.Must("timerfd_settime", timer, 0, linux.Words(0, 0, 0, 5 * Millisecond), 0);
        var reader = linux.AddThread();
        Assert.True(linux.CallOn(reader, "read", timer, linux.Reserve(8), 8).IsBlocked);

        linux.Must("timerfd_settime", timer, 0, linux.Words(0, 0, 0, 50 * Millisecond), 0);
        Assert.True(linux.Resume(reader).IsBlocked);

        Assert.Equal(linux.Process.Clock.Now + 50_000_000, reader.WaitDeadline);
    }

    [Fact]
    public void Absolute_realtime_timer_expires_at_that_time()
    {
        var timer = (ulong)linux.Must("timerfd_create", 0, NonBlocking);
        var start = linux.Process.Clock.Realtime;
        linux.Must("timerfd_settime", timer, 1, linux.Words(0, 0, (ulong)(start / 1_000_000_000) + 1, 0), 0);

        Assert.Equal(Errno.EAGAIN, linux.Call("read", timer, linux.Reserve(8), 8).Error);
        linux.Advance(1_000_000_000);

        Assert.Equal(8, linux.Must("read", timer, linux.Reserve(8), 8));
    }

    [Fact]
    public void Signal_file_takes_pending_signals_of_its_mask()
    {
        var signals = (ulong)
            linux.Must("signalfd4", ulong.MaxValue, linux.Words(1UL << (SignalNumbers.Term - 1)), 8, 0);
        var buffer = linux.Reserve(256);
        Assert.True(linux.Call("read", signals, buffer, 256).IsBlocked);

        linux.Thread.Signals.Pending.TryAdd(new SignalInfo(SignalNumbers.Int, 0));
        linux.Thread.Signals.Pending.TryAdd(new SignalInfo(SignalNumbers.Term, 0) { SenderProcess = 7 });
        linux.Process.Files.NotifySignals();

        Assert.Equal(128, linux.Resume().Raw);
        Assert.Equal(SignalNumbers.Term, linux.Read<int>(buffer));
        Assert.Equal(7, linux.Read<int>(buffer + 12));
        Assert.Equal(SignalNumbers.Bit(SignalNumbers.Int), linux.Thread.Signals.Pending.Set);
    }

    [Fact]
    public void Sealed_memory_file_keeps_its_size_and_content()
    {
        var file = (ulong)linux.Must("memfd_create", linux.Text("shm"), 2);
        linux.Must("ftruncate", file, 4096);

        linux.Must("fcntl", file, 1033, 2 | 4);
        Assert.Equal(Errno.EPERM, linux.Call("ftruncate", file, 0).Error);
        Assert.Equal(Errno.EPERM, linux.Call("ftruncate", file, 8192).Error);
        Assert.Equal(1, linux.WriteText(file, "x").Raw);
        linux.Must("fcntl", file, 1033, 8 | 1);
        Assert.Equal(Errno.EPERM, linux.WriteText(file, "x").Error);
        Assert.Equal(Errno.EPERM, linux.Call("fcntl", file, 1033, 1).Error);
        Assert.Equal(15, linux.Must("fcntl", file, 1034, 0));
    }

    [Fact]
    public void Descriptors_are_duplicated_lowest_first()
    {
        linux.Process.Files.InstallStandardStreams();
        var file = linux.MustOpen("/etc/passwd");

        Assert.Equal(3UL, file);
        Assert.Equal(4, linux.Must("dup", file));
        Assert.Equal(10, linux.Must("fcntl", file, 1030, 10));
        Assert.Equal(1, linux.Must("fcntl", 10, 1, 0));
        Assert.Equal(7, linux.Must("dup3", file, 7, 0));
        linux.Must("close", 4);
        Assert.Equal(4, linux.Must("dup", file));
        Assert.Equal(Errno.EINVAL, linux.Call("dup3", file, file, 0).Error);
        Assert.Equal(Errno.EBADF, linux.Call("dup3", file, 1024, 0).Error);
        linux.Must("close_range", 3, uint.MaxValue, 0);
        Assert.Equal([0, 1, 2], linux.Process.Files.Numbers);
    }

    [Fact]
    public void Descriptors_end_at_the_limit()
    {
        linux.Process.Limits.Set(ResourceLimits.OpenFilesIndex, 5, 5);
        var pipe = linux.Reserve(8);
        linux.Must("pipe2", pipe, 0);
        linux.Must("pipe2", pipe, 0);

        Assert.Equal(Errno.EMFILE, linux.Call("pipe2", pipe, 0).Error);
        Assert.Equal(4, linux.Must("eventfd2", 0, 0));
        Assert.Equal(Errno.EMFILE, linux.Open("/tmp/new", Create | WriteOnly).Error);
        Assert.Equal(5, linux.Process.Files.Descriptions.Count);
    }

    [Fact]
    public void Copies_between_files_move_positions()
    {
        linux.Put("/tmp/a", "0123456789");
        var source = linux.MustOpen("/tmp/a");
        var target = linux.MustOpen("/tmp/b", Create | ReadWrite);
        var offset = linux.Words(4);

        Assert.Equal(3, linux.Must("sendfile", target, source, offset, 3));
        Assert.Equal(7UL, linux.Read<ulong>(offset));
        Assert.Equal(5, linux.Must("sendfile", target, source, 0, 5));
        Assert.Equal(5, linux.Must("copy_file_range", source, 0, target, 0, 100, 0));

        Assert.Equal("4560123456789", linux.Get("/tmp/b"));
    }

    [Fact]
    public void Send_to_a_full_pipe_goes_on_where_it_stopped()
    {
        linux.Put("/tmp/a", new string('x', 100_000));
        var source = linux.MustOpen("/tmp/a");
        var (reader, writer) = linux.Pipe();
        var sender = linux.AddThread();
        Assert.True(linux.CallOn(sender, "sendfile", writer, source, 0, 100_000).IsBlocked);

        linux.Must("read", reader, linux.Reserve(65536), 65536);

        Assert.Equal(100_000, linux.Resume(sender).Raw);
        Assert.Equal(100_000 - 65536, linux.Must("read", reader, linux.Reserve(65536), 65536));
    }

    [Fact]
    public void Interrupted_send_returns_its_progress_and_moves_the_offset()
    {
        linux.Put("/tmp/a", new string('x', 100_000));
        var source = linux.MustOpen("/tmp/a");
        var (_, writer) = linux.Pipe();
        var offset = linux.Words(0);
        Assert.True(linux.Call("sendfile", writer, source, offset, 100_000).IsBlocked);

        linux.Interrupt();

        Assert.Equal(65536, linux.Resume().Raw);
        Assert.Equal(65536UL, linux.Read<ulong>(offset));
    }

    [Fact]
    public void Confined_opens_do_not_leave_their_directory()
    {
        linux.MakeDirectory("/tmp/d");
        linux.Put("/tmp/d/in", "x");
        linux.Symlink("/etc/passwd", "/tmp/d/out");
        var directory = linux.MustOpen("/tmp/d", DirectoryOnly);
        SyscallResult Open(string path, ulong resolve) =>
            linux.Call("openat2", directory, linux.Text(path), linux.Words(0, 0, resolve), 24);

        Assert.False(Open("in", 8).IsError);
        Assert.Equal(Errno.EXDEV, Open("../d/in", 8).Error);
        Assert.Equal(Errno.EXDEV, Open("out", 8).Error);
        Assert.Equal(Errno.EXDEV, Open("/etc/passwd", 8).Error);
        Assert.Equal(Errno.ENOENT, Open("out", 16).Error);
        Assert.False(Open("/in", 16).IsError);
        Assert.False(Open("../../in", 16).IsError);
        Assert.Equal(Errno.ELOOP, Open("out", 4).Error);
    }

    [Fact]
    public void Statx_tells_what_stat_tells()
    {
        linux.Put("/tmp/a", "12345");
        var place = linux.Reserve(256);

        linux.Must("statx", WorkingDirectory, linux.Text("/tmp/a"), 0, 0xfff, place);

        Assert.Equal(5UL, linux.Read<ulong>(place + 40));
        Assert.Equal(linux.StatOf("/tmp/a").Inode, linux.Read<long>(place + 32));
        Assert.Equal(1_767_225_600L, linux.Read<long>(place + 112));
    }
}
