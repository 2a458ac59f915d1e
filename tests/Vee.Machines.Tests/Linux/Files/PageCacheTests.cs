using Vee.Machines.Linux;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Files;

/// <summary>What a guest waits for its disk for, and what the disk is asked for.</summary>
public sealed class PageCacheTests : IDisposable
{
    private const int Page = 4096;
    private const int DataSync = 0x1000;
    private const int Direct = 0x4000;
    private const int DontNeed = 4;

    private readonly LinuxHarness linux = new();
    private readonly ManualDisk disk;

    public PageCacheTests()
    {
        disk = new ManualDisk(number => linux.Process.FileSystem.Cache.Complete(number));
        linux.Process.FileSystem.Cache.Attach(disk);
    }

    public void Dispose() => linux.Dispose();

    [Fact]
    public void Writing_waits_for_nobody_and_syncing_for_what_was_written()
    {
        var file = linux.MustOpen("/log", Create | ReadWrite);
        WritePages(file, 0, 3);
        WritePages(file, 10, 1);
        Assert.Empty(disk.Begun);

        Assert.True(linux.Call("fdatasync", file).IsBlocked);
        Assert.Equal([(true, 3 * Page), (true, Page)], disk.Begun);
        disk.End(1);
        Assert.Equal(GuestThreadState.Blocked, linux.Thread.State);
        disk.End(1);
        Assert.Equal(0, linux.Resume().Raw);

        Assert.Equal(0, linux.Must("fsync", file));
        Assert.Equal(2, disk.Begun.Count);
    }

    [Fact]
    public void Syncing_waits_also_for_what_is_being_written_already()
    {
        var file = linux.MustOpen("/log", Create | ReadWrite);
        WritePages(file, 0, 1);
        var other = linux.AddThread();
        Assert.True(linux.CallOn(other, "fsync", file).IsBlocked);

        Assert.True(linux.Call("sync").IsBlocked);

        Assert.Single(disk.Begun);
        disk.End(1);
        Assert.Equal((0, 0), (linux.Resume().Raw, linux.Resume(other).Raw));
    }

    [Theory]
    [InlineData(DataSync)]
    [InlineData(Direct)]
    public void A_synchronous_write_returns_when_the_disk_has_it_and_is_made_once(int flags)
    {
        var file = linux.MustOpen("/log", Create | WriteOnly | Append | flags);

        Assert.True(linux.Call("write", file, linux.Bytes("abc"u8), 3).IsBlocked);
        linux.Interrupt();
        Assert.Equal(GuestThreadState.Blocked, linux.Thread.State);
        disk.End(1);

        Assert.Equal(3, linux.Resume().Raw);
        Assert.Equal("abc", linux.Get("/log"));
        Assert.Equal([(true, Page)], disk.Begun);
    }

    [Fact]
    public void A_single_write_can_be_synchronous()
    {
        var file = linux.MustOpen("/log", Create | WriteOnly);
        var vector = linux.Words(linux.Bytes("abc"u8), 3);

        Assert.Equal(3, linux.Must("pwritev2", file, vector, 1, 0, 0, 1));
        Assert.True(linux.Call("pwritev2", file, vector, 1, Page, 0, 2).IsBlocked);

        // Its own page: what was written before is still only in memory.
        Assert.Equal([(true, Page)], disk.Begun);
        Assert.Single(linux.Process.FileSystem.Cache.UnderWay);
    }

    [Fact]
    public void What_was_dropped_is_read_again_and_a_sequel_is_read_ahead()
    {
        var file = Dropped("/data", 100);

        Assert.True(Read(file, 0, Page).IsBlocked);
        Assert.Equal([(false, 32 * Page)], disk.Begun);
        var other = linux.AddThread();
        Assert.True(Read(file, 20 * Page, Page, other).IsBlocked);
        Assert.Single(disk.Begun);
        disk.End(1);
        Assert.Equal((Page, Page), (linux.Resume().Raw, linux.Resume(other).Raw));

        Assert.True(Read(file, 50 * Page, 2 * Page).IsBlocked);
        Assert.Equal((false, 2 * Page), disk.Begun[1]);
        disk.End(1);
        Assert.Equal(2 * Page, linux.Resume().Raw);
        Assert.Equal(Page, Read(file, 31 * Page, Page).Raw);
    }

    [Fact]
    public void Prefetching_waits_for_nobody()
    {
        var file = Dropped("/data", 300);

        linux.Must("readahead", file, 0, 300 * Page);
        // A MiB of it, as more is not likely to be wanted soon.
        Assert.Equal([(false, 256 * Page)], disk.Begun);
        Assert.True(Read(file, 255 * Page, Page).IsBlocked);
        disk.End(1);
        Assert.Equal(Page, linux.Resume().Raw);
    }

