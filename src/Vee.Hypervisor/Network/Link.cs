using Vee.Hypervisor.Events;
using Vee.Hypervisor.Randomness;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Network;

/// <summary>A message on its way to another host.</summary>
/// <param name="Link">Number of the link.</param>
/// <param name="Number">Counts the messages of the link, from 1.</param>
/// <param name="ArrivesAt">Virtual time.</param>
/// <param name="Message">What arrives.</param>
public readonly record struct Arrival(int Link, ulong Number, long ArrivesAt, NetworkMessage Message);

/// <summary>One direction of a link, simulated by the host that sends.</summary>
/// <remarks>
/// A message is sent when those before it have been, at the link's bandwidth, and arrives a latency later. What is lost
/// of a stream, the sender's kernel sends again after 200 ms, then after twice as long each time (RFC 6298 with Linux'
/// least timeout); after <see cref="RetriesMax"/> it gives the connection up, which the sender is told as a reset
/// or a refusal.
/// </remarks>
public sealed class Link
{
    /// <summary>How often something is sent again (tcp_syn_retries of Linux; a connection has 15).</summary>
    internal const int RetriesMax = 6;

    private const long RetryAfter = 200 * VirtualTime.Millisecond;

    private readonly RandomStream random;
    private long freeAt;
    private long lastArrival;
    private ulong sentCount;

    /// <param name="number">The same for all who simulate the rack.</param>
    /// <param name="peer">The host at its other end.</param>
    /// <param name="profile">What it is like.</param>
    /// <param name="random">Decides what is lost, and jitter.</param>
    /// <param name="former">The link whose place it takes: nothing overtakes what was sent over that; null for
    /// none.</param>
    internal Link(int number, string peer, LinkProfile profile, RandomStream random, Link? former = null)
    {
        Number = number;
        Peer = peer;
        Profile = profile;
        this.random = random;
        if (former is not null)
        {
            (freeAt, lastArrival) = (former.freeAt, former.lastArrival);
            (BytesSent, BytesLost, MessagesLost) = (former.BytesSent, former.BytesLost, former.MessagesLost);
            SendTime = former.SendTime;
        }
    }

    /// <summary>The same for all who simulate the rack, 1 to 65535.</summary>
    public int Number { get; }

    /// <summary>The host at its other end.</summary>
    public string Peer { get; }

    /// <summary>What it is like.</summary>
    public LinkProfile Profile { get; }

    /// <summary>Bytes that were put on it.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Bytes that were lost on it.</summary>
    public long BytesLost { get; private set; }

    /// <summary>Messages that were lost on it, each time counted.</summary>
    public long MessagesLost { get; private set; }

    /// <summary>Nanoseconds for which it sent, all that it has taken included.</summary>
    public long SendTime { get; private set; }

    /// <summary>When it has sent all that it has taken.</summary>
    internal long FreeAt => freeAt;

    /// <summary>Nanoseconds until now for which it sent.</summary>
    public long BusyTime(long now) => SendTime - Math.Max(0, freeAt - now);

    /// <summary>Puts a message on the link.</summary>
    /// <param name="at">When it comes to the link, not before the one before it.</param>
    /// <param name="message">What.</param>
    /// <param name="givenUpAt">When the sender learns that it never arrives.</param>
    /// <returns>Its arrival; null when it is lost for good.</returns>
    internal Arrival? Send(long at, NetworkMessage message, out long givenUpAt)
    {
        var bytes = FrameSize.Of(message);
        var isDatagram = message.Kind == NetworkMessageKind.Datagram;
        var delay = 0L;
        for (var tries = 0; Profile.Loss > 0 && random.NextPositive() <= Profile.Loss; tries++)
        {
            MessagesLost++;
            BytesLost += bytes;
            Occupy(at, bytes);
            givenUpAt = VirtualTime.After(at, delay + (RetryAfter << tries));
            if (isDatagram || tries == RetriesMax)
            {
                return null;
            }

            delay += RetryAfter << tries;
        }

        givenUpAt = VirtualTime.Never;
        Occupy(at, bytes);
        var jitter = Profile.JitterNanoseconds > 0 ? (long)random.Next((ulong)Profile.JitterNanoseconds + 1) : 0;
        var arrival = VirtualTime.After(freeAt, Profile.LatencyNanoseconds + jitter + delay);
        lastArrival = Math.Max(lastArrival, arrival);
        return new Arrival(Number, ++sentCount, lastArrival, message);
    }

    /// <summary>Passes on what was sent over the link before it was this one.</summary>
    internal Arrival Forward(NetworkMessage message, long arrivesAt)
    {
        lastArrival = Math.Max(lastArrival, arrivesAt);
        return new Arrival(Number, ++sentCount, lastArrival, message);
    }

    internal void Save(StateWriter state)
    {
        random.Save(state);
        state.Int64("freeAt", freeAt);
        state.Int64("lastArrival", lastArrival);
        state.UInt64("sentCount", sentCount);
        state.Int64("bytesSent", BytesSent);
        state.Int64("bytesLost", BytesLost);
        state.Int64("messagesLost", MessagesLost);
        state.Int64("sendTime", SendTime);
    }

    internal void Restore(StateReader state)
    {
        random.Restore(state);
        freeAt = state.Int64("freeAt", 0);
        lastArrival = state.Int64("lastArrival", 0);
        sentCount = state.UInt64("sentCount");
        BytesSent = state.Int64("bytesSent", 0);
        BytesLost = state.Int64("bytesLost", 0);
        MessagesLost = state.Int64("messagesLost", 0);
        SendTime = state.Int64("sendTime", 0);
    }

    private void Occupy(long at, long bytes)
    {
        var time = TransmissionTime(bytes, Profile.BandwidthBitsPerSecond);
        var start = Math.Max(at, freeAt);
        freeAt = VirtualTime.After(start, time);
        BytesSent += bytes;
        SendTime += freeAt - start;
    }

    /// <summary>Nanoseconds that bytes take at a bandwidth, rounded up.</summary>
    internal static long TransmissionTime(long bytes, long bitsPerSecond) =>
        (long)Int128.Min(
            VirtualTime.Never, (((Int128)bytes * 8 * VirtualTime.Second) + bitsPerSecond - 1) / bitsPerSecond);
}
