using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>
/// Which pages of a file differ between the guest's page cache and the disk: those that were written to and those that
/// have to be read first. The bytes themselves are in <see cref="FileContent"/> all the time.
/// </summary>
/// <remarks>Holes are neither: only pages with content are counted, so a guest's numbers make nothing grow.</remarks>
internal sealed class CachedPages(PageCache cache)
{
    /// <summary>Bytes of a page.</summary>
    internal const int PageBytes = FileContent.ChunkBytes;

    private const long PageMax = long.MaxValue / PageBytes;

    private readonly SortedSet<long> dirty = [];

    // Of the host's file, whose pages are on the disk at first.
    private readonly SortedSet<long> read = [];
    private readonly SortedSet<long> dropped = [];

    // Page to transfer; a page that is being read is absent until then.
    private readonly SortedDictionary<long, long> loading = [];
    private long hostPages;

    /// <summary>Whether the file is in memory alone, as those of memfd_create, /dev and /run are.</summary>
    internal bool IsInMemory { get; set; }

    /// <summary>The last transfer that wrote pages of it; 0 for none.</summary>
    internal long LastWrite { get; private set; }

    /// <summary>Pages that the disk does not have as they are.</summary>
    internal int DirtyCount => dirty.Count;

    /// <summary>Whether the disk matters for the file.</summary>
    internal bool IsTracked => cache.HasDisk && !IsInMemory;

    /// <summary>The transfers that read pages of it.</summary>
    internal IEnumerable<long> Loads => loading.Values;

    /// <summary>The first pages are a host file's.</summary>
    internal void SetHostBytes(long bytes)
    {
        var before = hostPages;
        hostPages = PagesOf(bytes);
        if (hostPages < before)
        {
            // They are not there any more, so nobody waits for them.
            foreach (var page in loading.Keys.Where(page => page >= hostPages && !dropped.Contains(page)).ToArray())
            {
                loading.Remove(page);
            }
        }
    }

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
        var gone = Between(dirty, first, end);
        dirty.ExceptWith(gone);
        cache.CountDirty(this, -gone.Length);
        // What is being read is absent: dropped, or the host's.
        foreach (var page in Between(dropped, first, end))
        {
            dropped.Remove(page);
            loading.Remove(page);
        }
    }

    /// <summary>The first page of a range that has to be read from the disk before it is used; -1 for none.</summary>
    internal long NextAbsent(long first, long end)
    {
        var fromHost = first;
        while (fromHost < Math.Min(end, hostPages) && read.Contains(fromHost))
        {
            fromHost++;
        }

        var isFromHost = fromHost < Math.Min(end, hostPages);
        foreach (var page in View(dropped, first, isFromHost ? fromHost : end))
        {
            return page;
        }

        return isFromHost ? fromHost : -1;
    }

    /// <summary>Whether a page has to be read from the disk before it can be used.</summary>
    internal bool IsAbsent(long page) => dropped.Contains(page) || (page < hostPages && !read.Contains(page));

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
        foreach (var page in View(dirty, first, end))
        {
            run.First = page;
            run.Count = 1;
            break;
        }

        if (run.Count == 0 || !dirty.Remove(run.First))
        {
            return run;
        }

        while (run.Count < countMax && run.First + run.Count < end && dirty.Remove(run.First + run.Count))
        {
            run.Count++;
        }

        cache.CountDirty(this, -run.Count);
        return run;
    }

    /// <summary>A transfer writes pages that were taken.</summary>
    internal void NoteWrite(long transfer) => LastWrite = transfer;

    /// <summary>Drops pages from the cache that the disk has as they are.</summary>
    /// <param name="first">The first page of the range.</param>
    /// <param name="end">The page after the last one.</param>
    /// <param name="written">Those of the range that the guest has written to at some time.</param>
    internal void Drop(long first, long end, IEnumerable<long> written)
    {
        foreach (var page in Between(read, first, end).Where(page => !dirty.Contains(page)))
        {
            read.Remove(page);
        }

        foreach (var page in written.Where(page => !dirty.Contains(page) && page >= hostPages))
        {
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

        state.List("loading", loading, static (to, load) =>
        {
            to.Int64("page", load.Key);
            to.Int64("transfer", load.Value);
        });
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

        var next = 0L;
        state.List("loading", FileSystem.ChunksMax, (from, _) =>
        {
            var page = from.Int64("page", next, PageMax);
            next = page + 1;
            loading.Add(page, from.Int64("transfer", 1));
            if (!IsAbsent(page))
            {
                throw from.Refuse("page", $"page {page} is being read, and it is there");
            }
        });
        cache.CountDirty(this, dirty.Count);
    }

    private static SortedSet<long> View(SortedSet<long> pages, long first, long end) =>
        first < end ? pages.GetViewBetween(first, end - 1) : [];

    private static long[] Between(SortedSet<long> pages, long first, long end) => [.. View(pages, first, end)];

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
