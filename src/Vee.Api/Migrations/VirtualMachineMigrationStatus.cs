using System.ComponentModel.DataAnnotations;
using k8s.Models;
using Vee.Api.Schema;
using Vee.Api.VirtualMachines;

namespace Vee.Api.Migrations;

/// <summary>What became of a migration.</summary>
public sealed record VirtualMachineMigrationStatus
{
    /// <summary>Rounds that are kept; the first ones go first.</summary>
    public const int RoundsMax = 64;

    /// <summary>Escalations that are kept: as many as there can be.</summary>
    public const int EscalationsMax = 16;

    /// <summary>The generation of the spec that this status is about.</summary>
    [Range(0, Bounds.Integer)]
    public long? ObservedGeneration { get; init; }

    /// <summary>Pending, Preparing, Copying, Switching, Committed, Succeeded, Failed or Aborted.</summary>
    [MaxLength(StatusText.WordLength)]
    public string? Phase { get; init; }

    /// <summary>Number of the current attempt, by which agents know it.</summary>
    [Range(1, Bounds.Integer)]
    public long? Number { get; init; }

    /// <summary>Attempts so far, the current one included.</summary>
    [Range(0, 100)]
    public int? Attempts { get; init; }

    /// <summary>The next attempt is not before this wall time.</summary>
    public DateTime? RetryAfter { get; init; }

    /// <summary>Where the machine is, or was before it moved.</summary>
    public MigrationSide? Source { get; init; }

    /// <summary>Where it goes. Its instance is the token: who has been granted it has the machine.</summary>
    public MigrationSide? Target { get; init; }

    /// <summary>The settings that hold, all of them, as they were when the attempt began.</summary>
    public MigrationSettings? EffectivePolicy { get; init; }

    /// <summary>Where they come from: policy/NAME, inline or defaults.</summary>
    [MaxLength(StatusText.SourceLength)]
    public string? PolicySource { get; init; }

    /// <summary>How far it is; written each 5 s at most.</summary>
    public MigrationProgress? Progress { get; init; }

    /// <summary>What was done because rounds did not bring the end nearer.</summary>
    [MaxLength(EscalationsMax)]
    public IReadOnlyList<EscalationStatus>? Escalations { get; init; }

    /// <summary>The last rounds.</summary>
    [MaxLength(RoundsMax)]
    public IReadOnlyList<RoundStatus>? Rounds { get; init; }

    /// <summary>What it came to, when it has succeeded and the source could tell.</summary>
    public MigrationOutcome? Result { get; init; }

    /// <summary>Why the current or last attempt failed; absent while all is well.</summary>
    public MigrationFailure? Failure { get; init; }

    /// <summary>When the first attempt began, in wall time.</summary>
    public DateTime? StartTime { get; init; }

    /// <summary>When it was over, in wall time.</summary>
    public DateTime? CompletionTime { get; init; }

    /// <summary>Ready, Reconciling and Stalled.</summary>
    [MaxLength(16)]
    [ListMapKey("type")]
    public IReadOnlyList<V1Condition>? Conditions { get; init; }
}

/// <summary>Values of <see cref="VirtualMachineMigrationStatus.Phase"/>.</summary>
public static class MigrationPhases
{
    /// <summary>Waits: for a host, its turn, or its next attempt.</summary>
    public const string Pending = "Pending";

    /// <summary>Source and target are told.</summary>
    public const string Preparing = "Preparing";

    /// <summary>Pages go while the machine executes on the source.</summary>
    public const string Copying = "Copying";

    /// <summary>The machine stands still.</summary>
    public const string Switching = "Switching";

    /// <summary>The source has given it away: it cannot be given up any more.</summary>
    public const string Committed = "Committed";

    /// <summary>The machine is on the target.</summary>
    public const string Succeeded = "Succeeded";

    /// <summary>It came to nothing.</summary>
    public const string Failed = "Failed";

    /// <summary>It was given up because somebody asked for that.</summary>
    public const string Aborted = "Aborted";

    /// <summary>Whether nothing follows.</summary>
    public static bool IsFinal(string? phase) => phase is Succeeded or Failed or Aborted;
}

/// <summary>One of the two sides of a migration.</summary>
public sealed record MigrationSide
{
    /// <summary>The SimulatedHost.</summary>
    [Required]
    [MaxLength(63)]
    public string HostName { get; init; } = "";

    /// <summary>The agent that simulates it.</summary>
    [Required]
    public AgentReference Agent { get; init; } = new();

    /// <summary>Number of the machine's instance there.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Instance { get; init; }
}

/// <summary>Why an attempt failed.</summary>
public sealed record MigrationFailure
{
    /// <summary>One word.</summary>
    [Required]
    [MaxLength(StatusText.WordLength)]
    public string Reason { get; init; } = "";

    /// <summary>All of it as a sentence.</summary>
    [MaxLength(StatusText.MessageLength)]
    public string? Message { get; init; }

    /// <summary>Whether another attempt may do better.</summary>
    [Required]
    public bool IsRetryable { get; init; }
}

/// <summary>Something that was done because rounds did not bring the end nearer.</summary>
public sealed record EscalationStatus
{
    /// <summary>The step of the ladder.</summary>
    [Required]
    [MaxLength(StatusText.WordLength)]
    public string Step { get; init; } = "";

    /// <summary>When, in milliseconds of virtual time since the migration began.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long AtVirtualMs { get; init; }

    /// <summary>Why, as a sentence.</summary>
    [MaxLength(StatusText.MessageLength)]
    public string? Reason { get; init; }
}
