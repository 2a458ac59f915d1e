using Vee.Machines.Linux;
using Vee.Machines.Linux.Signals;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Files;

public sealed class FileSystemTests : IDisposable
{
    private readonly LinuxHarness linux = new();

    public void Dispose() => linux.Dispose();

    [Fact]
    public void File_that_was_written_reads_back()
    {
        linux.Put("/tmp/a", "hello");

        Assert.Equal("hello", linux.Get("/tmp/a"));
        Assert.Equal(5, linux.StatOf("/tmp/a").Size);
        Assert.Equal(0x8000u | 0x1a4, linux.StatOf("/tmp/a").Mode);
    }

    [Theory]
    [InlineData("/tmp/none", ReadOnly, Errno.ENOENT)]
    [InlineData("", ReadOnly, Errno.ENOENT)]
    [InlineData("/tmp/none/x", Create | WriteOnly, Errno.ENOENT)]
    [InlineData("/etc/passwd/x", ReadOnly, Errno.ENOTDIR)]
    [InlineData("/etc/passwd/", ReadOnly, Errno.ENOTDIR)]
    [InlineData("/etc/passwd", DirectoryOnly, Errno.ENOTDIR)]
    [InlineData("/etc/passwd", Create | Exclusive | WriteOnly, Errno.EEXIST)]
    [InlineData("/tmp", WriteOnly, Errno.EISDIR)]
    [InlineData("/tmp", Create | ReadOnly, Errno.EISDIR)]
    [InlineData("/tmp/new/", Create | WriteOnly, Errno.EISDIR)]
    [InlineData("/tmp/new", Create | DirectoryOnly, Errno.EINVAL)]
    [InlineData("/proc/meminfo", WriteOnly, Errno.EACCES)]
    [InlineData("/proc/new", Create | WriteOnly, Errno.EACCES)]
    [InlineData("/dev/tty", ReadOnly, Errno.ENXIO)]
    [InlineData("/dev/fd", NoFollow, Errno.ELOOP)]
    public void Open_of_what_cannot_be_opened_says_why(string path, int flags, object error) =>
        Assert.Equal((Errno)error, linux.Open(path, flags).Error);

    [Fact]
    public void Name_longer_than_255_bytes_is_refused() =>
        Assert.Equal(Errno.ENAMETOOLONG, linux.Open("/tmp/" + new string('x', 256), Create | WriteOnly).Error);

    [Fact]
    public void Path_without_end_within_4096_bytes_is_refused() =>
        Assert.Equal(Errno.ENAMETOOLONG, linux.Open("/" + new string('/', 4096)).Error);

    [Fact]
    public void Links_in_a_circle_end_in_ELOOP()
    {
        linux.Symlink("/tmp/b", "/tmp/a");
        linux.Symlink("a", "/tmp/b");

        Assert.Equal(Errno.ELOOP, linux.Open("/tmp/a").Error);
    }

    [Fact]
    public void Forty_links_are_followed_and_one_more_is_not()
    {
        linux.Put("/tmp/0", "end");
        for (var index = 1; index <= 41; index++)
        {
            linux.Symlink($"{index - 1}", $"/tmp/{index}");
        }

        Assert.Equal("end", linux.Get("/tmp/40"));
        Assert.Equal(Errno.ELOOP, linux.Open("/tmp/41").Error);
    }

    [Fact]
    public void Relative_links_start_where_they_lie()
    {
        linux.MakeDirectory("/tmp/d");
        linux.MakeDirectory("/tmp/e");
        linux.Put("/tmp/d/f", "there");
        linux.Symlink("../d", "/tmp/e/up");

        Assert.Equal("there", linux.Get("/tmp/e/up/f"));
        Assert.Equal("there", linux.Get("/tmp/e/up/../d/./f"));
    }

    [Fact]
    public void File_is_created_where_a_dangling_link_points()
    {
        linux.Symlink("target", "/tmp/link");

        linux.Put("/tmp/link", "x");

        Assert.Equal("x", linux.Get("/tmp/target"));
        Assert.Equal(Errno.EEXIST, linux.Open("/tmp/link", Create | Exclusive | WriteOnly).Error);
    }

