using System.Globalization;
using Microsoft.Extensions.Logging;
using Vee.Agent.Racks;
using Vee.Agent.Scheduling;
using Vee.Protocol;

namespace Vee.Agent.Guests;

/// <summary>What an agent can hold.</summary>
/// <param name="MemoryBytesMax">Bytes of all hosts together.</param>
/// <param name="MachineCountMax">Machines at once.</param>
internal sealed record RegistryOptions(long MemoryBytesMax, int MachineCountMax)
{
    /// <summary>Hosts at once.</summary>
    internal int HostCountMax { get; init; } = 4096;

    /// <summary>Deleted machines whose instance is remembered; beyond it the first ones are forgotten.</summary>
    internal int TombstoneCountMax { get; init; } = 65_536;

    /// <summary>Bytes of consoles of deleted instances together.</summary>
    internal long PastConsoleBytesMax { get; init; } = 64 << 20;
}

/// <summary>Who watches what there is. Called under the registry's lock: must not wait.</summary>
internal interface IRegistryObserver
{
    void HostChanged(HostView host);

    void HostDeleted(string uid);

    void MachineChanged(Guest guest);

    void MachineDeleted(string uid, long instance);

    void MigrationChanged(MigrationView migration);
}

/// <summary>The agent's hosts and machines: who may be here, and which instance of whom.</summary>
internal sealed partial class GuestRegistry : IGuestObserver, IRackObserver
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, SimulatedHost> hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GuestSlot> slots = new(StringComparer.Ordinal);
    private readonly Queue<(GuestSlot Slot, long Number)> tombstones = new();
    private readonly PastConsoles pastConsoles;
    private readonly RegistryOptions options;
    private readonly GuestParts parts;
    private readonly RackParts rackParts;
    private readonly IRegistryObserver observer;
    private long lastTombstone;
    private int machineCount;
    private bool isClosed;

    internal GuestRegistry(
        RegistryOptions options, GuestParts parts, WorkerPool pool, IRackNetwork network, IRegistryObserver observer,
        ILogger<Rack> rackLogger)
    {
        rackParts = new RackParts(pool, network, this, parts.Time, rackLogger);
        this.options = options;
        pastConsoles = new PastConsoles(options.PastConsoleBytesMax);
        this.parts = parts;
        this.observer = observer;
    }

    /// <summary>Makes a host, or finds it.</summary>
    /// <exception cref="Grpc.Core.RpcException">AGENT_FULL or HOST_DIFFERS.</exception>
    internal HostView CreateHost(HostSpec spec)
    {
        lock (gate)
        {
            ThrowIfClosed_NeedsLock();
            if (hosts.TryGetValue(spec.Uid, out var existing))
            {
                return existing.Spec.Asked.Equals(spec.Asked)
                    ? existing.View
                    : throw Refused.Exists(
                        Refusal.HostDiffers, $"host '{existing.Spec.Name}' exists with other hardware");
            }

            var usedBytes = hosts.Values.Sum(host => host.Spec.Hardware.MemoryBytes);
            if (spec.Hardware.MemoryBytes > options.MemoryBytesMax - usedBytes)
            {
                throw Refused.Exhausted(Refusal.AgentFull, string.Create(
                    CultureInfo.InvariantCulture,
                    $"the host needs {spec.Hardware.MemoryBytes} bytes; of {options.MemoryBytesMax} "
                    + $"{usedBytes} are given to {hosts.Count} hosts"));
            }

            if (hosts.Count >= options.HostCountMax)
            {
                throw Refused.Exhausted(Refusal.AgentFull, $"the agent has {hosts.Count} hosts, its most");
            }

            var host = Begin(spec);
            hosts.Add(spec.Uid, host);
            observer.HostChanged(host.View);
            return host.View;
        }
    }

    /// <summary>Removes a host; one that does not exist is removed already.</summary>
    /// <exception cref="Grpc.Core.RpcException">HOST_IN_USE.</exception>
    internal void DeleteHost(string uid)
    {
        lock (gate)
        {
            if (!hosts.TryGetValue(uid, out var host))
            {
                return;
            }

            if (host.MachineCount > 0)
            {
                throw Refused.Precondition(
                    Refusal.HostInUse, $"host '{host.Spec.Name}' has {host.MachineCount} machines: delete them first");
            }

            hosts.Remove(uid);
            EndRackOf_NeedsLock(host);
            observer.HostDeleted(uid);
        }
    }

    /// <summary>Finds the current instance for a call about it.</summary>
    /// <param name="uid">The machine.</param>
    /// <param name="instance">Which instance; 0 where the current one is meant.</param>
    /// <exception cref="Grpc.Core.RpcException">UNKNOWN_MACHINE or STALE_INSTANCE.</exception>
    internal Guest Find(string uid, long instance)
    {
        lock (gate)
        {
            return Find_NeedsLock(uid, instance);
        }
    }

    /// <summary>The console of an instance that is here, or of a deleted one if it is kept.</summary>
    /// <param name="uid">The machine.</param>
    /// <param name="instance">Which instance; 0 where the current one is meant.</param>
    /// <exception cref="Grpc.Core.RpcException">UNKNOWN_MACHINE or STALE_INSTANCE.</exception>
    internal ReadableConsole FindConsole(string uid, long instance)
    {
        // Both places under one lock: an instance that is deleted goes from one to the other.
        lock (gate)
        {
            return pastConsoles.Find(uid, instance) is { } past
                ? ReadableConsole.Of(past)
                : ReadableConsole.Of(Find_NeedsLock(uid, instance));
        }
    }

    /// <summary>All hosts and machines, with a chance to note that nothing has changed since.</summary>
    internal T Look<T>(Func<IReadOnlyList<SimulatedHost>, IReadOnlyList<Guest>, T> see)
    {
        lock (gate)
        {
            return see(
                [.. hosts.Values],
                [.. slots.Values.Select(slot => slot.Guest).OfType<Guest>()]);
        }
    }

    /// <summary>Lets nothing new begin any more.</summary>
    internal void Close()
    {
        lock (gate)
        {
            isClosed = true;
        }
    }

    /// <inheritdoc/>
    void IRackObserver.TimeChanged(HostLine line)
    {
        lock (gate)
        {
            if (hosts.GetValueOrDefault(line.Uid) is { } host && host.Line == line)
            {
                observer.HostChanged(host.View);
            }
        }
    }

    /// <inheritdoc/>
    void IGuestObserver.Changed(Guest guest)
    {
        lock (gate)
        {
            if (guest.View.End is not null && hosts.TryGetValue(guest.Spec.HostUid, out var host))
            {
                // What has ended needs no memory, though it stays to be looked at.
                host.AllocatedBytes -= guest.Spec.MemoryBytes;
                observer.HostChanged(host.View);
            }
            else if (guest.IsOver && hosts.TryGetValue(guest.Spec.HostUid, out var left))
            {
                GaveAway_NeedsLock(guest, left);
            }

            if (slots.GetValueOrDefault(guest.Spec.Uid)?.Guest == guest)
            {
                observer.MachineChanged(guest);
            }
        }
    }

    private Grpc.Core.RpcException Stale(GuestSlot slot, long instance)
    {
        parts.Meters.CountFenced();
        return Refused.Precondition(
            Refusal.StaleInstance, $"instance {instance} of {slot.Uid} is over: {slot.NewestInstance} has been here");
    }

    private Guest Find_NeedsLock(string uid, long instance)
    {
        var slot = slots.GetValueOrDefault(uid);
        if (instance != 0 && slot is not null && instance < slot.NewestInstance)
        {
            throw Stale(slot, instance);
        }

        return slot?.Guest is { } guest && (instance == 0 || instance == guest.Spec.Instance)
            ? guest
            : throw Refused.NotFound(
                Refusal.UnknownMachine, $"there is no machine {uid}, instance {instance}, here");
    }

    private void ThrowIfClosed_NeedsLock()
    {
        if (isClosed)
        {
            throw Refused.Stopping();
        }
    }
}
