using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>Everything that a decision about a migration rests on, gathered before it is made.</summary>
internal sealed record MigrationInput
{
    public required VirtualMachineMigration Migration { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>The machine that it names, as last read or written; null when there is none.</summary>
    public required VirtualMachine? Machine { get; init; }

    /// <summary>What the machine would be made with now; null when its program is gone.</summary>
    public StartSpec? StartSpec { get; init; }

    /// <summary>The policies of its namespace.</summary>
    public IReadOnlyList<MigrationPolicy> Policies { get; init; } = [];

    /// <summary>Every host, with what other machines have left of it.</summary>
    public IReadOnlyList<HostCandidate> Hosts { get; init; } = [];

    /// <summary>Names of the hosts that a link leads to from the machine's.</summary>
    public IReadOnlySet<string> LinkedHosts { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The hosts that other machines leave just now, one for each.</summary>
    public IReadOnlyList<string> HostsBeingLeft { get; init; } = [];

    /// <summary>The hosts that older migrations are to leave when their turn comes, one for each.</summary>
    public IReadOnlyList<string> HostsToBeLeft { get; init; } = [];

    /// <summary>The agent that has the machine, as last seen.</summary>
    public AgentView? Source { get; init; }

    /// <summary>Whether the host that it leaves was declared to be gone for good.</summary>
    public bool IsSourceOutOfService { get; init; }

    /// <summary>The agent that it moves to, as last seen.</summary>
    public AgentView? Target { get; init; }

    /// <summary>Whether the agent that it moves to has just said that it expects it.</summary>
    public bool IsExpected { get; init; }

    /// <summary>What probes that ask the machine have seen.</summary>
    public IReadOnlyList<ProbeBlackout> Probes { get; init; } = [];

    public VirtualMachineMigrationSpec Spec => Migration.Spec;

    public VirtualMachineMigrationStatus Status => Migration.Status ?? new VirtualMachineMigrationStatus();

    public string Uid => Machine?.Metadata.Uid ?? "";

    public DateTimeOffset CreatedAt => Migration.Metadata.CreationTimestamp is { } time
        ? new DateTimeOffset(time.ToUniversalTime()) : Now;

    /// <summary>When it is to be given up; null for never.</summary>
    public DateTimeOffset? Deadline =>
        Spec.DeadlineWallSeconds is { } seconds ? CreatedAt + TimeSpan.FromSeconds(seconds) : null;

    public bool IsLate => Deadline <= Now;

    public bool IsAbortWanted => Spec.Abort ?? false;

    public int Attempts => Status.Attempts ?? 0;

    /// <summary>The record of one of its own attempts; null when the machine has none, or another's.</summary>
    public MigrationRecord? Record => Machine?.Status?.Migration is { } record
        && MigrationNumber.IsOf(record, Migration) ? record : null;

    /// <summary>What the source says of the current attempt; null when it says nothing.</summary>
    public MigrationView? AtSource(long number) => Answering(Source, Machine?.Status?.Agent) is { } agent
        ? agent.Find(Uid, MigrationRole.Source, number) : null;

    /// <summary>An agent that answers as the one that is meant.</summary>
    public static AgentView? Answering(AgentView? agent, AgentReference? meant) =>
        agent is { IsReachable: true } && agent.Incarnation == meant?.Incarnation ? agent : null;

    public long NumberOf(int attempt) => MigrationNumber.Of(Migration, attempt);
}