    [Fact]
    public void A_direct_read_goes_to_the_disk_each_time()
    {
        linux.Put("/data", new string('x', 3 * Page));
        var file = linux.MustOpen("/data", Direct);
        Assert.True(Read(file, 0, 3 * Page).IsBlocked);

        // What is dirty of it is written before.
        Assert.Equal([(true, 3 * Page), (false, 3 * Page)], disk.Begun);
        disk.End(2);
        Assert.Equal(3 * Page, linux.Resume().Raw);
        Assert.True(Read(file, 0, Page).IsBlocked);
    }

    [Fact]
    public void What_is_overwritten_in_part_is_read_first()
    {
        var file = Dropped("/data", 10, ReadWrite);
        var bytes = linux.Bytes(new byte[2 * Page]);

        Assert.Equal(2 * Page, linux.Must("pwrite64", file, bytes, 2 * Page, 0));
        Assert.Empty(disk.Begun);
        Assert.True(linux.Call("pwrite64", file, bytes, Page, (7 * Page) + 1).IsBlocked);
        Assert.Equal([(false, Page), (false, Page)], disk.Begun[..2]);
        disk.End(2);
        Assert.Equal(Page, linux.Resume().Raw);

        // Beyond the end there is nothing to read.
        Assert.Equal(3, linux.Must("pwrite64", file, bytes, 3, 100 * Page));
        Assert.Equal(2, disk.Begun.Count);
    }

    [Fact]
    public void Much_that_is_dirty_is_written_and_too_much_makes_writers_wait()
    {
        var ram = linux.Process.Memory.RamPages;
        var file = linux.MustOpen("/log", Create | WriteOnly);
        var page = 0L;
        while (disk.Begun.Count == 0)
        {
            WritePages(file, page++, 1);
        }

        Assert.InRange(page, ram / 10, (ram / 10) + 2);
        SyscallResult result;
        do
        {
            result = linux.Call("pwrite64", file, LinuxHarness.ScratchStart, Page, (ulong)(page++ * Page));
        }
        while (!result.IsBlocked);

        Assert.InRange(page, ram / 5, (ram / 5) + 3);
        disk.End(1);
        Assert.Equal(Page, linux.Resume().Raw);
        Assert.Equal(disk.Begun.Sum(begun => begun.Bytes), linux.Process.FileSystem.Cache.WrittenBytes);
    }

    [Theory]
    [InlineData("/dev/shm/file")]
    [InlineData("/run/file")]
    [InlineData(null)]
    public void Files_in_memory_know_no_disk(string? path)
    {
        var file = path is null
            ? (ulong)linux.Must("memfd_create", linux.Text("file"), 0)
            : linux.MustOpen(path, Create | ReadWrite);
        WritePages(file, 0, 4);
        linux.Must("fsync", file);
        linux.Must("fadvise64", file, 0, 0, DontNeed);
        Assert.Equal(Page, Read(file, 0, Page).Raw);
        Assert.Empty(disk.Begun);
    }

    [Fact]
    public void Of_a_file_that_is_gone_nothing_is_written_and_what_was_under_way_ends()
    {
        var file = linux.MustOpen("/log", Create | ReadWrite);
        WritePages(file, 0, 2);
        Assert.True(linux.Call("fsync", file).IsBlocked);
        var other = linux.AddThread();
        Assert.Equal(Page, linux.CallOn(other, "pwrite64", file, LinuxHarness.ScratchStart, Page, Page).Raw);
        linux.CallOn(other, "unlinkat", WorkingDirectory, linux.Text("/log"));
        Assert.Equal(0, linux.CallOn(other, "close", file).Raw);
        disk.End(1);
        Assert.Equal(Errno.EBADF, linux.Resume().Error);

        Assert.Equal(0, linux.Must("sync"));
        Assert.Single(disk.Begun);
    }

    [Fact]
    public void What_is_cut_off_is_not_written()
    {
        var file = linux.MustOpen("/log", Create | ReadWrite);
        WritePages(file, 0, 8);
        linux.Must("ftruncate", file, 3 * Page);

        Assert.True(linux.Call("fsync", file).IsBlocked);

        Assert.Equal([(true, 3 * Page)], disk.Begun);
    }

    [Fact]
    public void A_mapping_waits_for_its_pages_and_its_stores_are_written()
    {
        var file = Dropped("/data", 4, ReadWrite);
        ulong[] map = [0, 4 * Page, 3, 1, file, 0];
        Assert.True(linux.Call("mmap", map).IsBlocked);
        Assert.Equal([(false, 4 * Page)], disk.Begun);
        disk.End(1);
        var address = (ulong)linux.Resume().Raw;

        Assert.Equal(
            AccessFault.None, linux.Memory.TryWrite(address + (2 * Page) + 5, "stored"u8));
        Assert.True(linux.Call("msync", address, 4 * Page, 4).IsBlocked);
        Assert.Equal((true, Page), disk.Begun[1]);
        disk.End(1);
        Assert.Equal(0, linux.Resume().Raw);
    }

