using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>
/// Which pages of a file differ between the guest's page cache and the disk: those that were written to and those that
/// have to be read first. The bytes themselves are in <see cref="FileContent"/> all the time.
/// </summary>
internal sealed class CachedPages(PageCache cache)
{
    /// <summary>Bytes of a page.</summary>
    internal const int PageBytes = FileContent.ChunkBytes;

    private const long PageMax = long.MaxValue / PageBytes;

    private readonly SortedSet<long> dirty = [];

    // Of the host's file, whose pages are on the disk at first.
    private readonly SortedSet<long> read = [];
    private readonly SortedSet<long> dropped = [];

    // Page to transfer; not saved: it follows from the transfers that are under way.
    private readonly Dictionary<long, long> loading = [];
    private long hostPages;

    /// <summary>Whether the file is in memory alone, as those of memfd_create, /dev and /run are.</summary>
    internal bool IsInMemory { get; set; }

    /// <summary>The last transfer that wrote pages of it; 0 for none.</summary>
    internal long LastWrite { get; private set; }

    /// <summary>Pages that the disk does not have as they are.</summary>
    internal int DirtyCount => dirty.Count;

    /// <summary>Whether the disk matters for the file.</summary>
    internal bool IsTracked => cache.HasDisk && !IsInMemory;

    /// <summary>The first pages are a host file's.</summary>
    internal void SetHostBytes(long bytes) => hostPages = PagesOf(bytes);

    /// <summary>Pages that so many bytes lie on.</summary>
    internal static long PagesOf(long bytes) => (bytes / PageBytes) + (bytes % PageBytes == 0 ? 0 : 1);

    /// <summary>A page has been written to.</summary>
    internal void Write(long page)
    {
        if (!IsTracked)
        {
            return;
        }

        Arrive(page);
        loading.Remove(page);
        if (dirty.Add(page))
        {
            cache.CountDirty(this, 1);
        }
    }

    /// <summary>Pages are gone: the file was cut there.</summary>
    internal void Forget(long first, long end)
    {
        cache.CountDirty(this, -dirty.RemoveWhere(page => page >= first && page < end));
        dropped.RemoveWhere(page => page >= first && page < end);
        foreach (var page in loading.Keys.Where(page => page >= first && page < end).ToArray())
        {
            loading.Remove(page);
        }
    }

    /// <summary>Whether a page has to be read from the disk before it can be used.</summary>
    internal bool IsAbsent(long page) =>
        dropped.Contains(page) || (page < hostPages && !read.Contains(page));

    /// <summary>The transfer that is reading a page; 0 for none.</summary>
    internal long TransferReading(long page) => loading.GetValueOrDefault(page);

    /// <summary>A transfer has begun to read pages.</summary>
    internal void BeginLoad(long first, long count, long transfer)
    {
        for (var page = first; page < first + count; page++)
        {
            loading[page] = transfer;
        }
    }

    /// <summary>A transfer has read pages.</summary>
    internal void EndLoad(long first, long count, long transfer)
    {
        for (var page = first; page < first + count; page++)
        {
            if (loading.GetValueOrDefault(page) == transfer)
            {
                loading.Remove(page);
                Arrive(page);
            }
        }
    }

    /// <summary>Takes dirty pages for writing.</summary>
    /// <returns>The first run of neighbours in the range; empty when there is none.</returns>
    internal (long First, long Count) TakeDirty(long first, long end, int countMax)
    {
        var run = (First: first, Count: 0L);
        if (first < end && dirty.GetViewBetween(first, end - 1) is { Count: > 0 } candidates)
        {
            run.First = candidates.Min;
            while (run.Count < countMax && run.First + run.Count < end && dirty.Remove(run.First + run.Count))
            {
                run.Count++;
            }

            cache.CountDirty(this, -run.Count);
        }

        return run;
    }

    /// <summary>A transfer writes pages that were taken.</summary>
    internal void NoteWrite(long transfer) => LastWrite = transfer;

    /// <summary>Drops a page from the cache if the disk has it as it is.</summary>
    internal void Drop(long page)
    {
        if (!dirty.Contains(page) && !loading.ContainsKey(page))
        {
            read.Remove(page);
            dropped.Add(page);
        }
    }

    internal void Save(StateWriter state)
    {
        state.Boolean("inMemory", IsInMemory);
        state.Int64("lastWrite", LastWrite);
        foreach (var (name, pages) in Sets())
        {
            state.List(name, pages, static (to, page) => to.Int64("page", page));
        }
    }

    internal void Restore(StateReader state)
    {
        IsInMemory = state.Boolean("inMemory");
        LastWrite = state.Int64("lastWrite", 0);
        foreach (var (name, pages) in Sets())
        {
            var least = 0L;
            state.List(name, FileSystem.ChunksMax, (from, _) =>
            {
                var page = from.Int64("page", least, PageMax);
                least = page + 1;
                pages.Add(page);
            });
        }

        cache.CountDirty(this, dirty.Count);
    }

    private void Arrive(long page)
    {
        dropped.Remove(page);
        if (page < hostPages)
        {
            read.Add(page);
        }
    }

    private (string Name, SortedSet<long> Pages)[] Sets() =>
        [("dirty", dirty), ("read", read), ("dropped", dropped)];
}
