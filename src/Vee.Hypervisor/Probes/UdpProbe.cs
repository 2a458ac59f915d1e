using System.Buffers.Binary;
using Vee.Hypervisor.Events;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Probes;

/// <summary>A client that sends numbered datagrams at its own pace, and sees which come back.</summary>
/// <remarks>
/// Its number is the first 8 bytes of a datagram, little-endian; whoever answers sends them back. Open loop, as
/// <see cref="TcpProbe"/>. A datagram that is not back after a while is lost.
/// </remarks>
public sealed class UdpProbe : Probe
{
    /// <summary>Bytes of a datagram at least: its number.</summary>
    public const int DatagramBytesMin = sizeof(ulong);

    private const int WaitingMax = 1 << 20;
    private const int SendNotice = 1;
    private const ushort LocalPort = 40_000;

    private readonly EndPoint4 target;
    private readonly int datagramBytes;
    private readonly long interval;
    private readonly long lostAfter;
    private readonly Dictionary<ulong, long> waiting = [];
    private readonly Queue<(ulong Number, long IntendedAt)> order = new();
    private ulong number;

    /// <param name="address">The probe's own, unique in the rack.</param>
    /// <param name="target">Who answers.</param>
    /// <param name="datagramBytes">Size of a datagram, 8 to 65507.</param>
    /// <param name="interval">Nanoseconds from one to the next.</param>
    /// <param name="lostAfter">Nanoseconds after which it does not wait any more.</param>
    /// <param name="slowAfter">Nanoseconds from which on an answer is slow.</param>
    public UdpProbe(
        uint address, EndPoint4 target, int datagramBytes, long interval, long lostAfter = VirtualTime.Second,
        long slowAfter = 10 * VirtualTime.Millisecond)
        : base(slowAfter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(datagramBytes, DatagramBytesMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(datagramBytes, NetworkMessage.DatagramBytesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(lostAfter, 1);
        Address = address;
        this.target = target;
        this.datagramBytes = datagramBytes;
        this.interval = interval;
        this.lostAfter = lostAfter;
    }

    /// <summary>Datagrams that it waits for.</summary>
    public int Present => waiting.Count;

    /// <inheritdoc/>
    public override uint Address { get; }

    private protected override int DutyMax => SendNotice;

    private protected override void Begin() => Port.SetTimer(VirtualTime.After(Port.Now, interval), SendNotice, 0);

    private protected override void Perform(int duty)
    {
        Port.SetTimer(VirtualTime.After(Port.Now, interval), SendNotice, 0);
        GiveUp();
        if (order.Count == WaitingMax)
        {
            Meter.CountLost(waiting.Remove(order.Dequeue().Number) ? 1 : 0);
        }

        var payload = new byte[datagramBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, ++number);
        waiting.Add(number, Port.Now);
        order.Enqueue((number, Port.Now));
        Meter.CountSent(Port.Now);
        Port.Send(
            new NetworkMessage
            {
                Kind = NetworkMessageKind.Datagram,
                Source = new EndPoint4(Address, LocalPort),
                Destination = target,
                Payload = payload,
            },
            Port.Now);
    }

    private protected override void Take(NetworkMessage message)
    {
        GiveUp();
        if (message.Kind == NetworkMessageKind.Datagram && message.Payload.Length >= sizeof(ulong)
            && waiting.Remove(BinaryPrimitives.ReadUInt64LittleEndian(message.Payload.Span), out var intendedAt))
        {
            Meter.CountAnswer(intendedAt, Port.Now);
        }
    }

    private protected override void Skip(long duration)
    {
        for (var left = order.Count; left > 0; left--)
        {
            var (sent, intendedAt) = order.Dequeue();
            order.Enqueue((sent, VirtualTime.After(intendedAt, duration)));
        }

        foreach (var sent in waiting.Keys.ToArray())
        {
            waiting[sent] = VirtualTime.After(waiting[sent], duration);
        }
    }

    private protected override void SaveWork(StateWriter state)
    {
        state.UInt64("number", number);
        state.List("order", order, (to, item) =>
        {
            to.UInt64("number", item.Number);
            to.Int64("intendedAt", item.IntendedAt);
            to.Boolean("isWaiting", waiting.ContainsKey(item.Number));
        });
    }

    private protected override void RestoreWork(StateReader state)
    {
        number = state.UInt64("number");
        order.Clear();
        waiting.Clear();
        state.List("order", WaitingMax, (from, _) =>
        {
            var item = (Number: from.UInt64("number"), IntendedAt: from.Int64("intendedAt", 0));
            order.Enqueue(item);
            if (from.Boolean("isWaiting"))
            {
                waiting[item.Number] = item.IntendedAt;
            }
        });
    }

    private void GiveUp()
    {
        while (order.TryPeek(out var oldest) && Port.Now - oldest.IntendedAt > lostAfter)
        {
            order.Dequeue();
            Meter.CountLost(waiting.Remove(oldest.Number) ? 1 : 0);
        }
    }
}
