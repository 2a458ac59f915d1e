using Vee.Machines.Linux.Threads;
using Vee.Machines.Storage;

namespace Vee.Machines.Linux.Files;

/// <summary>
/// The guest's page cache over its disk: what reads wait for, what is written when, and who waits for that. Without a
/// disk nobody waits for anything.
/// </summary>
/// <remarks>
/// As Linux's (mm/filemap.c, mm/page-writeback.c; the numbers of Documentation/admin-guide/sysctl/vm.rst), simplified:
/// pages are written when somebody asks for it or when there are many; there is no flusher that wakes up by time, and
/// names, sizes and times of files cost the disk nothing.
/// </remarks>
internal sealed partial class PageCache(Process process)
{
    /// <summary>Pages of a transfer at most: 1 MiB.</summary>
    internal const int TransferPagesMax = 256;

    /// <summary>Pages that are read when the one before is there: read_ahead_kb, 128 KiB.</summary>
    internal const int ReadAheadPages = 32;

    private const int DirtyPagesMin = 64;

    // vm.dirty_ratio; writing begins at half of it, vm.dirty_background_ratio.
    private const int DirtyRatio = 5;

    // By number, all from the oldest to the last one; and the numbers of those that write.
    private readonly Dictionary<long, PageTransfer> underWay = [];
    private readonly Queue<long> writes = new();

    // With pages of theirs dirty, in the order of the files' numbers.
    private readonly SortedDictionary<long, CachedPages> dirtyFiles = [];
    private readonly Dictionary<CachedPages, long> numbers = [];
    private IDisk? disk;
    private long lastNumber;
    private long lastWrite;
    private long dirtyCount;
    private long writingCount;

    /// <summary>Whether there is a disk at all.</summary>
    internal bool HasDisk => disk is not null;

    /// <summary>Bytes that have been asked for from the disk.</summary>
    internal long ReadBytes { get; private set; }

    /// <summary>Bytes that have been given to the disk.</summary>
    internal long WrittenBytes { get; private set; }

    /// <summary>Transfers that were begun and have not ended, the oldest first.</summary>
    internal IEnumerable<DiskTransfer> UnderWay
    {
        get
        {
            for (var number = Oldest; number <= lastNumber; number++)
            {
                yield return underWay[number].OnDisk;
            }
        }
    }

    private long Oldest => lastNumber - underWay.Count + 1;

    private long DirtyMax => Math.Max(DirtyPagesMin, process.Memory.RamPages / DirtyRatio);

    /// <summary>From here on files lie on a disk; what there is, is on it. What was under way without one has
    /// ended.</summary>
    internal void Attach(IDisk? newDisk)
    {
        disk = newDisk;
        while (disk is null && underWay.Count > 0)
        {
            Complete(Oldest);
        }
    }

    /// <summary>The pages of a file, by which it is known.</summary>
    internal CachedPages Add(long number)
    {
        var pages = new CachedPages(this);
        numbers.Add(pages, number);
        return pages;
    }

    /// <summary>A file is gone.</summary>
    internal void Remove(CachedPages pages)
    {
        pages.Forget(0, long.MaxValue);
        numbers.Remove(pages);
    }

    /// <summary>Pages of a file have become dirty, or are not any more.</summary>
    internal void CountDirty(CachedPages pages, long change)
    {
        dirtyCount += change;
        if (pages.DirtyCount > 0)
        {
            dirtyFiles.TryAdd(numbers[pages], pages);
        }
        else if (change < 0)
        {
            dirtyFiles.Remove(numbers[pages]);
        }
    }

    /// <summary>Has a part of a file read that a thread's call needs.</summary>
    /// <returns>Whether the call may go on; if not, its thread waits and the call is made again.</returns>
    internal bool TryLoad(GuestThread thread, RegularOpenFile file, long start, long bytes)
    {
        var pages = file.File.Content.Pages;
        if (!pages.IsTracked || start < 0 || start >= file.Length)
        {
            return true;
        }

        var (first, end) = RangeInMemory(start, Math.Min(bytes, file.Length - start));
        if (!file.IsDirect)
        {
            return HasEnded(thread, Load(pages, first, end, CachedPages.PagesOf(file.Length)));
        }

        if (thread.CallTransfer == 0 && first < end)
        {
            BeginWrites(pages, first, end);
            thread.CallTransfer = BeginDirectRead(first, end);
        }

        return HasEnded(thread, thread.CallTransfer);
    }

