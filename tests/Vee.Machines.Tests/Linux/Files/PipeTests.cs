using Vee.Machines.Linux;
using Vee.Machines.Linux.Signals;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Files;

public sealed class PipeTests : IDisposable
{
    private readonly LinuxHarness linux = new();

    public void Dispose() => linux.Dispose();

    [Fact]
    public void Reader_of_an_empty_pipe_waits_for_a_writer()
    {
        var (reader, writer) = linux.Pipe();
        var other = linux.AddThread();
        var buffer = linux.Reserve(16);
        Assert.True(linux.CallOn(other, "read", reader, buffer, 16).IsBlocked);

        linux.WriteText(writer, "hello");

        Assert.Equal(5, linux.Resume(other).Raw);
        Assert.Equal("hello", linux.ReadText(buffer, 5));
    }

    [Fact]
    public void Reader_sees_the_end_when_the_last_writer_closes()
    {
        var (reader, writer) = linux.Pipe();
        var other = linux.AddThread();
        Assert.True(linux.CallOn(other, "read", reader, linux.Reserve(16), 16).IsBlocked);

        linux.Must("close", writer);

        Assert.Equal(0, linux.Resume(other).Raw);
    }

    [Fact]
    public void Large_write_continues_where_the_pipe_was_full()
    {
        var (reader, writer) = linux.Pipe();
        var other = linux.AddThread();
        var content = new byte[200_000];
        new Random(1).NextBytes(content);
        Assert.True(linux.CallOn(other, "write", writer, linux.Bytes(content), 200_000).IsBlocked);

        var received = new List<byte>();
        var buffer = linux.Reserve(50_000);
        var isDone = false;
        while (received.Count < content.Length)
        {
            var count = (int)linux.Must("read", reader, buffer, 50_000);
            received.AddRange(linux.Read(buffer, count));
            if (!isDone)
            {
                var result = linux.Resume(other);
                isDone = !result.IsBlocked;
                Assert.True(!isDone || result.Raw == content.Length);
            }
        }

        Assert.Equal(content, received);
    }

    [Fact]
    public void Signal_during_a_large_write_returns_what_was_written()
    {
        var (_, writer) = linux.Pipe();
        Assert.True(linux.Call("write", writer, linux.Reserve(200_000), 200_000).IsBlocked);

        linux.Interrupt();

        Assert.Equal(65536, linux.Resume().Raw);
    }

    [Fact]
    public void Signal_before_anything_was_written_asks_for_a_restart()
    {
        var (_, writer) = linux.Pipe();
        linux.Must("write", writer, linux.Reserve(65536), 65536);
        Assert.True(linux.Call("write", writer, linux.Reserve(1), 1).IsBlocked);

        linux.Interrupt();

        Assert.Equal(Errno.ERESTARTSYS, linux.Resume().Error);
    }

    [Fact]
    public void Small_writes_are_never_split()
    {
        var (_, writer) = linux.Pipe(NonBlocking);
        linux.Must("write", writer, linux.Reserve(65536), 65536 - 100);

        Assert.Equal(Errno.EAGAIN, linux.Call("write", writer, linux.Reserve(200), 200).Error);
        Assert.Equal(100, linux.Must("write", writer, linux.Reserve(8192), 8192));
    }

    [Fact]
    public void Write_without_a_reader_is_EPIPE_and_a_signal()
    {
        var (reader, writer) = linux.Pipe();
        linux.Must("close", reader);

        Assert.Equal(Errno.EPIPE, linux.WriteText(writer, "x").Error);

        Assert.Equal(SignalNumbers.Bit(SignalNumbers.Pipe), linux.Thread.Signals.Pending.Set);
    }

