using Vee.Agent.Consoles;
using Vee.Agent.Gateways;
using Vee.Machines.Networking;
using Vee.Protocol;
using PublishedPort = Vee.Agent.Gateways.PublishedPort;

namespace Vee.Agent.Guests;

/// <summary>
/// What a machine has around it at an agent: its console, and the way to it from outside. It outlives the move of the
/// machine to another host of the agent.
/// </summary>
internal sealed class GuestFittings : IAsyncDisposable
{
    private const int EarlyMax = 1024;

    private readonly Lock gate = new();
    private readonly Queue<NetworkMessage> early = new();
    private readonly string agentName;
    private Guest? guest;
    private Action<NetworkMessage>? deliverAway;

    internal GuestFittings(GuestSpec spec, GuestParts parts)
    {
        agentName = parts.AgentName;
        Traffic = new Traffic(parts.Traffic);
        Log = new ConsoleLog(spec.ConsoleLogBytes, parts.Time);
        Console = new GuestConsole(Log, Input, spec.IsTerminal);
        Gateway = new Gateway(spec.NetworkAddress, spec.Instance, Deliver, Traffic, parts.Time);
    }

    /// <summary>The console's output.</summary>
    internal ConsoleLog Log { get; }

    /// <summary>The console's input.</summary>
    internal ConsoleInputQueue Input { get; } = new(ConsoleInputQueue.BytesMaxDefault);

    internal GuestConsole Console { get; }

    internal Gateway Gateway { get; }

    internal Traffic Traffic { get; }

    /// <summary>Whether nobody is connected any more.</summary>
    internal bool IsDisposed { get; private set; }

    /// <summary>Listens on the machine's ports.</summary>
    /// <exception cref="Grpc.Core.RpcException">PORT_UNAVAILABLE.</exception>
    internal void Open(IReadOnlyList<PublishedPort> ports)
    {
        if (Gateway.TryOpen(ports) is { } taken)
        {
            throw Refused.Exists(
                Refusal.PortUnavailable,
                $"port {taken.AgentPort} for '{taken.Name}' is somebody else's at agent '{agentName}': "
                + "give another ports[].agentPort, or leave it out and take a free one");
        }
    }

    /// <summary>What comes from outside is this machine's from here on, and what came before there was one.</summary>
    internal void Serve(Guest next)
    {
        lock (gate)
        {
            guest = next;
            while (early.TryDequeue(out var message))
            {
                next.Deliver(message);
            }
        }
    }

    /// <summary>Takes what the machine's console brings along from another agent.</summary>
    internal ConsoleLuggageReader NewLuggageReader() => new(Log, Input, ConsoleArrived);

    private void ConsoleArrived()
    {
        lock (gate)
        {
            guest?.ConsoleArrived();
        }
    }

    /// <summary>The machine has moved to another agent: what comes from outside follows it.</summary>
    internal void Follow(Action<NetworkMessage> deliver)
    {
        lock (gate)
        {
            (guest, deliverAway) = (null, deliver);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IsDisposed = true;
        await Gateway.DisposeAsync();
        Input.Dispose();
    }

    /// <summary>Passes on what is for the machine, wherever it is; any thread may.</summary>
    internal void Deliver(NetworkMessage message)
    {
        lock (gate)
        {
            if (guest is not null)
            {
                guest.Deliver(message);
            }
            else if (deliverAway is not null)
            {
                deliverAway(message);
            }
            else if (early.Count < EarlyMax)
            {
                early.Enqueue(message);
            }
        }
    }
}