    [Fact]
    public void Copies_within_the_kernel_wait_for_their_source()
    {
        var file = Dropped("/data", 2);
        var target = linux.MustOpen("/copy", Create | ReadWrite);

        Assert.True(linux.Call("sendfile", target, file, 0, 2 * Page).IsBlocked);
        disk.End(1);
        Assert.Equal(2 * Page, linux.Resume().Raw);

        linux.Must("fadvise64", file, 0, 0, DontNeed);
        var (from, to) = (linux.Words(0), linux.Words(0));
        Assert.True(linux.Call("copy_file_range", file, from, target, to, 2 * Page, 0).IsBlocked);
        disk.End(1);
        Assert.Equal(2 * Page, linux.Resume().Raw);
    }

    [Fact]
    public void Files_of_the_host_are_on_the_disk_until_they_are_read()
    {
        var host = new MemoryHostDirectory().File("big", new string('x', 5 * Page));
        using var other = new LinuxHarness(new ProcessOptions { Arguments = ["test"], RootDirectory = host });
        var begun = new ManualDisk(number => other.Process.FileSystem.Cache.Complete(number));
        other.Process.FileSystem.Cache.Attach(begun);
        var file = other.MustOpen("/big");
        var buffer = other.Reserve(5 * Page);

        Assert.True(other.Call("read", file, buffer, 5 * Page).IsBlocked);
        Assert.Equal([(false, 5 * Page)], begun.Begun);
        begun.End(1);
        Assert.Equal(5 * Page, other.Resume().Raw);
        Assert.Equal(Page, other.Must("pread64", file, buffer, Page, 0));
    }

    [Fact]
    public void A_synchronous_write_at_a_place_appends_where_it_is_told_to_append()
    {
        linux.Must("close", Dropped("/log", 10));
        var file = linux.MustOpen("/log", WriteOnly | Append | DataSync);

        Assert.True(linux.Call("pwrite64", file, LinuxHarness.ScratchStart, Page, 0).IsBlocked);
        Assert.Equal([(true, Page)], disk.Begun);
        disk.End(1);
        Assert.Equal(Page, linux.Resume().Raw);
    }

    [Fact]
    public void Transfers_end_in_order()
    {
        var file = linux.MustOpen("/log", Create | ReadWrite);
        WritePages(file, 0, 1);
        WritePages(file, 2, 1);
        Assert.True(linux.Call("fsync", file).IsBlocked);

        Assert.Throws<ArgumentException>(() => linux.Process.FileSystem.Cache.Complete(2));
        Assert.Throws<ArgumentException>(() => linux.Process.FileSystem.Cache.Complete(7));
        disk.End(2);
    }

    [Fact]
    public void What_was_begun_and_what_is_dirty_is_kept()
    {
        var file = linux.MustOpen("/log", Create | ReadWrite);
        WritePages(file, 0, 3);
        Assert.True(linux.Call("fsync", file).IsBlocked);
        Assert.Equal(2 * Page, linux.CallOn(
            linux.AddThread(), "pwrite64", file, LinuxHarness.ScratchStart, 2 * Page, 8 * Page).Raw);
        var saved = linux.SaveFiles();
        using var other = new LinuxHarness();
        other.RestoreFiles(saved);
        var begun = new ManualDisk(number => other.Process.FileSystem.Cache.Complete(number));
        other.Process.FileSystem.Cache.Attach(begun);

        Assert.Equal([3 * Page], other.Process.FileSystem.Cache.UnderWay.Select(transfer => transfer.Bytes));
        Assert.True(other.Call("fsync", file).IsBlocked);
        Assert.Equal([(true, 2 * Page)], begun.Begun);
        other.Process.FileSystem.Cache.Complete(1);
        begun.End(1);
        Assert.Equal(0, other.Resume().Raw);
        Assert.Equal(saved, SavedAgain(saved));
    }

    private static byte[] SavedAgain(byte[] saved)
    {
        using var other = new LinuxHarness();
        other.RestoreFiles(saved);
        return other.SaveFiles();
    }

    private void WritePages(ulong file, long first, int count) => Assert.Equal(
        count * Page,
        linux.Must("pwrite64", file, LinuxHarness.ScratchStart, (ulong)(count * Page), (ulong)(first * Page)));

    private SyscallResult Read(
        ulong file, long offset, int bytes, GuestThread? thread = null) =>
        linux.CallOn(
            thread ?? linux.Thread, "pread64", file, LinuxHarness.ScratchStart, (ulong)bytes, (ulong)offset);

    /// <summary>A file that the disk has and the cache has not.</summary>
    private ulong Dropped(string path, int pages, int flags = ReadOnly)
    {
        var file = linux.MustOpen(path, Create | ReadWrite);
        for (var page = 0; page < pages; page++)
        {
            WritePages(file, page, 1);
        }

        Assert.True(linux.Call("fsync", file).IsBlocked);
        disk.End(disk.Begun.Count);
        Assert.Equal(0, linux.Resume().Raw);
        linux.Must("fadvise64", file, 0, 0, DontNeed);
        linux.Must("close", file);
        disk.Begun.Clear();
        linux.Rewind();
        return linux.MustOpen(path, flags);
    }
}
