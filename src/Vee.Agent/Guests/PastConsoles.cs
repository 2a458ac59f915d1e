using Vee.Agent.Consoles;

namespace Vee.Agent.Guests;

/// <summary>
/// Consoles of instances that were deleted: the last one of each machine, for who asks why the instance before this one
/// ended. The first to come go first when together they hold too much.
/// </summary>
/// <param name="bytesMax">Bytes of all of them together.</param>
/// <remarks>Not thread-safe.</remarks>
internal sealed class PastConsoles(long bytesMax)
{
    /// <summary>What an entry takes besides its log.</summary>
    private const int EntryBytes = 512;

    private readonly Dictionary<string, LinkedListNode<PastConsole>> byUid = new(StringComparer.Ordinal);
    private readonly LinkedList<PastConsole> byAge = [];
    private long bytes;

    /// <summary>Keeps the console of an instance instead of the one that was kept of its machine.</summary>
    internal void Keep(PastConsole console)
    {
        if (byUid.TryGetValue(console.Uid, out var before))
        {
            Drop(before);
        }

        byUid.Add(console.Uid, byAge.AddLast(console));
        bytes += SizeOf(console);
        while (bytes > bytesMax)
        {
            Drop(byAge.First!);
        }
    }

    /// <summary>The console of an instance; null when it is not kept.</summary>
    internal PastConsole? Find(string uid, long instance) =>
        byUid.TryGetValue(uid, out var found) && found.Value.Instance == instance ? found.Value : null;

    private void Drop(LinkedListNode<PastConsole> entry)
    {
        byAge.Remove(entry);
        byUid.Remove(entry.Value.Uid);
        bytes -= SizeOf(entry.Value);
    }

    private static long SizeOf(PastConsole console) => EntryBytes + console.Log.HeldBytes;
}

/// <summary>The console of an instance that is over.</summary>
/// <param name="Uid">The machine.</param>
/// <param name="Instance">Which of its instances.</param>
/// <param name="Log">What it wrote; complete.</param>
/// <param name="End">How it ended.</param>
internal sealed record PastConsole(string Uid, long Instance, ConsoleLog Log, GuestEnd End);
