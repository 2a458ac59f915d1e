using Vee.Machines.Linux.Threads;
using Vee.Machines.State;
using Vee.Machines.Storage;

namespace Vee.Machines.Linux.Files;

// What is under way between the cache and the disk.
internal sealed partial class PageCache
{
    private const int TransferCountMax = 1 << 20;

    /// <summary>The oldest transfer has ended.</summary>
    /// <exception cref="ArgumentException">It is another one.</exception>
    internal void Complete(long number)
    {
        if (!underWay.TryPeek(out var transfer) || transfer.OnDisk.Number != number)
        {
            throw new ArgumentException($"transfer {number} is not the oldest one under way", nameof(number));
        }

        underWay.Dequeue();
        if (transfer.OnDisk.IsWrite)
        {
            writingCount -= transfer.Count;
        }
        else
        {
            PagesOf(transfer.File)?.EndLoad(transfer.First, transfer.Count, number);
        }

        process.Threads.Wake(WaitKey.Disk(number));
    }

    internal void Save(StateWriter state)
    {
        state.Int64("lastNumber", lastNumber);
        state.Int64("lastWrite", lastWrite);
        state.Int64("readBytes", ReadBytes);
        state.Int64("writtenBytes", WrittenBytes);
        state.List("underWay", underWay, static (to, transfer) =>
        {
            to.Int64("number", transfer.OnDisk.Number);
            to.Boolean("isWrite", transfer.OnDisk.IsWrite);
            to.Int64("file", transfer.File);
            to.Int64("first", transfer.First);
            to.Int64("count", transfer.Count);
        });
    }

    /// <summary>Takes over what was saved; the files are restored by now.</summary>
    internal void Restore(StateReader state)
    {
        lastNumber = state.Int64("lastNumber", 0, long.MaxValue - TransferCountMax);
        if (numbers.FirstOrDefault(file => file.Key.LastWrite > lastNumber) is { Value: > 0 } file)
        {
            throw state.Refuse("lastNumber", $"{lastNumber}, file {file.Value} was written by {file.Key.LastWrite}");
        }

        lastWrite = state.Int64("lastWrite", 0, lastNumber);
        ReadBytes = state.Int64("readBytes", 0);
        WrittenBytes = state.Int64("writtenBytes", 0);
        underWay.Clear();
        writingCount = 0;
        var least = 1L;
        state.List("underWay", TransferCountMax, (from, _) =>
        {
            var number = from.Int64("number", least, lastNumber);
            least = number + 1;
            var isWrite = from.Boolean("isWrite");
            var file = from.Int64("file", 0);
            var first = from.Int64("first", 0, long.MaxValue / CachedPages.PageBytes);
            Queue(number, isWrite, file, first, from.Int64("count", 1, TransferPagesMax));
        });
    }

    /// <summary>Refuses a thread that waits for a transfer that is not under way.</summary>
    internal void CheckRestored(StateReader state)
    {
        foreach (var thread in process.Threads.All.Values)
        {
            var awaited = thread.IsInTransfer ? thread.WaitKeys[0].Value : 0;
            if (awaited != 0 && !underWay.Any(transfer => (ulong)transfer.OnDisk.Number == awaited))
            {
                throw state.Refuse("waitKeys", $"thread {thread.Id} waits for transfer {awaited}, which is over");
            }
        }
    }

    /// <summary>The pages that a call uses of a file.</summary>
    private static (long First, long End) Range(long start, long bytes) =>
        (start / CachedPages.PageBytes,
         bytes <= 0 ? start / CachedPages.PageBytes
             : start > long.MaxValue - bytes ? long.MaxValue
             : CachedPages.PagesOf(start + bytes));

    private CachedPages? PagesOf(long file) => (process.FileSystem.FindInode(file) as RegularFile)?.Content.Pages;

    /// <summary>Begins to read what is absent of a range.</summary>
    /// <returns>The last transfer that reads a part of it; 0 when all is there.</returns>
    private long Load(CachedPages pages, long first, long end, long fileEnd)
    {
        var last = 0L;
        for (var page = first; page < end; page++)
        {
            var reading = pages.TransferReading(page);
            if (reading == 0 && pages.IsAbsent(page))
            {
                // As a sequential reader it is likely to want what follows.
                var isSequel = page == 0 || !pages.IsAbsent(page - 1) || pages.TransferReading(page - 1) != 0;
                var limit = Math.Min(fileEnd, Math.Max(end, isSequel ? page + ReadAheadPages : end));
                reading = BeginLoad(pages, page, Math.Min(limit, page + TransferPagesMax));
            }

            last = Math.Max(last, reading);
        }

        return last;
    }

    private long BeginLoad(CachedPages pages, long first, long limit)
    {
        var count = 1L;
        while (first + count < limit && pages.IsAbsent(first + count) && pages.TransferReading(first + count) == 0)
        {
            count++;
        }

        return Begin(isWrite: false, numbers[pages], first, count);
    }

    /// <summary>Reads past the cache.</summary>
    private long BeginDirectRead(long first, long end)
    {
        var number = 0L;
        for (var page = first; page < end; page += TransferPagesMax)
        {
            number = Begin(isWrite: false, file: 0, page, Math.Min(TransferPagesMax, end - page));
        }

        return number;
    }

    private void BeginAllWrites()
    {
        foreach (var pages in dirtyFiles.Values.ToArray())
        {
            BeginWrites(pages, 0, long.MaxValue);
        }
    }

    /// <summary>Begins to write what is dirty of a range, neighbours together.</summary>
    private void BeginWrites(CachedPages pages, long first, long end)
    {
        while (pages.TakeDirty(first, end, TransferPagesMax) is { Count: > 0 } run)
        {
            lastWrite = Begin(isWrite: true, numbers[pages], run.First, run.Count);
            pages.NoteWrite(lastWrite);
            first = run.First + run.Count;
        }
    }

    private long Begin(bool isWrite, long file, long first, long count)
    {
        Queue(++lastNumber, isWrite, file, first, count);
        var bytes = count * CachedPages.PageBytes;
        ReadBytes += isWrite ? 0 : bytes;
        WrittenBytes += isWrite ? bytes : 0;
        disk!.Begin(new DiskTransfer(lastNumber, isWrite, bytes));
        return lastNumber;
    }

    private void Queue(long number, bool isWrite, long file, long first, long count)
    {
        underWay.Enqueue(new PageTransfer(
            new DiskTransfer(number, isWrite, count * CachedPages.PageBytes), file, first, count));
        writingCount += isWrite ? count : 0;
        if (!isWrite)
        {
            PagesOf(file)?.BeginLoad(first, count, number);
        }
    }

    /// <summary>Whether a transfer has ended; if not, the thread waits for that, which no signal interrupts.</summary>
    private bool HasEnded(GuestThread thread, long transfer)
    {
        if (transfer == 0 || !underWay.TryPeek(out var oldest) || transfer < oldest.OnDisk.Number)
        {
            return true;
        }

        thread.CallTransfer = transfer;
        process.Threads.Wait(thread, GuestThread.Never, WaitKey.Disk(transfer));
        return false;
    }

    /// <summary>A transfer, and which pages of which file it moves; file 0 for those of nobody's cache.</summary>
    private readonly record struct PageTransfer(DiskTransfer OnDisk, long File, long First, long Count);
}