    [Fact]
    public void Unlinked_file_lives_as_long_as_it_is_open()
    {
        linux.Put("/tmp/a", "content");
        var used = linux.Process.FileSystem.UsedBytes;
        var file = linux.MustOpen("/tmp/a");

        Assert.Equal(Errno.None, linux.Unlink("/tmp/a"));

        Assert.Equal(Errno.ENOENT, linux.Open("/tmp/a").Error);
        Assert.Equal("content", linux.Drain(file));
        Assert.Equal(0u, linux.StatOf(file).Links);
        linux.Must("close", file);
        Assert.Equal(used - 4096, linux.Process.FileSystem.UsedBytes);
    }

    [Fact]
    public void Hard_links_share_content_and_count()
    {
        linux.Put("/tmp/a", "one");

        Assert.Equal(Errno.None, linux.Link("/tmp/a", "/tmp/b"));
        linux.Put("/tmp/b", "two");

        Assert.Equal("two", linux.Get("/tmp/a"));
        Assert.Equal(2u, linux.StatOf("/tmp/a").Links);
        Assert.Equal(linux.StatOf("/tmp/a").Inode, linux.StatOf("/tmp/b").Inode);
        Assert.Equal(Errno.EEXIST, linux.Link("/tmp/a", "/tmp/b"));
        Assert.Equal(Errno.EPERM, linux.Link("/tmp", "/tmp/d"));
    }

    [Fact]
    public void Directories_count_their_children()
    {
        linux.MakeDirectory("/tmp/d");
        linux.MakeDirectory("/tmp/d/e");

        Assert.Equal(3u, linux.StatOf("/tmp/d").Links);
        Assert.Equal(Errno.ENOTEMPTY, linux.Unlink("/tmp/d", directory: true));
        Assert.Equal(Errno.EISDIR, linux.Unlink("/tmp/d/e"));
        Assert.Equal(Errno.None, linux.Unlink("/tmp/d/e", directory: true));
        Assert.Equal(2u, linux.StatOf("/tmp/d").Links);
        Assert.Equal(Errno.EEXIST, linux.MakeDirectory("/tmp/d"));
        Assert.Equal(Errno.EINVAL, linux.Unlink("/tmp/d/.", directory: true));
        Assert.Equal(Errno.EBUSY, linux.Unlink("/proc", directory: true));
    }

    [Fact]
    public void Rename_replaces_files_and_empty_directories_only()
    {
        linux.Put("/tmp/a", "a");
        linux.Put("/tmp/b", "b");
        linux.MakeDirectory("/tmp/d");
        linux.MakeDirectory("/tmp/e");
        linux.Put("/tmp/e/full", "x");

        Assert.Equal(Errno.EEXIST, linux.Rename("/tmp/a", "/tmp/b", flags: 1));
        Assert.Equal(Errno.None, linux.Rename("/tmp/a", "/tmp/b"));
        Assert.Equal("a", linux.Get("/tmp/b"));
        Assert.Equal(Errno.ENOENT, linux.Rename("/tmp/a", "/tmp/b"));
        Assert.Equal(Errno.EISDIR, linux.Rename("/tmp/b", "/tmp/d"));
        Assert.Equal(Errno.ENOTDIR, linux.Rename("/tmp/d", "/tmp/b"));
        Assert.Equal(Errno.ENOTEMPTY, linux.Rename("/tmp/d", "/tmp/e"));
        Assert.Equal(Errno.EINVAL, linux.Rename("/tmp/e", "/tmp/e/inside"));
        Assert.Equal(Errno.EXDEV, linux.Rename("/tmp/b", "/proc/b"));
        Assert.Equal(Errno.None, linux.Rename("/tmp/e", "/tmp/d"));
        Assert.Equal("x", linux.Get("/tmp/d/full"));
        Assert.Equal(Errno.None, linux.Rename("/tmp/d", "/tmp/b", flags: 2));
        Assert.Equal("x", linux.Get("/tmp/b/full"));
        Assert.Equal("a", linux.Get("/tmp/d"));
    }

    [Fact]
    public void Working_directory_follows_its_renaming()
    {
        linux.MakeDirectory("/tmp/d");
        linux.Must("chdir", linux.Text("/tmp/d"));
        linux.Rename("/tmp/d", "/tmp/e");
        var place = linux.Reserve(64);

        Assert.Equal(7, linux.Must("getcwd", place, 64));
        Assert.Equal("/tmp/e", linux.ReadText(place));
        Assert.Equal(Errno.ERANGE, linux.Call("getcwd", place, 6).Error);
        linux.Put("file", "relative");
        Assert.Equal("relative", linux.Get("/tmp/e/file"));
    }