    [Fact]
    public void Vectors_are_gathered_and_scattered()
    {
        var (reader, writer) = linux.Pipe();
        var source = linux.Words(linux.Text("one"), 3, linux.Text(""), 0, linux.Text("two!"), 4);
        Assert.Equal(7, linux.Must("writev", writer, source, 3));

        var (first, second) = (linux.Reserve(5), linux.Reserve(5));
        Assert.Equal(7, linux.Must("readv", reader, linux.Words(first, 5, second, 5), 2));

        Assert.Equal("onetw", linux.ReadText(first, 5));
        Assert.Equal("o!", linux.ReadText(second, 2));
    }

    [Fact]
    public void Reading_into_a_bad_address_takes_nothing_from_the_pipe()
    {
        var (reader, writer) = linux.Pipe();
        linux.WriteText(writer, "precious");

        Assert.Equal(Errno.EFAULT, linux.Call("read", reader, 8, 8).Error);
        var end = LinuxHarness.ScratchStart + LinuxHarness.ScratchBytes;
        Assert.Equal(3, linux.Call("read", reader, end - 3, 8).Raw);

        Assert.Equal("cious", linux.ReadUpTo(reader, 10).Text);
    }

    [Fact]
    public void Named_pipe_joins_two_openers()
    {
        linux.Must("mknodat", WorkingDirectory, linux.Text("/tmp/p"), 0x1000 | 0x1b6, 0);
        var other = linux.AddThread();
        Assert.Equal(Errno.ENXIO, linux.Open("/tmp/p", WriteOnly | NonBlocking).Error);
        Assert.True(linux.CallOn(other, "openat", WorkingDirectory, linux.Text("/tmp/p"), ReadOnly, 0).IsBlocked);

        var writer = linux.MustOpen("/tmp/p", WriteOnly);
        var reader = linux.Resume(other);

        Assert.False(reader.IsError);
        linux.WriteText(writer, "joined");
        Assert.Equal("joined", linux.ReadUpTo((ulong)reader.Raw, 16).Text);
        Assert.All(linux.Process.Files.Descriptions.Values, file => Assert.Equal(1, file.References));
    }

    [Fact]
    public void Interrupted_open_of_a_named_pipe_leaves_nothing()
    {
        linux.Must("mknodat", WorkingDirectory, linux.Text("/tmp/p"), 0x1000 | 0x1b6, 0);
        Assert.True(linux.Open("/tmp/p").IsBlocked);

        linux.Interrupt();

        Assert.Equal(Errno.ERESTARTSYS, linux.Resume().Error);
        Assert.Empty(linux.Process.Files.Descriptions);
    }

    [Fact]
    public void Pipe_size_can_be_asked_and_changed()
    {
        var (_, writer) = linux.Pipe(NonBlocking);

        Assert.Equal(65536, linux.Must("fcntl", writer, 1032, 0));
        Assert.Equal(131072, linux.Must("fcntl", writer, 1031, 100_000));
        Assert.Equal(Errno.EPERM, linux.Call("fcntl", writer, 1031, 1 << 21).Error);
        Assert.Equal(131072, linux.Must("write", writer, linux.Reserve(200_000), 200_000));
        Assert.Equal(Errno.EBUSY, linux.Call("fcntl", writer, 1031, 4096).Error);
    }

    [Fact]
    public void Transfers_do_not_allocate()
    {
        var (reader, writer) = linux.Pipe();
        var file = linux.MustOpen("/tmp/a", Create | ReadWrite);
        var buffer = linux.Reserve(8192);
        var (read, write) = (SyscallTable.Find(63)!.Handler!, SyscallTable.Find(64)!.Handler!);
        var (preads, pwrites) = (SyscallTable.Find(67)!.Handler!, SyscallTable.Find(68)!.Handler!);
        void Round()
        {
            write(linux.Process, linux.Thread, new(writer, buffer, 8192, 0, 0, 0));
            read(linux.Process, linux.Thread, new(reader, buffer, 8192, 0, 0, 0));
            pwrites(linux.Process, linux.Thread, new(file, buffer, 8192, 0, 0, 0));
            preads(linux.Process, linux.Thread, new(file, buffer, 8192, 0, 0, 0));
        }

        Round();
        Round();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 0; index < 1000; index++)
        {
            Round();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
