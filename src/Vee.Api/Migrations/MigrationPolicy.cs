using System.ComponentModel.DataAnnotations;
using k8s;
using k8s.Models;
using Vee.Api.Schema;

namespace Vee.Api.Migrations;

/// <summary>How machines of a namespace are moved from host to host.</summary>
/// <remarks>
/// Namespaced, as the machines that it selects are: who may move machines of a namespace may say how, and a policy of
/// one team cannot conflict with that of another.
/// </remarks>
[KubernetesEntity(
    Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = KindName, PluralName = "migrationpolicies")]
[ResourceNames("veepol")]
[PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status",
    Description = "Whether it holds for all machines that it selects.")]
[PrinterColumn("Priority", ".spec.priority", Type = "integer", Description = "Of several, the greatest holds.")]
[PrinterColumn("Mode", ".spec.mode", Description = "How the memory goes.")]
[PrinterColumn("Codec", ".spec.codec", Description = "How pages are written.")]
[PrinterColumn("Machines", ".status.matchedMachines", Type = "integer", Description = "Machines that it selects.")]
[PrinterColumn("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed class MigrationPolicy : IKubernetesObject<V1ObjectMeta>, ISpec<MigrationPolicySpec>,
    IStatus<MigrationPolicyStatus?>
{
    /// <summary>The kind.</summary>
    public const string KindName = "MigrationPolicy";

    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.NameAndVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = KindName;

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>Which machines are moved, and how.</summary>
    [Required]
    public MigrationPolicySpec Spec { get; set; } = new();

    /// <summary>What the policy is about. Written by the operator.</summary>
    public MigrationPolicyStatus? Status { get; set; }
}

/// <summary>Which machines are moved, and how.</summary>
public sealed record MigrationPolicySpec : MigrationSettings
{
    /// <summary>Labels that a VirtualMachine of the namespace must have. Every one has them if not given.</summary>
    [MaxLength(16)]
    [Items(MaxLength = 63, Pattern = Patterns.LabelValue)]
    [Rule(Patterns.LabelKeysRule, Patterns.LabelKeysMessage)]
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>Of several policies that select a machine, the one of the greatest priority holds. 0 if not given.
    /// </summary>
    [Range(-1000, 1000)]
    public int? Priority { get; init; }
}

/// <summary>What a policy is about.</summary>
public sealed record MigrationPolicyStatus
{
    /// <summary>Machines that are named at most.</summary>
    public const int NamedMachinesMax = 32;

    /// <summary>The generation of the spec that this status is about.</summary>
    [Range(0, Bounds.Integer)]
    public long? ObservedGeneration { get; init; }

    /// <summary>Machines that it selects, also those for which another policy of a greater priority holds.</summary>
    [Range(0, int.MaxValue)]
    public int? MatchedMachines { get; init; }

    /// <summary>Names of the first of them.</summary>
    [MaxLength(NamedMachinesMax)]
    [Items(MaxLength = 63)]
    public IReadOnlyList<string>? Machines { get; init; }

    /// <summary>Another policy of the same priority that selects one of them, too.</summary>
    public PolicyConflict? Conflict { get; init; }

    /// <summary>Ready, Reconciling and Stalled.</summary>
    [MaxLength(16)]
    [ListMapKey("type")]
    public IReadOnlyList<V1Condition>? Conditions { get; init; }
}

/// <summary>Two policies of one priority select one machine: that of the lesser name holds.</summary>
public sealed record PolicyConflict
{
    /// <summary>The other policy.</summary>
    [Required]
    [MaxLength(63)]
    public string PolicyName { get; init; } = "";

    /// <summary>A machine that both select.</summary>
    [Required]
    [MaxLength(63)]
    public string MachineName { get; init; } = "";
}
