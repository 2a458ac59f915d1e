using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Vee.ControlPlane.Storage;

/// <summary>Objects on disk, numbered writes, and a bounded log of them.</summary>
/// <remarks>
/// One writer at a time; readers see the last committed state and wait for nobody. A write is on disk before it is
/// acknowledged. Thread-safe.
/// </remarks>
internal sealed class ObjectStore : IDisposable
{
    /// <summary>Readers kept open between uses.</summary>
    private const int IdleReadersMax = 8;

    private readonly string file;
    private readonly int changesMax;
    private readonly StoreWriter writer;
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly ConcurrentBag<StoreReader> idle = [];
    private readonly ConcurrentDictionary<string, ChangeFeed> feeds = new(StringComparer.Ordinal);
    private readonly Action<Change> onChange;
    private readonly long firstVersion;
    private volatile bool disposed;
    private long compacted;
    private long revision;

    private ObjectStore(string file, int changesMax, StoreWriter writer, long compacted, Action<Change> onChange)
    {
        this.file = file;
        this.changesMax = changesMax;
        this.writer = writer;
        this.compacted = compacted;
        this.onChange = onChange;
        firstVersion = revision = writer.Revision;
    }

    /// <summary>The version of the newest write that everybody can see.</summary>
    internal long Revision => Volatile.Read(ref revision);

    /// <summary>Opens or makes the store.</summary>
    /// <param name="file">The database; its companions <c>-wal</c> and <c>-shm</c> lie beside it.</param>
    /// <param name="bytesMax">What the file may grow to; writes beyond are refused.</param>
    /// <param name="changesMax">Changes kept for watches and for pages of old lists.</param>
    /// <param name="onChange">Told of every change, in order, before its author is; must not block.</param>
    /// <exception cref="StoreException">The file cannot be used; it is left as it is.</exception>
    internal static ObjectStore Open(string file, long bytesMax, int changesMax, Action<Change> onChange)
    {
        SqliteConnection? connection = null;
        try
        {
            StoreSchema.Check(file);
            connection = StoreSchema.Connect(file);
            StoreSchema.Prepare(connection, file, bytesMax);
            var forgotten = StoreSchema.Number(connection, "SELECT value FROM meta WHERE name = 'compacted'");
            return new(file, changesMax, new StoreWriter(connection), forgotten, onChange);
        }
        catch (SqliteException e)
        {
            connection?.Dispose();
            throw SqliteFaults.From(e, file);
        }
        catch (StoreException)
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>The newest state of one object.</summary>
    internal StoredObject? Get(ObjectKey key) => Read(reader => reader.Get(key));

    /// <summary>Runs a function on one consistent state.</summary>
    /// <exception cref="StoreException">The disk failed.</exception>
    internal T Snapshot<T>(Func<StoreReader, T> read) => Read(reader => reader.Snapshot(read));

    /// <summary>The changes of a resource that are not in memory any more.</summary>
    /// <returns>
    /// The changes, null when they are not on disk any more either, and the version up to which they are all.
    /// </returns>
    internal (List<Change>? Changes, long CompleteTo) LoggedAfter(string resource, long version, int limit) =>
        Snapshot(reader =>
        {
            if (version < reader.Compacted)
            {
                return ((List<Change>?)null, version);
            }

            var changes = reader.ChangesAfter(resource, version, limit);
            return (changes, changes.Count < limit ? Math.Max(version, reader.Revision) : changes[^1].Version);
        });

    /// <summary>The newest changes of a resource.</summary>
    internal ChangeFeed Feed(string resource) =>
        feeds.GetOrAdd(resource, static (_, first) => new(first), firstVersion);

    /// <summary>Writes one object.</summary>
    /// <exception cref="StoreException">Nothing was written: the disk is full or failed.</exception>
    internal async Task<WriteResult> WriteAsync(Write write, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            var (result, change) = writer.Apply(write);
            if (change is not null)
            {
                Publish(change);
                CompactIfLong_NeedsLock();
            }

            return result;
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.From(e, file);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Forgets changes up to a version now, whatever their number.</summary>
    internal async Task CompactAsync(long version, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            Compact_NeedsLock(version);
        }
        finally
        {
            writing.Release();
        }
    }

    public void Dispose()
    {
        // A write that is under way ends first.
        writing.Wait();
        disposed = true;
        while (idle.TryTake(out var reader))
        {
            reader.Dispose();
        }

        writer.Dispose();
        writing.Release();
    }

    private void Publish(Change change)
    {
        // Whoever sees the new version finds the change.
        try
        {
            onChange(change);
        }
        finally
        {
            Feed(change.Key.Resource).Add(change);
            Volatile.Write(ref revision, change.Version);
        }
    }

    private void CompactIfLong_NeedsLock()
    {
        // A quarter above the bound, so that most writes do not compact. Every version is one change.
        if (writer.Revision - compacted > changesMax + changesMax / 4)
        {
            Compact_NeedsLock(writer.Revision - changesMax);
        }
    }

    private void Compact_NeedsLock(long version)
    {
        try
        {
            writer.Compact(version);
            compacted = version;
        }
        catch (SqliteException e) when (SqliteFaults.From(e, file).Fault is StoreFault.Full or StoreFault.Disk)
        {
            // The write before it stands. The next one tries again, and reports what is wrong if it fails too.
        }
    }

    private T Read<T>(Func<StoreReader, T> read)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        StoreReader? reader = null;
        try
        {
            reader = idle.TryTake(out var rested) ? rested : new(StoreSchema.Connect(file));
            var result = read(reader);
            if (idle.Count < IdleReadersMax && !disposed)
            {
                idle.Add(reader);
                reader = null;
            }

            return result;
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.From(e, file);
        }
        finally
        {
            // One too many, or one that failed.
            reader?.Dispose();
        }
    }
}
