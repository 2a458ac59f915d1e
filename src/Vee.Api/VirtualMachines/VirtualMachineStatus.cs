using System.ComponentModel.DataAnnotations;
using k8s.Models;
using Vee.Api.Schema;

namespace Vee.Api.VirtualMachines;

/// <summary>What a machine is.</summary>
public sealed record VirtualMachineStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    [Range(0, Bounds.Integer)]
    public long? ObservedGeneration { get; init; }

    /// <summary>What the machine does, in one word.</summary>
    [MaxLength(StatusText.WordLength)]
    public string? PrintableStatus { get; init; }

    /// <summary>The SimulatedHost that the machine is placed on.</summary>
    [MaxLength(63)]
    public string? HostName { get; init; }

    /// <summary>The agent that holds the current instance.</summary>
    public AgentReference? Agent { get; init; }

    /// <summary>
    /// Number of the current instance: grows with each start. It is written before the instance is created, agents
    /// refuse older ones, and a new one is taken only when the one before is provably gone (a fencing token).
    /// </summary>
    [Range(0, Bounds.Integer)]
    public long? Instance { get; init; }

    /// <summary>
    /// The greatest number that was given out, also to a migration that came to nothing: the next one is greater. That
    /// of the instance if not given.
    /// </summary>
    [Range(0, Bounds.Integer)]
    public long? InstanceMax { get; init; }

    /// <summary>
    /// Where another instance may come to execute: written before any agent is asked, and gone when it is known who has
    /// the machine.
    /// </summary>
    public MigrationRecord? Migration { get; init; }

    /// <summary>Starts after the first one.</summary>
    [Range(0, int.MaxValue)]
    public int? Restarts { get; init; }

    /// <summary>When the current instance started, in wall time.</summary>
    public DateTime? StartTime { get; init; }

    /// <summary>Where the program comes from, for people: builtin:NAME or configmap:NAME/KEY.</summary>
    [MaxLength(StatusText.SourceLength)]
    public string? Source { get; init; }

    /// <summary>Digest of the program that the current instance runs.</summary>
    [Length(71, 71)]
    public string? SourceDigest { get; init; }

    /// <summary>Identifies what of the spec the current instance was started with.</summary>
    [MaxLength(StatusText.WordLength)]
    public string? StartedSpecHash { get; init; }

    /// <summary>The restart request that was last answered.</summary>
    [MaxLength(StatusText.RequestLength)]
    public string? RestartAnswered { get; init; }

    /// <summary>Where the guest's ports are reached.</summary>
    [MaxLength(32)]
    [ListMapKey("name")]
    public IReadOnlyList<PortStatus>? Ports { get; init; }

    /// <summary>Its place in the simulated network, which it keeps from start to start.</summary>
    public NetworkStatus? Network { get; init; }

    /// <summary>Failures in a row and when the next start is due; absent while all is well.</summary>
    public StartFailure? StartFailure { get; init; }

    /// <summary>How the instance before, or the current one if it ended, ended.</summary>
    public TerminationStatus? LastTermination { get; init; }

    /// <summary>Ready, Scheduled, Running, Paused, RestartRequired, Migrating, Reconciling and Stalled.</summary>
    [MaxLength(16)]
    [ListMapKey("type")]
    public IReadOnlyList<V1Condition>? Conditions { get; init; }
}

/// <summary>An agent, as the operator knew it.</summary>
public sealed record AgentReference
{
    /// <summary>Name, stable across restarts.</summary>
    [Required]
    [MaxLength(253)]
    public string Name { get; init; } = "";

    /// <summary>Changes with each start of the agent: what an earlier incarnation held is gone.</summary>
    [Required]
    [MaxLength(StatusText.WordLength)]
    public string Incarnation { get; init; } = "";

    /// <summary>Where it listens, as host:port.</summary>
    [MaxLength(StatusText.AddressLength)]
    public string? Address { get; init; }
}

/// <summary>
/// What a machine that moves may become: the instance of the status at its host, or this one at that host.
/// </summary>
public sealed record MigrationRecord
{
    /// <summary>Name of the VirtualMachineMigration.</summary>
    [Required]
    [MaxLength(63)]
    public string Name { get; init; } = "";

    /// <summary>Number of its attempt, by which agents know it.</summary>
    [Required]
    [Range(1, Bounds.Integer)]
    public long Number { get; init; }

    /// <summary>The SimulatedHost that the machine goes to.</summary>
    [Required]
    [MaxLength(63)]
    public string HostName { get; init; } = "";

    /// <summary>The agent that simulates it.</summary>
    [Required]
    public AgentReference Agent { get; init; } = new();

    /// <summary>Number of the instance there.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Instance { get; init; }
}

/// <summary>Where a port of the guest is reached.</summary>
public sealed record PortStatus
{
    /// <summary>Name in the spec.</summary>
    [Required]
    [Length(1, 15)]
    public string Name { get; init; } = "";

    /// <summary>Port of the guest.</summary>
    [Required]
    [Range(1, 65535)]
    public int Port { get; init; }

    /// <summary>Address for clients outside, as host:port.</summary>
    [MaxLength(StatusText.AddressLength)]
    public string? Address { get; init; }
}

/// <summary>Where other machines of the rack reach a machine.</summary>
public sealed record NetworkStatus
{
    /// <summary>Its IPv4 address, which no other machine has. Written before an instance is made with it.</summary>
    [MaxLength(15)]
    public string? Address { get; init; }
}

/// <summary>Failures in a row.</summary>
public sealed record StartFailure
{
    /// <summary>How many.</summary>
    [Required]
    [Range(0, int.MaxValue)]
    public int ConsecutiveFailures { get; init; }

    /// <summary>The next start is not before this wall time.</summary>
    public DateTime? RetryAfter { get; init; }
}

/// <summary>How an instance ended.</summary>
public sealed record TerminationStatus
{
    /// <summary>Which instance.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Instance { get; init; }

    /// <summary>Exited, Signaled, Faulted, Deadlocked, Stopped, Lost or Rejected.</summary>
    [MaxLength(StatusText.WordLength)]
    public string? Reason { get; init; }

    /// <summary>If Rejected: what was wrong with the program, for example ImageInvalid.</summary>
    [MaxLength(StatusText.WordLength)]
    public string? RejectedReason { get; init; }

    /// <summary>Exit status of the guest, if it exited.</summary>
    [Range(0, 255)]
    public int? ExitCode { get; init; }

    /// <summary>The signal that ended it, if one did, for example SIGSEGV.</summary>
    [MaxLength(StatusText.WordLength)]
    public string? Signal { get; init; }

    /// <summary>Program counter where it faulted, in hexadecimal.</summary>
    [MaxLength(18)]
    public string? Pc { get; init; }

    /// <summary>Symbol and offset of the program counter.</summary>
    [MaxLength(StatusText.SymbolLength)]
    public string? Symbol { get; init; }

    /// <summary>Address that it could not access, in hexadecimal.</summary>
    [MaxLength(18)]
    public string? Address { get; init; }

    /// <summary>All of it as a sentence.</summary>
    [MaxLength(StatusText.MessageLength)]
    public string? Message { get; init; }

    /// <summary>When, in wall time.</summary>
    public DateTime? FinishedAt { get; init; }
}
