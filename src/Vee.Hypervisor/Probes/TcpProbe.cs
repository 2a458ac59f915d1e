using System.Diagnostics;
using Vee.Hypervisor.Events;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Probes;

/// <summary>What a TCP probe asks, and how it knows an answer.</summary>
public sealed record TcpProbeOptions
{
    /// <summary>The probe's own address, unique in the rack.</summary>
    public required uint Address { get; init; }

    /// <summary>The service.</summary>
    public required EndPoint4 Target { get; init; }

    /// <summary>Bytes of a request, for example <c>PING\r\n</c>.</summary>
    public required ReadOnlyMemory<byte> Request { get; init; }

    /// <summary>Bytes of each answer.</summary>
    public required int AnswerBytes { get; init; }

    /// <summary>Nanoseconds from a request to the next.</summary>
    public required long Interval { get; init; }

    /// <summary>Nanoseconds from which on an answer is slow.</summary>
    /// <value>10 ms</value>
    public long SlowAfter { get; init; } = 10 * VirtualTime.Millisecond;

    /// <summary>How long it waits before it connects again after a refusal or a break.</summary>
    /// <value>20 ms</value>
    public long ReconnectAfter { get; init; } = 20 * VirtualTime.Millisecond;
}

/// <summary>A client that needs no core: it asks a service over one connection, at its own pace.</summary>
/// <remarks>
/// Open loop: requests are sent at their times whether earlier ones are answered or not; those that have to wait, for
/// the connection or the peer's window, count from the time at which they were meant to be sent. What was sent over a
/// connection that breaks is lost.
/// </remarks>
public sealed class TcpProbe : Probe
{
    private const int WindowBytes = 1 << 20;
    private const int RequestsMax = 1 << 20;
    private const ushort FirstPort = 40_000;

    private readonly TcpProbeOptions options;

    // Intended times of requests that wait to be sent, and of those that were sent and wait for an answer.
    private readonly Queue<long> unsent = new();
    private readonly Queue<long> unanswered = new();

    // Bytes of answers, and the end, that have overtaken others.
    private readonly EarlyArrivals early = new();
    private long breaks;
    private ulong connection;
    private bool isOpen;
    private ulong sentBytes;
    private ulong sendLimit;
    private ulong receivedBytes;
    private ulong promisedBytes;