    [Fact]
    public void Removed_working_directory_takes_no_new_names()
    {
        linux.MakeDirectory("/tmp/d");
        linux.Must("chdir", linux.Text("/tmp/d"));

        Assert.Equal(Errno.None, linux.Unlink("/tmp/d", directory: true));

        Assert.Equal(Errno.ENOENT, linux.Open("x", Create | WriteOnly).Error);
        Assert.Equal(Errno.ENOENT, linux.MakeDirectory("y"));
        Assert.Equal(Errno.ENOENT, linux.Call("getcwd", linux.Reserve(64), 64).Error);
    }

    [Fact]
    public void Listing_with_small_buffers_meets_every_name_once()
    {
        linux.MakeDirectory("/tmp/d");
        var expected = new List<string> { ".", ".." };
        for (var index = 0; index < 100; index++)
        {
            linux.Put($"/tmp/d/file{index}", "");
            expected.Add($"file{index}");
        }

        Assert.Equal(expected, linux.List("/tmp/d", bufferBytes: 64));
        Assert.Equal(Errno.EINVAL, linux.Call("getdents64", linux.MustOpen("/tmp/d"), linux.Reserve(8), 8).Error);
    }

    [Fact]
    public void Names_removed_while_a_directory_is_read_do_not_hide_others()
    {
        linux.MakeDirectory("/tmp/d");
        for (var index = 0; index < 200; index++)
        {
            linux.Put($"/tmp/d/{index}", "");
        }

        var directory = linux.MustOpen("/tmp/d");
        var buffer = linux.Reserve(512);
        var removed = 0;
        while (linux.Must("getdents64", directory, buffer, 512) is > 0 and var count)
        {
            for (ulong at = 0; at < (ulong)count; at += linux.Read<ushort>(buffer + at + 16))
            {
                var name = linux.ReadText(buffer + at + 19);
                removed += name is "." or ".." ? 0 : linux.Unlink("/tmp/d/" + name) == Errno.None ? 1 : 0;
            }
        }

        Assert.Equal(200, removed);
        Assert.Equal([".", ".."], linux.List("/tmp/d"));
    }

    [Fact]
    public void Content_beyond_the_limit_is_ENOSPC_and_comes_back_when_removed()
    {
        using var small = new LinuxHarness(new ProcessOptions { Arguments = ["test"], FileBytesMax = 64 << 10 });
        var file = small.MustOpen("/tmp/a", Create | ReadWrite);
        var buffer = small.Reserve(1 << 20);

        var written = small.Must("write", file, buffer, 1 << 20);
        Assert.InRange(written, 1, 64 << 10);
        Assert.Equal(Errno.ENOSPC, small.Call("write", file, buffer, 1 << 20).Error);
        small.Must("ftruncate", file, 0);
        Assert.Equal(written, small.Must("pwrite64", file, buffer, (ulong)written, 0));
    }

    [Fact]
    public void Sparse_file_costs_only_its_data()
    {
        var file = linux.MustOpen("/tmp/a", Create | ReadWrite);
        var used = linux.Process.FileSystem.UsedBytes;

        linux.Must("pwrite64", file, linux.Text("x"), 1, 1UL << 40);

        Assert.Equal(4096, linux.Process.FileSystem.UsedBytes - used);
        Assert.Equal((1L << 40) + 1, linux.StatOf(file).Size);
        Assert.Equal(8, linux.StatOf(file).Blocks);
        Assert.Equal(1L << 40, linux.Must("lseek", file, 0, 3));
        Assert.Equal(0, linux.Must("lseek", file, 0, 4));
        Assert.Equal(Errno.ENXIO, linux.Call("lseek", file, 1UL << 41, 3).Error);
        Assert.Equal(Errno.EFBIG, linux.Call("pwrite64", file, linux.Text("xy"), 2, long.MaxValue - 1).Error);
    }

    [Fact]
    public void Magic_links_lead_to_what_is_open()
    {
        linux.Put("/tmp/a", "content");
        var file = linux.MustOpen("/tmp/a");
        linux.Unlink("/tmp/a");

        Assert.Equal("content", linux.Get($"/proc/self/fd/{file}"));
        Assert.Equal("content", linux.Get($"/dev/fd/{file}"));
        var place = linux.Reserve(64);
        var count = linux.Must("readlinkat", WorkingDirectory, linux.Text($"/proc/self/fd/{file}"), place, 64);
        Assert.Equal("/tmp/a (deleted)", linux.ReadText(place, (int)count));
    }

