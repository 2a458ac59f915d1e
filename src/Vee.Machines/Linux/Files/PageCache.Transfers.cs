using Vee.Machines.Linux.Threads;
using Vee.Machines.State;
using Vee.Machines.Storage;

namespace Vee.Machines.Linux.Files;

// What is under way between the cache and the disk.
internal sealed partial class PageCache
{
    // A page of memory each, of the largest machine that there can be, before its writers wait.
    private const int TransferCountMax = 1 << 23;

    /// <summary>The oldest transfer has ended.</summary>
    /// <exception cref="ArgumentException">It is another one.</exception>
    internal void Complete(long number)
    {
        if (underWay.Count == 0 || Oldest != number)
        {
            throw new ArgumentException($"transfer {number} is not the oldest one under way", nameof(number));
        }

        underWay.Remove(number, out var transfer);
        if (transfer.OnDisk.IsWrite)
        {
            writingCount -= transfer.Count;
            writes.Dequeue();
        }
        else
        {
            PagesOf(transfer.File)?.EndLoad(transfer.First, transfer.Count, number);
        }

        process.Threads.Wake(WaitKey.Disk(number));
    }

    /// <summary>Bytes of a transfer that is under way; 0 for another one.</summary>
    internal long BytesOf(long number) => underWay.GetValueOrDefault(number).OnDisk.Bytes;

    internal void Save(StateWriter state)
    {
        state.Int64("lastNumber", lastNumber);
        state.Int64("lastWrite", lastWrite);
        state.Int64("readBytes", ReadBytes);
        state.Int64("writtenBytes", WrittenBytes);
        state.List("underWay", [.. UnderWay.Select(t => underWay[t.Number])], static (to, transfer) =>
        {
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
        lastWrite = state.Int64("lastWrite", 0, lastNumber);
        ReadBytes = state.Int64("readBytes", 0);
        WrittenBytes = state.Int64("writtenBytes", 0);
        var transfers = new List<PageTransfer>();
        state.List("underWay", TransferCountMax, (from, _) =>
        {
            var isWrite = from.Boolean("isWrite");
            var file = from.Int64("file", 0);
            var first = from.Int64("first", 0, long.MaxValue / CachedPages.PageBytes);
            var count = from.Int64("count", 1, TransferPagesMax);
            var bytes = count * CachedPages.PageBytes;
            transfers.Add(new PageTransfer(new DiskTransfer(0, isWrite, bytes), file, first, count));
        });
        if (transfers.Count > lastNumber)
        {
            throw state.Refuse("lastNumber", $"{lastNumber}, and {transfers.Count} transfers are under way");
        }

        underWay.Clear();
        writes.Clear();
        writingCount = 0;
        var number = lastNumber - transfers.Count;
        foreach (var transfer in transfers)
        {
            Queue(transfer with { OnDisk = transfer.OnDisk with { Number = ++number } });
        }

        foreach (var (pages, file) in numbers)
        {
            if (pages.LastWrite > lastNumber || pages.Loads.Any(load => !underWay.ContainsKey(load)))
            {
                throw state.Refuse("lastNumber", $"file {file} knows of transfers that are not under way");
            }
        }
    }

    /// <summary>Refuses a thread that waits for a transfer that is not under way, or was never begun.</summary>
    internal void CheckRestored(StateReader state)
    {
        foreach (var thread in process.Threads.All.Values)
        {
            var awaited = thread.IsInTransfer ? (long)thread.WaitKeys[0].Value : Oldest;
            if (awaited < Oldest || awaited > lastNumber + (thread.IsInTransfer ? 0 : 1)
                || thread.CallTransfer > lastNumber)
            {
                throw state.Refuse("waitKeys", $"thread {thread.Id} waits for a transfer that is not under way");
            }
        }
    }

    /// <summary>The pages that a call uses of a file.</summary>
    private static (long First, long End) Range(long start, long bytes) =>
        (start / CachedPages.PageBytes,
         bytes <= 0 ? start / CachedPages.PageBytes
             : start > long.MaxValue - bytes ? long.MaxValue
             : CachedPages.PagesOf(start + bytes));

    /// <summary>The pages that a call can use of a file, which are no more than the guest has memory for.</summary>
    private (long First, long End) RangeInMemory(long start, long bytes)
    {
        var (first, end) = Range(start, bytes);
        return (first, Math.Min(end, first + process.Memory.RamPages));
    }

    private CachedPages? PagesOf(long file) => (process.FileSystem.FindInode(file) as RegularFile)?.Content.Pages;

    /// <summary>Begins to read what is absent of a range.</summary>
    /// <returns>The last transfer that reads a part of it; 0 when all is there.</returns>
    private long Load(CachedPages pages, long first, long end, long fileEnd)
    {
        var last = 0L;
        for (var page = pages.NextAbsent(first, end); page >= 0; page = pages.NextAbsent(page + 1, end))
        {
            var reading = pages.TransferReading(page);
            if (reading == 0)
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

        var number = Begin(isWrite: false, numbers[pages], first, count);
        pages.BeginLoad(first, count, number);
        return number;
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
        var transfer = new DiskTransfer(++lastNumber, isWrite, count * CachedPages.PageBytes);
        Queue(new PageTransfer(transfer, file, first, count));
        ReadBytes += isWrite ? 0 : transfer.Bytes;
        WrittenBytes += isWrite ? transfer.Bytes : 0;
        disk!.Begin(transfer);
        return lastNumber;
    }

    private void Queue(in PageTransfer transfer)
    {
        underWay.Add(transfer.OnDisk.Number, transfer);
        if (transfer.OnDisk.IsWrite)
        {
            writingCount += transfer.Count;
            writes.Enqueue(transfer.OnDisk.Number);
        }
    }

    /// <summary>Whether a transfer has ended; if not, the thread waits for that, which no signal interrupts.</summary>
    private bool HasEnded(GuestThread thread, long transfer)
    {
        if (transfer < Oldest)
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
