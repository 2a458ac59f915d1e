using Vee.Machines.Linux;
using Vee.Machines.State;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Files;

public sealed class FileStateTests : IDisposable
{
    private readonly LinuxHarness linux = new();
    private readonly LinuxHarness other = new();

    public void Dispose()
    {
        linux.Dispose();
        other.Dispose();
    }

    [Fact]
    public void Everything_that_can_be_open_survives()
    {
        var world = OpenEverything();
        var saved = linux.SaveFiles();

        other.RestoreFiles(saved);

        Assert.Equal(saved, other.SaveFiles());
        Assert.Equal("tent", other.Drain(world.File));
        Assert.Equal("in the pipe", other.ReadUpTo(world.PipeReader, 100).Text);
        Assert.Equal("gone but open", other.Drain(world.Unlinked));
        Assert.Equal("\x05\0\0\0\0\0\0\0", other.ReadUpTo(world.Event, 8).Text);
        Assert.Equal(Errno.EAGAIN, other.ReadUpTo(world.Timer, 8).Result.Error);
        other.Advance(1_000_000);
        Assert.Equal(8, other.ReadUpTo(world.Timer, 8).Result.Raw);
        Assert.Equal("x", other.Get("/tmp/dir/link"));
        Assert.Equal(linux.Process.FileSystem.UsedBytes, other.Process.FileSystem.UsedBytes);
        Assert.Equal("/tmp/dir", other.Process.FileSystem.WorkingDirectory.Path);
    }

    [Fact]
    public void Epoll_set_reports_after_a_restore_what_it_would_have_reported()
    {
        OpenEverything();
        var saved = linux.SaveFiles();
        other.RestoreFiles(saved);
        other.Rewind();
        linux.Rewind();

        foreach (var harness in new[] { linux, other })
        {
            var place = harness.Reserve(160);
            var epoll = harness.Process.Files.Descriptions.Values.Single(file => file.StateKind == "epoll");
            var number = harness.Process.Files.Numbers.Single(
                number => harness.Process.Files.TryGet(number, out var file) && file == epoll);
            Assert.Equal(2, harness.Must("epoll_pwait", (ulong)number, place, 10, 0, 0, 8));
        }

        Assert.Equal(linux.SaveFiles(), other.SaveFiles());
    }

    [Fact]
    public void Descriptors_that_share_a_description_still_do()
    {
        linux.Put("/tmp/a", "abcdef");
        var first = linux.MustOpen("/tmp/a");
        var second = (ulong)linux.Must("dup", first);

        other.RestoreFiles(linux.SaveFiles());

        Assert.Equal("abc", other.ReadUpTo(first, 3).Text);
        Assert.Equal("def", other.ReadUpTo(second, 3).Text);
    }

    [Fact]
    public void Damaged_states_are_refused_and_never_throw_anything_else()
    {
        OpenEverything();
        var saved = linux.SaveFiles();
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var damaged = (byte[])saved.Clone();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            using var target = new LinuxHarness();
            Assert.Throws<StateRefusedException>(() => target.RestoreFiles(damaged));
        }
    }

    [Fact]
    public void Hostile_states_with_good_checksums_are_refused_or_harmless()
    {
        OpenEverything();
        var saved = linux.SaveFiles();
        var random = new Random(11);
        var refused = 0;
        for (var round = 0; round < 1500; round++)
        {
            using var target = new LinuxHarness();
            try
            {
                target.RestoreFiles(StateTampering.ChangeOneValue(saved, random));
            }
            catch (StateRefusedException)
            {
                refused++;
                continue;
            }

            // What was accepted must also work: list, stat and read everything.
            foreach (var number in target.Process.Files.Numbers.ToArray())
            {
                target.Rewind();
                target.Call("fstat", (ulong)number, target.Reserve(128));
                target.Call("read", (ulong)number, target.Reserve(4096), 4096);
                target.Thread.State = Vee.Machines.Linux.Threads.GuestThreadState.Runnable;
                target.Thread.WaitKeys.Clear();
                target.Thread.EndCall();
            }

            target.SaveFiles();
        }

        Assert.InRange(refused, 100, 1500);
    }

    private (ulong File, ulong PipeReader, ulong Unlinked, ulong Event, ulong Timer) OpenEverything()
    {
        linux.Process.Files.InstallStandardStreams();
        linux.Put("/tmp/file", "content");
        var file = linux.MustOpen("/tmp/file", ReadWrite);
        linux.ReadUpTo(file, 3);
        linux.Put("/tmp/gone", "gone but open");
        var unlinked = linux.MustOpen("/tmp/gone");
        linux.Unlink("/tmp/gone");
        linux.MakeDirectory("/tmp/dir");
        linux.Put("/tmp/dir/x", "x");
        linux.Symlink("x", "/tmp/dir/link");
        linux.Link("/tmp/dir/x", "/tmp/dir/hard");
        linux.Must("chdir", linux.Text("/tmp/dir"));
        linux.Must("getdents64", linux.MustOpen("/tmp"), linux.Reserve(64), 64);
        linux.ReadUpTo(linux.MustOpen("/proc/self/limits"), 10);
        linux.MustOpen("/proc/self/fd");
        linux.MustOpen("/tmp/file", PathOnly);
        linux.MustOpen("/dev/zero");
        linux.Must("mknodat", WorkingDirectory, linux.Text("fifo"), 0x1000 | 0x1b6, 0);
        linux.MustOpen("fifo", ReadWrite);
        var (reader, writer) = linux.Pipe();
        linux.WriteText(writer, "in the pipe");
        var counter = (ulong)linux.Must("eventfd2", 5, NonBlocking);
        var timer = (ulong)linux.Must("timerfd_create", 1, NonBlocking);
        linux.Must("timerfd_settime", timer, 0, linux.Words(0, 0, 0, 1_000_000), 0);
        linux.Must("signalfd4", ulong.MaxValue, linux.Words(0xff), 8, NonBlocking);
        var memory = (ulong)linux.Must("memfd_create", linux.Text("name"), 2);
        linux.WriteText(memory, "memory");
        var epoll = (ulong)linux.Must("epoll_create1", 0);
        foreach (var watched in new[] { reader, counter, timer })
        {
            linux.Must("epoll_ctl", epoll, 1, watched, linux.Words(0x8000_0001, watched));
        }

        return (file, reader, unlinked, counter, timer);
    }
}
