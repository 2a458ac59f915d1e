namespace Vee.Agent.Gateways;

/// <summary>What has passed through gateways: one machine's, or all of an agent's. Used by any thread.</summary>
/// <param name="whole">What this is a part of; null for the whole.</param>
internal sealed class Traffic(Traffic? whole = null)
{
    private long bytesIn;
    private long bytesOut;
    private long opened;
    private long open;
    private long failed;

    /// <summary>Bytes from clients to guests.</summary>
    internal long BytesIn => Interlocked.Read(ref bytesIn);

    /// <summary>Bytes from guests to clients.</summary>
    internal long BytesOut => Interlocked.Read(ref bytesOut);

    /// <summary>Connections that clients have opened.</summary>
    internal long OpenedCount => Interlocked.Read(ref opened);

    /// <summary>Connections that are open.</summary>
    internal long OpenCount => Interlocked.Read(ref open);

    /// <summary>Connections that no guest took.</summary>
    internal long FailedCount => Interlocked.Read(ref failed);

    internal void CountIn(long count)
    {
        Interlocked.Add(ref bytesIn, count);
        whole?.CountIn(count);
    }

    internal void CountOut(long count)
    {
        Interlocked.Add(ref bytesOut, count);
        whole?.CountOut(count);
    }

    internal void CountOpened()
    {
        Interlocked.Increment(ref opened);
        Interlocked.Increment(ref open);
        whole?.CountOpened();
    }

    internal void CountClosed()
    {
        Interlocked.Decrement(ref open);
        whole?.CountClosed();
    }

    internal void CountFailed()
    {
        Interlocked.Increment(ref failed);
        whole?.CountFailed();
    }
}
