using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Vee.Agent.Guests;

/// <summary>What the machines of an agent that have ended have done together.</summary>
internal sealed class GuestMeters
{
    private const int EndedMax = 4096;

    private long retired;
    private long virtualNanoseconds;
    private long droppedConsoleBytes;
    private long fenced;

    // For whoever reads the metrics; the first ones go if nobody does.
    private readonly ConcurrentQueue<MigrationView> ended = new();

    internal long RetiredCount => Interlocked.Read(ref retired);

    internal long VirtualNanoseconds => Interlocked.Read(ref virtualNanoseconds);

    /// <summary>Console bytes that readers were too slow for.</summary>
    internal long DroppedConsoleBytes => Interlocked.Read(ref droppedConsoleBytes);

    internal void CountEnded(long retiredCount, long nanoseconds)
    {
        Interlocked.Add(ref retired, retiredCount);
        Interlocked.Add(ref virtualNanoseconds, nanoseconds);
    }

    internal void CountEnded(MigrationView migration)
    {
        ended.Enqueue(migration);
        while (ended.Count > EndedMax)
        {
            ended.TryDequeue(out _);
        }
    }

    /// <summary>A migration that has ended and was not taken yet.</summary>
    internal bool TryTakeEnded([NotNullWhen(true)] out MigrationView? migration) => ended.TryDequeue(out migration);

    /// <summary>Calls that were refused because their token is over.</summary>
    internal long FencedCount => Interlocked.Read(ref fenced);

    internal void CountFenced() => Interlocked.Increment(ref fenced);

    internal void CountDropped(long bytes) => Interlocked.Add(ref droppedConsoleBytes, bytes);
}
