using System.Diagnostics;
using Vee.Machines.Linux;
using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;
using Vee.Machines.State;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Files;

/// <summary>What was wrong with the page cache once.</summary>
public sealed class PageCacheRegressionTests : IDisposable
{
    private const int Page = 4096;
    private const int WillNeed = 3;
    private const int DontNeed = 4;
    private const int PunchHole = 3;

    private readonly LinuxHarness linux = new();
    private readonly ManualDisk disk;

    public PageCacheRegressionTests()
    {
        disk = new ManualDisk(number => linux.Process.FileSystem.Cache.Complete(number));
        linux.Process.FileSystem.Cache.Attach(disk);
    }

    public void Dispose() => linux.Dispose();

    [Fact]
    public void A_page_that_was_overwritten_while_it_was_read_is_there_after_a_restore_too()
    {
        var file = Dropped("/data", 4);
        linux.Must("readahead", file, 0, Page);
        Assert.Single(disk.Begun);
        Assert.Equal(Page, linux.Must("pwrite64", file, LinuxHarness.ScratchStart, Page, 0));
        var saved = linux.SaveFiles();
        Assert.False(Read(linux, file, 0).IsBlocked);

        using var other = new LinuxHarness();
        other.RestoreFiles(saved);
        other.Process.FileSystem.Cache.Attach(new ManualDisk(other.Process.FileSystem.Cache.Complete));
        Assert.False(Read(other, file, 0).IsBlocked, "restored, it waits for the transfer");
    }

    [Fact]
    public void A_page_that_was_dropped_anew_while_it_was_read_stays_absent_after_a_restore_too()
    {
        var file = Dropped("/data", 4);
        linux.Must("readahead", file, 0, Page);
        Assert.Equal(Page, linux.Must("pwrite64", file, LinuxHarness.ScratchStart, Page, 0));
        linux.Must("fadvise64", file, 0, Page, DontNeed);
        linux.Must("fadvise64", file, 0, Page, DontNeed);
        var saved = linux.SaveFiles();
        using var other = new LinuxHarness();
        other.RestoreFiles(saved);
        var begun = new ManualDisk(other.Process.FileSystem.Cache.Complete);
        other.Process.FileSystem.Cache.Attach(begun);
        disk.End(2);
        other.Process.FileSystem.Cache.Complete(2);
        other.Process.FileSystem.Cache.Complete(3);

        Assert.Equal(linux.SaveFiles(), other.SaveFiles());
    }

