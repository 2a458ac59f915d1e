using Vee.Machines.Linux.Files;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Sockets;

/// <summary>
/// The files that travel in a byte stream, each bundle tied to the bytes it was sent with: a receiver that takes
/// the first of those bytes takes the files, and its call ends with the last of them (unix(7), SCM_RIGHTS).
/// </summary>
internal sealed class UnixRights
{
    private readonly record struct Bundle(long Start, long End, OpenFile[] Files, long[]? FilesToLink = null);

    private const int BundlesMax = 65536;

    private Queue<Bundle>? bundles;
    private long position;

    /// <summary>Files were sent with bytes that are about to be queued.</summary>
    /// <param name="queued">Bytes that wait before them.</param>
    /// <param name="count">The bytes they belong to.</param>
    /// <param name="files">The files; the references are this queue's now.</param>
    internal void Add(int queued, int count, OpenFile[] files) =>
        (bundles ??= new()).Enqueue(new Bundle(position + queued, position + queued + count, files));

    /// <summary>How far a receive may go, and which files come with it.</summary>
    /// <param name="offset">Where in the queue it starts.</param>
    /// <param name="count">Bytes it would take.</param>
    /// <param name="files">The files; null for none.</param>
    internal int Limit(int offset, int count, out OpenFile[]? files)
    {
        files = null;
        if (bundles is null || !bundles.TryPeek(out var next) || next.Start >= position + offset + count)
        {
            return count;
        }

        files = next.Files;
        return (int)Math.Max(0, Math.Min(count, next.End - position - offset));
    }

    /// <summary>Bytes were taken: files that came with them leave the queue.</summary>
    internal void Skip(int count)
    {
        position += count;
        while (bundles is not null && bundles.TryPeek(out var next) && next.Start < position)
        {
            bundles.Dequeue();
        }
    }

    /// <summary>Every file that is still in the queue, which is emptied.</summary>
    internal IEnumerable<OpenFile[]> TakeAll()
    {
        while (bundles is not null && bundles.TryDequeue(out var bundle))
        {
            yield return bundle.Files;
        }
    }

    internal void Save(StateWriter state)
    {
        state.Int64("position", position);
        IReadOnlyCollection<Bundle> all = bundles is null ? [] : bundles;
        state.List("rights", all, (writer, bundle) =>
        {
            writer.Int64("start", bundle.Start);
            writer.Int64("end", bundle.End);
            UnixPackets.SaveFiles(writer, bundle.Files);
        });
    }

    internal void Restore(StateReader state)
    {
        position = state.Int64("position", 0, long.MaxValue / 2);
        state.List("rights", BundlesMax, (reader, _) =>
        {
            var start = reader.Int64("start", position, long.MaxValue / 2);
            var end = reader.Int64("end", start + 1, long.MaxValue / 2);
            (bundles ??= new()).Enqueue(new Bundle(start, end, [], UnixPackets.RestoreFiles(reader)));
        });
    }

    internal void Link(Func<long[], OpenFile[]?> find)
    {
        for (var index = bundles?.Count ?? 0; index > 0; index--)
        {
            var bundle = bundles!.Dequeue();
            bundles.Enqueue(new Bundle(bundle.Start, bundle.End, find(bundle.FilesToLink ?? []) ?? []));
        }
    }
}