    /// <summary>Begins to read a part of a file that will be needed.</summary>
    internal void Prefetch(RegularOpenFile file, long start, long bytes)
    {
        var pages = file.File.Content.Pages;
        if (pages.IsTracked && start < file.Length)
        {
            // As Linux does, not more at once than a transfer.
            var (first, end) = Range(start, Math.Min(bytes, file.Length - start));
            end = Math.Min(end, first + TransferPagesMax);
            Load(pages, first, end, end);
        }
    }

    /// <summary>Drops the whole pages of a part of a file that the disk has; has the others written.</summary>
    internal void Drop(RegularOpenFile file, long start, long bytes)
    {
        var pages = file.File.Content.Pages;
        if (!pages.IsTracked || start >= file.Length)
        {
            return;
        }

        var stop = start + Math.Min(bytes, file.Length - start);
        var first = CachedPages.PagesOf(start);
        var end = stop == file.Length ? CachedPages.PagesOf(stop) : stop / CachedPages.PageBytes;
        pages.Drop(first, end, file.File.Content.Written(first, end));
        BeginWrites(pages, first, end);
    }

    /// <summary>Lets a thread write to a part of a file: not while too many pages are dirty, and what is overwritten in
    /// part has to be read first.</summary>
    /// <returns>As of <see cref="TryLoad"/>.</returns>
    internal bool TryAdmitWrite(GuestThread thread, RegularOpenFile file, long start, long bytes)
    {
        var pages = file.File.Content.Pages;
        if (!pages.IsTracked || bytes <= 0 || start < 0 || start > long.MaxValue - bytes)
        {
            return true;
        }

        if (dirtyCount + writingCount > DirtyMax)
        {
            BeginAllWrites();
            return HasEnded(thread, writes.Peek());
        }

        var fileEnd = CachedPages.PagesOf(file.Length);
        var (first, end) = Range(start, bytes);
        var isLastPart = (start + bytes) % CachedPages.PageBytes != 0 && start + bytes < file.Length;
        var isFirstPart = start % CachedPages.PageBytes != 0 || (end - first == 1 && isLastPart);
        var awaited = Math.Max(
            isFirstPart && first < fileEnd ? Load(pages, first, first + 1, first + 1) : 0,
            isLastPart && end <= fileEnd ? Load(pages, end - 1, end, end) : 0);
        if (!HasEnded(thread, awaited))
        {
            return false;
        }

        thread.CallTransfer = 0;
        return true;
    }

    /// <summary>Begins to write everything when much is dirty.</summary>
    internal void LookAfterWrite()
    {
        if (dirtyCount > DirtyMax / 2)
        {
            BeginAllWrites();
        }
    }

    /// <summary>Has a part of a file on the disk.</summary>
    /// <returns>As of <see cref="TryLoad"/>.</returns>
    internal bool TrySync(GuestThread thread, CachedPages pages, long start, long bytes)
    {
        if (thread.CallTransfer == 0 && pages.IsTracked)
        {
            var (first, end) = Range(start, bytes);
            BeginWrites(pages, first, end);
            thread.CallTransfer = pages.LastWrite;
        }

        return HasEnded(thread, thread.CallTransfer);
    }

    /// <summary>Has files on the disk.</summary>
    /// <returns>As of <see cref="TryLoad"/>.</returns>
    internal bool TrySync(GuestThread thread, IEnumerable<RegularFile> files)
    {
        if (thread.CallTransfer == 0)
        {
            foreach (var pages in files.Select(file => file.Content.Pages).Where(pages => pages.IsTracked))
            {
                BeginWrites(pages, 0, long.MaxValue);
                thread.CallTransfer = Math.Max(thread.CallTransfer, pages.LastWrite);
            }
        }

        return HasEnded(thread, thread.CallTransfer);
    }

    /// <summary>Has everything on the disk.</summary>
    /// <returns>As of <see cref="TryLoad"/>.</returns>
    internal bool TrySyncAll(GuestThread thread)
    {
        if (thread.CallTransfer == 0 && HasDisk)
        {
            BeginAllWrites();
            thread.CallTransfer = lastWrite;
        }

        return HasEnded(thread, thread.CallTransfer);
    }
}
