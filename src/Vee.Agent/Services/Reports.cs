using Vee.Agent.Guests;
using Vee.Agent.Racks;
using Vee.Agent.Watching;
using Vee.Protocol;
using Wire = Vee.Protocol;

namespace Vee.Agent.Services;

/// <summary>From what the agent works with to messages.</summary>
internal static class Reports
{
    private const string Loopback = "127.0.0.1";

    internal static HostState Host(HostView host)
    {
        var state = new HostState
        {
            Uid = host.Spec.Uid,
            Name = host.Spec.Name,
            MemoryBytes = host.Spec.Hardware.MemoryBytes,
            MemoryBytesAllocated = host.AllocatedBytes,
            Time = Time(host.Time),
        };
        state.Cores.AddRange(host.Spec.Asked.Cores);
        return state;
    }

    internal static HostTime Time(TimeView view) => new()
    {
        Phase = (Wire.TimePhase)view.Phase,
        Message = view.Message,
    };

    internal static MachineState Machine(GuestView view)
    {
        var state = new MachineState
        {
            Uid = view.Spec.Uid,
            Instance = view.Spec.Instance,
            Namespace = view.Spec.Namespace,
            Name = view.Spec.Name,
            HostUid = view.Spec.HostUid,
            Phase = (MachinePhase)view.Phase,
            ImageDigest = view.Spec.ImageDigest,
            SpecHash = view.Spec.SpecHash,
            StartedAtWallMs = view.StartedAtWallMs,
            End = view.End is { } end ? End(end) : null,
        };
        state.Ports.AddRange(view.Ports.Select(port => new Wire.PublishedPort
        {
            Name = port.Name,
            Port = port.Port,
            AgentPort = port.AgentPort,
            Address = $"{Loopback}:{port.AgentPort}",
        }));
        return state;
    }

    internal static MachineEnd End(GuestEnd end) => new()
    {
        Reason = (MachineEndReason)end.Reason,
        ExitStatus = end.ExitStatus,
        Signal = end.Signal,
        Pc = end.Pc ?? 0,
        HasPc = end.Pc is not null,
        Symbol = end.Symbol,
        Address = end.Address ?? 0,
        HasAddress = end.Address is not null,
        Message = end.Message,
        EndedAtWallMs = end.EndedAtWallMs,
        WasAsked = end.WasAsked,
    };

    internal static AgentReport Change(Change change)
    {
        if (change.Host is { } host)
        {
            return new AgentReport { HostChanged = Host(host) };
        }

        if (change.Machine is { } machine)
        {
            return new AgentReport { MachineChanged = Machine(machine) };
        }

        if (change.Migration is { } migration)
        {
            return new AgentReport { MigrationChanged = MigrationReports.Of(migration) };
        }

        return change.DeletedMachine is var (uid, instance)
            ? new AgentReport { MachineDeleted = new MachineRequest { Uid = uid, Instance = instance } }
            : new AgentReport { HostDeletedUid = change.DeletedHostUid };
    }

    internal static AgentReport Everything(
        string incarnation, IReadOnlyList<SimulatedHost> hosts, IReadOnlyList<Guest> guests,
        IReadOnlyList<MigrationView> migrations)
    {
        var inventory = new Inventory { Incarnation = incarnation };
        inventory.Hosts.AddRange(hosts.Select(host => Host(host.View)));
        inventory.Machines.AddRange(guests.Select(guest => Machine(guest.View)));
        inventory.Migrations.AddRange(migrations.Select(MigrationReports.Of));
        return new AgentReport { Inventory = inventory };
    }

    internal static AgentReport Statistics(IReadOnlyList<SimulatedHost> hosts, IReadOnlyList<Guest> guests)
    {
        var report = new StatisticsReport();
        report.Hosts.AddRange(hosts.Select(host => new HostStatistics
        {
            Uid = host.Spec.Uid,
            VirtualTimeNs = host.Line.Host.Now,
            LagWallNs = host.Line.Rack.Lag,
            SkewVirtualNs = host.Line.Rack.Skew,
            Events = host.Line.Host.EventCount,
        }));
        report.Machines.AddRange(guests.Select(guest =>
        {
            var usage = guest.Usage;
            return new MachineStatistics
            {
                Uid = guest.Spec.Uid,
                Instance = guest.Spec.Instance,
                RetiredInstructions = usage.RetiredCount,
                VirtualTimeNs = usage.VirtualNanoseconds,
                BusyWallNs = usage.BusyNanoseconds,
                LagWallNs = usage.LagNanoseconds,
                ResidentBytes = usage.ResidentBytes,
                NetworkBytesIn = usage.NetworkBytesIn,
                NetworkBytesOut = usage.NetworkBytesOut,
                DiskBytesRead = usage.DiskBytesRead,
                DiskBytesWritten = usage.DiskBytesWritten,
            };
        }));
        return new AgentReport { Statistics = report };
    }
}