    /// <param name="options">What it does.</param>
    public TcpProbe(TcpProbeOptions options)
        : base(options.SlowAfter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Interval, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.AnswerBytes, 1);
        this.options = options;
    }

    private enum Notice
    {
        /// <summary>A request is to be sent.</summary>
        Request = 1,

        /// <summary>It connects.</summary>
        Connect,
    }

    /// <inheritdoc/>
    public override long Breaks => breaks;

    /// <summary>Those that were refused: nobody listens or is there, or nobody answered in time.</summary>
    public long Refusals { get; private set; }

    /// <summary>Requests that wait: to be sent, or for their answer.</summary>
    public int Present => unsent.Count + unanswered.Count;

    /// <inheritdoc/>
    public override uint Address => options.Address;

    private protected override int DutyMax => (int)Notice.Connect;

    private EndPoint4 Local => new(options.Address, (ushort)(FirstPort + (connection % 20_000)));

    private protected override void Begin()
    {
        // Another one may have had the address: what it has begun is not this one's.
        connection = (ulong)Port.Now;
        Connect();
        Port.SetTimer(VirtualTime.After(Port.Now, options.Interval), (int)Notice.Request, 0);
    }

    private protected override void Perform(int duty)
    {
        switch ((Notice)duty)
        {
            case Notice.Request:
                Port.SetTimer(VirtualTime.After(Port.Now, options.Interval), duty, 0);
                Meter.CountSent(Port.Now);
                unsent.Enqueue(Port.Now);
                if (unsent.Count > RequestsMax)
                {
                    unsent.Dequeue();
                    Meter.CountLost(1);
                }

                Send();
                break;
            case Notice.Connect:
                Connect();
                break;
            default:
                throw new UnreachableException($"a probe is not notified of {duty}");
        }
    }

    private protected override void Take(NetworkMessage message)
    {
        if (message.Connection != connection || message.Source != options.Target)
        {
            return;
        }

        switch (message.Kind)
        {
            case NetworkMessageKind.Accept:
                isOpen = true;
                sendLimit = Math.Max(sendLimit, message.Window);
                Send();
                break;
            case NetworkMessageKind.Window:
                sendLimit = Math.Max(sendLimit, message.Window);
                Send();
                break;
            case NetworkMessageKind.Data:
                TakeAnswer(message);
                break;
            case NetworkMessageKind.Finish:
                TakeEnd(message.Sequence);
                break;
            case NetworkMessageKind.Refuse or NetworkMessageKind.Reset:
                Refusals += message.Kind == NetworkMessageKind.Refuse ? 1 : 0;
                Break();
                break;
            default:
                break;
        }
    }

    private protected override void End() => Tell(NetworkMessageKind.Reset);

    private protected override void Skip(long duration)
    {
        SkipIn(unsent, duration);
        SkipIn(unanswered, duration);
    }

    private protected override void SaveWork(StateWriter state)
    {
        state.UInt64("connection", connection);
        state.Boolean("isOpen", isOpen);
        state.UInt64("sentBytes", sentBytes);
        state.UInt64("sendLimit", sendLimit);
        state.UInt64("receivedBytes", receivedBytes);
        state.UInt64("promisedBytes", promisedBytes);
        early.Save(state);
        state.Int64("breaks", Breaks);
        state.Int64("refusals", Refusals);
        state.List("unsent", unsent, static (to, at) => to.Int64("at", at));
        state.List("unanswered", unanswered, static (to, at) => to.Int64("at", at));
    }

    private protected override void RestoreWork(StateReader state)
    {
        connection = state.UInt64("connection");
        isOpen = state.Boolean("isOpen");
        sentBytes = state.UInt64("sentBytes");
        sendLimit = state.UInt64("sendLimit");
        receivedBytes = state.UInt64("receivedBytes", ulong.MaxValue >> 1);
        promisedBytes = state.UInt64("promisedBytes", receivedBytes + WindowBytes);
        early.Restore(state, receivedBytes, promisedBytes);
        breaks = state.Int64("breaks", 0);
        Refusals = state.Int64("refusals", 0, Breaks);
        unsent.Clear();
        state.List("unsent", RequestsMax + 1, (from, _) => unsent.Enqueue(from.Int64("at", 0)));
        unanswered.Clear();
        state.List("unanswered", RequestsMax + 1, (from, _) => unanswered.Enqueue(from.Int64("at", 0)));
    }

    private void Connect()
    {
        connection++;
        (isOpen, sentBytes, sendLimit, receivedBytes, promisedBytes) = (false, 0, 0, 0, WindowBytes);
        early.Clear();
        Tell(NetworkMessageKind.Connect, window: promisedBytes);
    }

    private void Break()
    {
        breaks++;
        isOpen = false;
        Meter.CountLost(unanswered.Count);
        unanswered.Clear();
        // Its messages are a stranger's from now on.
        connection++;
        Port.SetTimer(VirtualTime.After(Port.Now, options.ReconnectAfter), (int)Notice.Connect, 0);
    }

    private void Send()
    {
        while (isOpen && unsent.Count > 0 && sentBytes + (ulong)options.Request.Length <= sendLimit)
        {
            unanswered.Enqueue(unsent.Dequeue());
            Tell(NetworkMessageKind.Data, sentBytes, payload: options.Request);
            sentBytes += (ulong)options.Request.Length;
        }
    }

    private void TakeEnd(ulong offset)
    {
        if (offset == receivedBytes)
        {
            Break();
        }
        else if (offset > receivedBytes && offset <= promisedBytes)
        {
            early.KeepEnd(offset);
        }
    }

    private void TakeAnswer(NetworkMessage message)
    {
        if (message.Sequence > promisedBytes || (ulong)message.Payload.Length > promisedBytes - message.Sequence)
        {
            return;
        }

        var end = message.Sequence + (ulong)message.Payload.Length;
        if (end <= receivedBytes || early.EndsBefore(end))
        {
            return;
        }

        if (message.Sequence > receivedBytes)
        {
            early.Keep(message.Sequence, end);
            return;
        }

        CountAnswers(early.IsEmpty ? end : early.TakeUpTo(end));
        if (early.EndsAt(receivedBytes))
        {
            Break();
        }
    }

    private void CountAnswers(ulong reached)
    {
        var before = receivedBytes / (ulong)options.AnswerBytes;
        receivedBytes = reached;
        for (var answer = before; answer < receivedBytes / (ulong)options.AnswerBytes; answer++)
        {
            if (unanswered.TryDequeue(out var intendedAt))
            {
                Meter.CountAnswer(intendedAt, Port.Now);
            }
        }

        if (promisedBytes - receivedBytes < WindowBytes / 2)
        {
            promisedBytes = receivedBytes + WindowBytes;
            Tell(NetworkMessageKind.Window, window: promisedBytes);
        }
    }

    private void Tell(
        NetworkMessageKind kind, ulong sequence = 0, ulong window = 0, ReadOnlyMemory<byte> payload = default) =>
        Port.Send(
            new NetworkMessage
            {
                Kind = kind,
                Source = Local,
                Destination = options.Target,
                Connection = connection,
                Sequence = sequence,
                Window = window,
                Payload = payload,
            },
            Port.Now);
}
