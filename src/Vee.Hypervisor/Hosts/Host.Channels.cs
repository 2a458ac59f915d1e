using Vee.Hypervisor.Network;
using Vee.Machines.Networking;

namespace Vee.Hypervisor.Hosts;

/// <summary>One end of a channel between two hosts that are linked.</summary>
public interface IHostChannel
{
    /// <summary>Takes what the other end has sent: in order, possibly twice.</summary>
    /// <param name="number">Of the message, as the other end has numbered it.</param>
    /// <param name="payload">What it says.</param>
    void Receive(ulong number, ReadOnlyMemory<byte> payload);

    /// <summary>A message that was sent is given up: the link lost it too often.</summary>
    /// <param name="number">Of the message.</param>
    void Lose(ulong number);
}

// What hosts tell each other. It takes cards and links as what guests send does.
public sealed partial class Host
{
    private readonly Dictionary<ulong, IHostChannel> channels = [];

    /// <summary>Messages for channels that nobody has here.</summary>
    public long StrayHostMessages { get; private set; }

    /// <summary>The link that leads to a host; null when there is none.</summary>
    public Link? LinkTo(string peer) => links.Values.FirstOrDefault(link => link.Peer == peer);

    /// <summary>Opens this host's end of a channel.</summary>
    /// <param name="channel">The same number at both ends; not 0.</param>
    /// <param name="end">Takes what comes.</param>
    /// <exception cref="ArgumentException">There is one of that number already.</exception>
    public void OpenChannel(ulong channel, IHostChannel end)
    {
        ArgumentOutOfRangeException.ThrowIfZero(channel);
        channels.Add(channel, end);
    }

    /// <summary>Closes this host's end of a channel: what still comes is nobody's.</summary>
    public void CloseChannel(ulong channel) => channels.Remove(channel);

    /// <summary>Sends over a channel.</summary>
    /// <param name="peer">Name of the host at the other end.</param>
    /// <param name="channel">Its number.</param>
    /// <param name="number">Of the message.</param>
    /// <param name="payload">At most <see cref="NetworkMessage.PayloadBytesMax"/>.</param>
    /// <returns>False when no link leads there.</returns>
    public bool TrySend(string peer, ulong channel, ulong number, ReadOnlyMemory<byte> payload)
    {
        // Another agent would take the sender for a liar.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, NetworkMessage.PayloadBytesMax);
        if (LinkTo(peer) is not { } link)
        {
            return false;
        }

        SendOut(
            new NetworkMessage
            {
                Kind = NetworkMessageKind.Host,
                Source = default,
                Destination = default,
                Connection = channel,
                Sequence = number,
                Payload = payload,
            },
            link);
        return true;
    }

    /// <summary>When what is sent to a host now would begin to be sent; now when no link leads there.</summary>
    public long SendsAt(string peer) =>
        LinkTo(peer) is { } link ? Math.Max(Now, Math.Max(NicOut.FreeAt, link.FreeAt)) : Now;

    private void DeliverToChannel(NetworkMessage message)
    {
        if (!channels.TryGetValue(message.Connection, out var end))
        {
            StrayHostMessages++;
        }
        else if (message.Reason == RefusalReason.None)
        {
            end.Receive(message.Sequence, message.Payload);
        }
        else
        {
            end.Lose(message.Sequence);
        }
    }
}
