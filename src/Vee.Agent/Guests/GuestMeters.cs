namespace Vee.Agent.Guests;

/// <summary>What the machines of an agent that have ended have done together.</summary>
internal sealed class GuestMeters
{
    private long retired;
    private long virtualNanoseconds;
    private long droppedConsoleBytes;

    internal long RetiredCount => Interlocked.Read(ref retired);

    internal long VirtualNanoseconds => Interlocked.Read(ref virtualNanoseconds);

    /// <summary>Console bytes that readers were too slow for.</summary>
    internal long DroppedConsoleBytes => Interlocked.Read(ref droppedConsoleBytes);

    internal void CountEnded(long retiredCount, long nanoseconds)
    {
        Interlocked.Add(ref retired, retiredCount);
        Interlocked.Add(ref virtualNanoseconds, nanoseconds);
    }

    internal void CountDropped(long bytes) => Interlocked.Add(ref droppedConsoleBytes, bytes);
}