    [Fact]
    public void Process_files_tell_about_the_process()
    {
        Assert.Equal("test\0", linux.Get("/proc/self/cmdline"));
        Assert.Contains("MemTotal:", linux.Get("/proc/meminfo"), StringComparison.Ordinal);
        Assert.Equal("0\n", linux.Get("/sys/devices/system/cpu/online"));
        Assert.Equal("vee\n", linux.Get("/proc/sys/kernel/hostname"));
        Assert.Equal(linux.Get("/proc/self/limits"), linux.Get("/proc/100/limits"));
        Assert.True(linux.List("/proc").Exists(name => name == "self"));
        Assert.Equal([".", "..", "100"], linux.List("/proc/self/task"));
        Assert.Equal("vee\n", linux.Get("/etc/hostname"));
        foreach (var name in linux.List("/proc/self")
            .Where(name => name is not ("." or ".." or "cwd" or "exe" or "root")))
        {
            Assert.False(linux.Open("/proc/self/" + name).IsError, name);
        }
    }

    [Fact]
    public void Devices_do_what_their_names_say()
    {
        Assert.Equal("", linux.Get("/dev/null"));
        Assert.Equal(new string('\0', 10), linux.ReadUpTo(linux.MustOpen("/dev/zero"), 10).Text);
        Assert.Equal(Errno.ENOSPC, linux.WriteText(linux.MustOpen("/dev/full", WriteOnly), "x").Error);
        Assert.Equal(16, linux.ReadUpTo(linux.MustOpen("/dev/urandom"), 16).Result.Raw);
        Assert.Equal(3, linux.WriteText(linux.MustOpen("/dev/null", WriteOnly), "abc").Raw);
    }

    [Fact]
    public void Standard_streams_reach_the_console()
    {
        linux.Process.Files.InstallStandardStreams();

        linux.WriteText(1, "out");
        linux.WriteText(2, "err");
        linux.WriteText(linux.MustOpen("/dev/stdout", WriteOnly), " again");

        Assert.Equal("out again", linux.Console.Output);
        Assert.Equal("err", linux.Console.Errors);
        Assert.Equal(Errno.ENOTTY, linux.Call("ioctl", 1, 0x5401, linux.Reserve(64)).Error);
        linux.Console.Terminal = true;
        Assert.Equal(0, linux.Must("ioctl", 1, 0x5401, linux.Reserve(64)));
    }

    [Theory]
    [InlineData(ConsoleWrite.NoReader, 0, Errno.EPIPE)]
    [InlineData(ConsoleWrite.NoReader, 2, Errno.EPIPE)]
    [InlineData(ConsoleWrite.NoSpace, 0, Errno.ENOSPC)]
    [InlineData(ConsoleWrite.Failed, 0, Errno.EIO)]
    public void Standard_stream_that_cannot_be_written_says_why(ConsoleWrite failure, int room, object error)
    {
        linux.Process.Files.InstallStandardStreams();
        (linux.Console.Failure, linux.Console.Room) = (failure, room);

        Assert.Equal((Errno)error, linux.WriteText(1, "abc").Error);
        var signals = failure == ConsoleWrite.NoReader ? SignalNumbers.Bit(SignalNumbers.Pipe) : 0;
        Assert.Equal(signals, linux.Thread.Signals.Pending.Set);
    }

    [Theory]
    [InlineData(ConsoleWrite.NoSpace)]
    [InlineData(ConsoleWrite.Failed)]
    public void Standard_stream_that_takes_a_part_is_a_short_write(ConsoleWrite failure)
    {
        linux.Process.Files.InstallStandardStreams();
        (linux.Console.Failure, linux.Console.Room) = (failure, 2);

        Assert.Equal(2, linux.WriteText(1, "abc").Raw);
        Assert.Equal("ab", linux.Console.Output);
    }

    [Fact]
    public void Console_reader_waits_until_something_is_typed()
    {
        linux.Process.Files.InstallStandardStreams();
        var buffer = linux.Reserve(16);
        Assert.True(linux.Call("read", 0, buffer, 16).IsBlocked);

        linux.Console.Type("line\n");
        linux.Process.Files.NotifyConsole();

        Assert.Equal(5, linux.Resume().Raw);
        Assert.Equal("line\n", linux.ReadText(buffer, 5));
    }
}