    [Fact]
    public void Dropping_a_sparse_file_costs_no_memory_of_the_host()
    {
        var file = linux.MustOpen("/data", Create | ReadWrite);
        linux.Must("ftruncate", file, 1UL << 33);
        var before = GC.GetAllocatedBytesForCurrentThread();
        linux.Must("fadvise64", file, 0, 0, DontNeed);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16L << 20);
    }

    [Fact]
    public void Prefetching_a_sparse_file_takes_no_time_of_the_host()
    {
        var file = linux.MustOpen("/data", Create | ReadWrite);
        linux.Must("ftruncate", file, 1UL << 39);
        AssertQuick(() => linux.Must("fadvise64", file, 0, 0, WillNeed));
    }

    [Fact]
    public void A_read_that_cannot_write_takes_no_time_of_the_host()
    {
        var file = linux.MustOpen("/data", Create | ReadWrite);
        linux.Must("ftruncate", file, 1UL << 39);
        AssertQuick(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(Errno.EFAULT, linux.Call("pread64", file, 16, 0x7ffff000, 0).Error);
            }
        });
    }

    [Fact]
    public void Syncing_pages_apart_is_not_quadratic()
    {
        var pages = PagesOf(linux.MustOpen("/data", Create | ReadWrite));
        for (var page = 0; page < 40_000; page++)
        {
            pages.Write(2 * page);
        }

        AssertQuick(() => linux.Call("sync"));
        Assert.Equal(40_000, disk.Begun.Count);
    }

    [Fact]
    public void Punching_beside_many_dropped_pages_is_not_quadratic()
    {
        var file = linux.MustOpen("/data", Create | ReadWrite);
        linux.Must("ftruncate", file, 1UL << 29);
        linux.Must("fadvise64", file, 0, 0, DontNeed);
        AssertQuick(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                linux.Must("fallocate", file, PunchHole, (ulong)i * Page, Page);
            }
        });
    }

    [Fact]
    public void Beginning_transfers_is_not_quadratic()
    {
        var pages = PagesOf(linux.MustOpen("/data", Create | ReadWrite));
        for (var page = 0; page < 20_000; page++)
        {
            pages.Write(2 * page);
        }

        linux.Call("sync");
        // What MachineGuest.BeginTransfer does for each.
        AssertQuick(() =>
        {
            var found = 0;
            for (var number = 1; number <= 20_000; number++)
            {
                found += linux.Process.FileSystem.Cache.BytesOf(number) == Page ? 1 : 0;
            }

            Assert.Equal(20_000, found);
        });
    }

    [Fact]
    public void Sendfile_into_a_file_keeps_the_dirty_limit()
    {
        var ram = linux.Process.Memory.RamPages;
        var source = (ulong)linux.Must("memfd_create", linux.Text("file"), 0);
        linux.Must("ftruncate", source, (ulong)(ram * Page));
        var target = linux.MustOpen("/log", Create | WriteOnly);
        var result = default(SyscallResult);
        for (var i = 0; i < 100 && !result.IsBlocked; i++)
        {
            linux.Must("lseek", source, 0, 0);
            result = linux.Call("sendfile", target, source, 0, 16 * Page);
        }

        Assert.NotEmpty(disk.Begun);
    }

    [Fact]
    public void Copying_ranges_keeps_the_dirty_limit_as_writes_do()
    {
        var ram = linux.Process.Memory.RamPages;
        var source = (ulong)linux.Must("memfd_create", linux.Text("file"), 0);
        linux.Must("ftruncate", source, (ulong)(ram * Page));
        var target = linux.MustOpen("/log", Create | WriteOnly);
        linux.Must("copy_file_range", source, linux.Words(0), target, linux.Words(0), (ulong)(ram / 8 * Page), 0);

        // A tenth of RAM is dirty: all of it is written.
        Assert.NotEmpty(disk.Begun);
    }

    [Fact]
    public void A_signal_that_came_while_the_disk_was_awaited_interrupts_the_wait_after_it()
    {
        var file = Dropped("/data", 2);
        var ends = linux.Reserve(8);
        linux.Must("pipe2", ends, 0);
        var pipe = (ulong)linux.Read<int>(ends + 4);
        Assert.Equal(65536, linux.Must("write", pipe, LinuxHarness.ScratchStart, 65536));
        Assert.True(linux.Call("sendfile", pipe, file, 0, Page).IsBlocked);
        Assert.Single(disk.Begun);

        linux.Process.SignalDelivery.SendToThread(linux.Thread, new SignalInfo(10, 0) { SenderProcess = 1 });
        Assert.True(linux.Process.SignalDelivery.HasDeliverable(linux.Thread));
        disk.End(1);
        Assert.False(linux.Resume().IsBlocked, "it waits for the pipe with a signal to be delivered");
    }

    [Fact]
    public void A_small_state_does_not_take_much_memory()
    {
        const int Count = 8000;
        var file = linux.MustOpen("/data", Create | ReadWrite);
        Assert.True(linux.Process.Files.TryGet((int)file, out var open));
        var inode = open.Inode!.Number;
        var state = State(Count, 0, [.. Enumerable.Range(1, Count).Select(n => (false, inode, n * 256L, 256L))]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        MemoryState.Restore(state, linux.Process.FileSystem.Cache.Restore);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes < 20 * state.Length, $"{bytes} bytes for a state of {state.Length}");
    }

    [Fact]
    public void More_transfers_than_there_have_ever_been_are_refused()
    {
        var refused = Assert.Throws<StateRefusedException>(() => MemoryState.Restore(
            State(1, 0, (true, 0, 0, 1), (true, 0, 0, 1)), linux.Process.FileSystem.Cache.Restore));
        Assert.Contains("lastNumber", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thread_that_waits_for_a_transfer_that_never_ends_is_refused()
    {
        linux.Process.Threads.Wait(linux.AddThread(), GuestThread.Never, WaitKey.Disk(7));
        Assert.Throws<StateRefusedException>(() => MemoryState.Restore(State(6, 0, (true, 0, 0, 1)), reader =>
        {
            linux.Process.FileSystem.Cache.Restore(reader);
            linux.Process.FileSystem.Cache.CheckRestored(reader);
        }));
    }

    [Fact]
    public void Waiting_threads_of_a_state_are_checked_in_linear_time()
    {
        const int Count = 100_000;
        for (var i = 0; i < 500; i++)
        {
            linux.Process.Threads.Wait(linux.AddThread(), GuestThread.Never, WaitKey.Disk(Count));
        }

        var state = State(Count, 0, [.. Enumerable.Range(1, Count).Select(_ => (true, 0L, 0L, 1L))]);
        MemoryState.Restore(state, reader =>
        {
            linux.Process.FileSystem.Cache.Restore(reader);
            AssertQuick(() => linux.Process.FileSystem.Cache.CheckRestored(reader));
        });
    }

    private static byte[] State(
        long lastNumber, long lastWrite, params (bool IsWrite, long File, long First, long Count)[] all) =>
        MemoryState.Save(to =>
        {
            to.Int64("lastNumber", lastNumber);
            to.Int64("lastWrite", lastWrite);
            to.Int64("readBytes", 0);
            to.Int64("writtenBytes", 0);
            to.List("underWay", all, static (item, transfer) =>
            {
                item.Boolean("isWrite", transfer.IsWrite);
                item.Int64("file", transfer.File);
                item.Int64("first", transfer.First);
                item.Int64("count", transfer.Count);
            });
        });

    private static void AssertQuick(Action action, long limit = 1500)
    {
        var watch = Stopwatch.StartNew();
        action();
        Assert.True(watch.ElapsedMilliseconds < limit, $"{watch.ElapsedMilliseconds} ms");
    }

    private static SyscallResult Read(LinuxHarness on, ulong file, ulong offset) =>
        on.Call("pread64", file, LinuxHarness.ScratchStart, Page, offset);

    private CachedPages PagesOf(ulong file)
    {
        Assert.True(linux.Process.Files.TryGet((int)file, out var open));
        return ((RegularOpenFile)open).File.Content.Pages;
    }

    private ulong Dropped(string path, int pages)
    {
        var file = linux.MustOpen(path, Create | ReadWrite);
        Assert.Equal(pages * Page, linux.Must("pwrite64", file, LinuxHarness.ScratchStart, (ulong)(pages * Page), 0));
        Assert.True(linux.Call("fsync", file).IsBlocked);
        disk.End(disk.Begun.Count);
        Assert.Equal(0, linux.Resume().Raw);
        linux.Must("fadvise64", file, 0, 0, DontNeed);
        disk.Begun.Clear();
        linux.Rewind();
        return file;
    }
}
