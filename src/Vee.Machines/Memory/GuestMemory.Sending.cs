using Vee.Machines.State;

namespace Vee.Machines.Memory;

// A memory whose pages are being copied to somebody else, and one whose pages have come before its mappings.
// JUSTIFICATION, SAFETY: as for the fields in GuestMemory.cs.
public sealed unsafe partial class GuestMemory
{
    private SentPages? sent;
    private ReceivedPages? received;

    /// <summary>Whether the pages are being sent to somebody.</summary>
    public bool IsSent => sent is not null;

    /// <summary>As <see cref="SentPages.DirtiedCount"/>; 0 while nothing is sent to anybody.</summary>
    public long DirtiedCount => sent?.DirtiedCount ?? 0;

    /// <summary>Begins to keep note of what somebody has of the pages: nothing at first.</summary>
    /// <param name="imagesMax">Base images that are kept at most, in pages of host memory.</param>
    /// <exception cref="InvalidOperationException">Somebody is being copied to already.</exception>
    public SentPages TrackSent(long imagesMax)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(imagesMax);
        if (sent is not null)
        {
            throw new InvalidOperationException("the pages are being sent to somebody already");
        }

        return sent = new SentPages(this, imagesMax);
    }

    internal void StopTracking(SentPages tracker) => sent = sent == tracker ? null : sent;

    /// <summary>Whether a page holds data of its own: it is present, and the home of those that share it.</summary>
    public bool HoldsContent(PageNumber page) => HoldsContent(page.Value);

    internal bool HoldsContent(ulong page) =>
        page < PageCount && (flags[page] & PageFlags.Present) != 0 && IsHome(page);

    /// <summary>Lines of a page that were stored to since they were cleared, through any page that shares it.</summary>
    internal ulong LinesSince(ulong page)
    {
        var lines = dirtyLines[page];
        if (sharers.Count != 0 && sharers.TryGetValue(page, out var all))
        {
            foreach (var other in all)
            {
                lines |= dirtyLines[other];
            }
        }

        return lines;
    }

    /// <summary>From here on only what is stored afterwards counts.</summary>
    internal void ClearLines(ulong page)
    {
        if (sharers.Count != 0 && sharers.TryGetValue(page, out var all))
        {
            all.ForEach(other => dirtyLines[other] = 0);
        }

        if (dirtyLines[page] != 0)
        {
            dirtyLines[page] = 0;
        }
    }

    /// <summary>A page is about to be stored to: the bytes that somebody else has of it are kept.</summary>
    internal void BeforeStore(ulong page)
    {
        if (sent is null)
        {
            return;
        }

        lock (presence)
        {
            sent?.Keep(sharers.TryGetValue(page, out var all) ? all[0] : page);
        }
    }

    /// <summary>A page loses what it holds, other than by a store.</summary>
    private void NoteDropped(ulong page) => sent?.Forget(page);

    /// <summary>Makes a memory that takes pages before anything is mapped in it.</summary>
    internal static ReceivedPages Receive(GuestMemory memory) => memory.received = new ReceivedPages(memory);

    internal bool IsShareable(ulong page) => hasShareable && shareable[page] != 0;

    /// <summary>Writes which pages hold something, in runs; their bytes go another way.</summary>
    internal void SavePresence(StateWriter state) => state.List("runs", PresentRuns(), static (to, run) =>
    {
        to.UInt64("first", run.First);
        to.Int64("count", run.Count);
    });

    /// <summary>Makes pages present that have come before, now that their mappings are restored.</summary>
    internal void RestorePresence(StateReader state)
    {
        state.List("runs", checked((int)Math.Min(PageCount, int.MaxValue)), (reader, _) =>
        {
            var first = reader.UInt64("first", PageCount - 1);
            var count = reader.Int32("count", 1, RunPagesMax);
            for (var page = first; page < first + (ulong)count; page++)
            {
                RestorePresent(reader, page);
            }
        });
        received!.RemoveAllBut(page => (flags[page] & PageFlags.Present) != 0);
        received.Adopt();
        received = null;
    }
}
