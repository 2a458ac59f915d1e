using System.Collections.Immutable;
using System.Collections.ObjectModel;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Decisions.Migrations;

namespace Vee.Operator.Decisions;

/// <summary>An agent as it was last seen. A value: a newer view takes its place.</summary>
internal sealed record AgentView
{
    public required string Name { get; init; }

    /// <summary>Changes with each start of the agent: what an earlier one held is gone with its process.</summary>
    public required string Incarnation { get; init; }

    /// <summary>Where it listens, as host:port.</summary>
    public required string Address { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Bytes that the memories of all its hosts may have together.</summary>
    public required long MemoryBytesMax { get; init; }

    /// <summary>Types of machine that it offers, as the API spells them.</summary>
    public IReadOnlyList<string> MachineTypes { get; init; } = [];

    /// <summary>Whether its reports come; if not, what is here may be old.</summary>
    public required bool IsReachable { get; init; }

    /// <summary>When its last report came.</summary>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>Its hosts, by the uid of the SimulatedHost.</summary>
    public ImmutableDictionary<string, HostView> Hosts { get; init; } = ImmutableDictionary<string, HostView>.Empty;

    /// <summary>Its machines, by the uid of the VirtualMachine.</summary>
    public ImmutableDictionary<string, MachineView> Machines { get; init; } =
        ImmutableDictionary<string, MachineView>.Empty;

    /// <summary>
    /// What it knows of migrations, as one side or the other: those under way, and the last one of each machine.
    /// </summary>
    public ImmutableDictionary<(string Uid, MigrationRole Role), MigrationView> Migrations { get; init; } =
        ImmutableDictionary<(string Uid, MigrationRole Role), MigrationView>.Empty;

    /// <summary>
    /// With one machine as it is now; an older instance never takes the place of a newer one, and nothing that of an
    /// end: the answer to a call may come after the report of what the guest did next. One that is only expected is
    /// told of as a migration.
    /// </summary>
    public AgentView With(MachineView machine) =>
        machine.Phase == MachinePhase.Expected ? this : Machines.TryGetValue(machine.Uid, out var known)
        && (known.Instance > machine.Instance
            || (known.Instance == machine.Instance && known.Phase == MachinePhase.Ended))
            ? this : this with { Machines = Machines.SetItem(machine.Uid, machine) };

    /// <summary>Without one instance of a machine, and those before it.</summary>
    public AgentView WithoutMachine(string uid, long instance) =>
        Machines.TryGetValue(uid, out var known) && known.Instance <= instance
            ? this with { Machines = Machines.Remove(uid) } : this;

    /// <summary>
    /// With one migration as it is now; it never goes back, whichever of an answer and a report comes last.
    /// </summary>
    public AgentView With(MigrationView migration) =>
        Migrations.TryGetValue((migration.Uid, migration.Role), out var known)
        && known.Number == migration.Number && known.Stage > migration.Stage
            ? this : this with { Migrations = Migrations.SetItem((migration.Uid, migration.Role), migration) };

    public AgentView WithoutMigration(string uid, MigrationRole role) =>
        this with { Migrations = Migrations.Remove((uid, role)) };

    /// <summary>What it knows of one migration; null when it knows nothing of it.</summary>
    public MigrationView? Find(string uid, MigrationRole role, long number) =>
        Migrations.TryGetValue((uid, role), out var known) && known.Number == number ? known : null;

    /// <summary>With one host as it is now, which knows since when its time has been as it is.</summary>
    public AgentView With(HostView host) => this with
    {
        Hosts = Hosts.SetItem(
            host.Uid,
            Hosts.TryGetValue(host.Uid, out var known) && known.Time.Phase == host.Time.Phase
                ? host with { Time = host.Time with { Since = known.Time.Since } } : host),
    };

    public AgentView WithoutHost(string uid) => this with { Hosts = Hosts.Remove(uid) };
}

/// <summary>A host that an agent has.</summary>
internal sealed record HostView(string Uid, string Name, long MemoryBytes)
{
    public HostTimeView Time { get; init; } = new(HostTimePhase.Passes, "", default);
}

/// <summary>How a host's virtual time is.</summary>
/// <param name="Phase">Whether it passes.</param>
/// <param name="Message">Why not, as a sentence.</param>
/// <param name="Since">When it was first seen to be so.</param>
internal sealed record HostTimeView(HostTimePhase Phase, string Message, DateTimeOffset Since)
{
    /// <summary>How long time may stand before it is said.</summary>
    /// <remarks>A rack stands for a moment whenever it is planned anew, which is not to show.</remarks>
    public static readonly TimeSpan StandingMax = TimeSpan.FromSeconds(5);

    /// <summary>When it is to be said that time stands; null when it does not.</summary>
    public DateTimeOffset? StandsFrom => Phase == HostTimePhase.Stands ? Since + StandingMax : null;
}

/// <summary>Whether virtual time passes.</summary>
internal enum HostTimePhase
{
    /// <summary>As it should.</summary>
    Passes,

    /// <summary>The agent's computer cannot keep up with the wall's time.</summary>
    Lags,

    /// <summary>It stands until another agent of the rack answers.</summary>
    Stands,
}

/// <summary>A machine that an agent has.</summary>
internal sealed record MachineView
{
    public required string Uid { get; init; }

    /// <summary>Number of the start that made it; a fencing token.</summary>
    public required long Instance { get; init; }

    public required string HostUid { get; init; }

    public required MachinePhase Phase { get; init; }

    /// <summary>How it ended; set exactly when it has.</summary>
    public MachineEnding? Ending { get; init; }

    public IReadOnlyList<PortView> Ports { get; init; } = [];

    public string ImageDigest { get; init; } = "";

    /// <summary>What of the spec it was made with, as <see cref="StartSpec.Hash"/> says it.</summary>
    public string SpecHash { get; init; } = "";

    /// <summary>When it began to execute, if it has.</summary>
    public DateTimeOffset? StartedAt { get; init; }
}

/// <summary>A port of the guest and where clients reach it.</summary>
internal sealed record PortView(string Name, int Port, string Address);

/// <summary>What a machine on an agent does.</summary>
internal enum MachinePhase
{
    /// <summary>Made, and not executing yet.</summary>
    Created,

    /// <summary>Executes.</summary>
    Running,

    /// <summary>Held still.</summary>
    Paused,

    /// <summary>Was asked to end.</summary>
    Stopping,

    /// <summary>Will not execute again.</summary>
    Ended,

    /// <summary>Is to come from another host, and cannot execute yet.</summary>
    Expected,

    /// <summary>Was given to another host: does not execute here again.</summary>
    GivenAway,
}

/// <summary>How a machine ended.</summary>
/// <param name="Reason">One word: Exited, Signaled, Faulted, Deadlocked, Stopped, Failed.</param>
/// <param name="Message">All of it as a sentence.</param>
internal sealed record MachineEnding(string Reason, string Message)
{
    public int? ExitCode { get; init; }

    public string? Signal { get; init; }

    public string? Pc { get; init; }

    public string? Symbol { get; init; }

    public string? Address { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether it ended because it was asked to.</summary>
    public bool WasAsked { get; init; }

    /// <summary>Whether the guest came to its own end and says that all went well.</summary>
    public bool IsSuccess => Reason == "Exited" && ExitCode == 0;
}
