using System.Buffers.Binary;
using System.IO.Hashing;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hosts;

namespace Vee.Hypervisor.Migration;

/// <summary>
/// A channel to another host on which everything arrives once, in order and as it was sent, as long as a link leads
/// there now and then: what the other side has not acknowledged is kept, and sent again from the first that was lost.
/// </summary>
/// <remarks>
/// A message is a checksum of its number and what it says (XxHash3), and what it says; one that is damaged counts as
/// lost. An acknowledgement says up to which number all is done, and 1 if the other side waits for what is missing.
/// </remarks>
internal sealed class ReliableChannel : IHostChannel, IDisposable
{
    // An acknowledgement is no message of its own.
    private const ulong Acknowledgement = 0;
    private const int ChecksumBytes = sizeof(ulong);
    private const int AcknowledgementBytes = sizeof(ulong) + 1;
    private const long ResendAfter = 2 * VirtualTime.Second;
    private const long ResendPause = VirtualTime.Second;

    private readonly Host host;
    private readonly string peer;
    private readonly ulong channel;
    private readonly Action<ulong, ReadOnlyMemory<byte>> take;
    private readonly Queue<(ulong Number, ReadOnlyMemory<byte> Payload)> unacknowledged = new();
    private readonly SortedSet<ulong> done = [];
    private ulong lastSent;
    private ulong lastTaken;
    private ulong acknowledged;
    private long resendAt = VirtualTime.Never;
    private long resentAt;

    /// <param name="host">This end.</param>
    /// <param name="peer">Name of the host at the other end.</param>
    /// <param name="channel">The same number at both ends.</param>
    /// <param name="take">Takes a message and its number, which it acknowledges when it has done what it says.</param>
    public ReliableChannel(Host host, string peer, ulong channel, Action<ulong, ReadOnlyMemory<byte>> take)
    {
        this.host = host;
        this.peer = peer;
        this.channel = channel;
        this.take = take;
        LastHeard = host.Now;
        resentAt = host.Now - ResendPause;
        host.OpenChannel(channel, this);
    }

    /// <summary>Told when the other side has acknowledged something: how many bytes.</summary>
    public Action<long> Acknowledged { get; set; } = _ => { };

    /// <summary>Bytes that the other side has not acknowledged.</summary>
    public long BytesUnderWay { get; private set; }

    /// <summary>Bytes that were sent, those that were sent again included.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Messages that were sent again.</summary>
    public long ResendCount { get; private set; }

    /// <summary>Whether something waits to be sent again.</summary>
    public bool IsResendDue => resendAt != VirtualTime.Never;

    /// <summary>When something came from the other side.</summary>
    public long LastHeard { get; private set; }

    /// <summary>Whether the other side has all.</summary>
    public bool IsSettled => unacknowledged.Count == 0;

    /// <summary>Sends a message.</summary>
    public void Send(ReadOnlyMemory<byte> payload)
    {
        unacknowledged.Enqueue((++lastSent, payload));
        BytesUnderWay += payload.Length;
        // What waits to be sent again goes before.
        if (resendAt == VirtualTime.Never)
        {
            if (unacknowledged.Count == 1)
            {
                LastHeard = Math.Max(LastHeard, host.Now);
            }

            Pass(lastSent, payload);
        }
    }

    /// <summary>What a message says has been done.</summary>
    public void Acknowledge(ulong number)
    {
        done.Add(number);
        while (done.Remove(acknowledged + 1))
        {
            acknowledged++;
        }

        SendAcknowledgement(isMissing: false);
    }

    /// <summary>Sends again what is due; to be called every now and then.</summary>
    public void Look()
    {
        if (resendAt == VirtualTime.Never && unacknowledged.Count > 0
            && host.Now - Math.Max(LastHeard, resentAt) >= ResendAfter)
        {
            resendAt = host.Now;
        }

        if (resendAt <= host.Now)
        {
            resendAt = VirtualTime.Never;
            resentAt = host.Now;
            foreach (var (number, payload) in unacknowledged)
            {
                ResendCount++;
                Pass(number, payload);
            }
        }
    }

    /// <inheritdoc/>
    public void Receive(ulong number, ReadOnlyMemory<byte> payload)
    {
        LastHeard = host.Now;
        var content = payload[Math.Min(ChecksumBytes, payload.Length)..];
        if (payload.Length < ChecksumBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(payload.Span) != ChecksumOf(number, content.Span))
        {
            SendAcknowledgement(isMissing: true);
            return;
        }

        if (number == Acknowledgement)
        {
            ReadAcknowledgement(content.Span);
        }
        else if (number == lastTaken + 1)
        {
            lastTaken = number;
            take(number, content);
        }
        else
        {
            // It came twice, and the acknowledgement may have been lost; or something before it has not come.
            SendAcknowledgement(isMissing: number > lastTaken);
        }
    }

    /// <inheritdoc/>
    public void Lose(ulong number)
    {
        if (number != Acknowledgement && resendAt == VirtualTime.Never)
        {
            resendAt = host.Now + ResendPause;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => host.CloseChannel(channel);

    private static ulong ChecksumOf(ulong number, ReadOnlySpan<byte> content) =>
        XxHash3.HashToUInt64(content, unchecked((long)number));

    private void SendAcknowledgement(bool isMissing)
    {
        var payload = new byte[AcknowledgementBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, acknowledged);
        payload[^1] = isMissing ? (byte)1 : (byte)0;
        Pass(Acknowledgement, payload);
    }

    private void ReadAcknowledgement(ReadOnlySpan<byte> content)
    {
        if (content.Length != AcknowledgementBytes)
        {
            return;
        }

        Settle(BinaryPrimitives.ReadUInt64LittleEndian(content));
        // All that comes behind what is missing says so: one answer is enough.
        if (content[^1] != 0 && resendAt == VirtualTime.Never && host.Now - resentAt >= ResendPause)
        {
            resendAt = host.Now;
        }
    }

    private void Settle(ulong number)
    {
        var bytes = 0L;
        while (unacknowledged.TryPeek(out var first) && first.Number <= number)
        {
            unacknowledged.Dequeue();
            bytes += first.Payload.Length;
        }

        BytesUnderWay -= bytes;
        if (bytes > 0)
        {
            Acknowledged(bytes);
        }
    }

    private void Pass(ulong number, ReadOnlyMemory<byte> payload)
    {
        var message = new byte[ChecksumBytes + payload.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(message, ChecksumOf(number, payload.Span));
        payload.CopyTo(message.AsMemory(ChecksumBytes));
        if (host.TrySend(peer, channel, number, message))
        {
            BytesSent += message.Length;
        }
        else if (number != Acknowledgement)
        {
            // No link leads there now.
            resendAt = Math.Min(resendAt, host.Now + ResendPause);
        }
    }
}
