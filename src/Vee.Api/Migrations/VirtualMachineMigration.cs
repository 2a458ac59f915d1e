using System.ComponentModel.DataAnnotations;
using k8s;
using k8s.Models;
using Vee.Api.Schema;
using Vee.Api.VirtualMachines;

namespace Vee.Api.Migrations;

/// <summary>One move of a machine to another host while its program runs.</summary>
[KubernetesEntity(
    Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = KindName, PluralName = "virtualmachinemigrations")]
[ResourceNames("veemig")]
[PrinterColumn("Machine", ".spec.virtualMachineName", Description = "The machine that moves.")]
[PrinterColumn("Phase", ".status.phase", Description = "How far it is.")]
[PrinterColumn("Source", ".status.source.hostName", Description = "The host that it leaves.")]
[PrinterColumn("Target", ".status.target.hostName", Description = "The host that it goes to.")]
[PrinterColumn("Rounds", ".status.progress.rounds", Type = "integer", Description = "Passes over its pages.")]
[PrinterColumn("Downtime", ".status.result.downtimeVirtualUs", Type = "integer",
    Description = "How long it stood still, in microseconds of virtual time.")]
[PrinterColumn("Policy", ".status.policySource", IsWide = true, Description = "Where its settings come from.")]
[PrinterColumn("Sent", ".status.progress.bytesSent", Type = "integer", IsWide = true,
    Description = "Bytes on the wire.")]
[PrinterColumn("Attempts", ".status.attempts", Type = "integer", IsWide = true, Description = "Attempts so far.")]
[PrinterColumn("Failure", ".status.failure.reason", IsWide = true, Description = "Why it failed.")]
[PrinterColumn("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed class VirtualMachineMigration : IKubernetesObject<V1ObjectMeta>, ISpec<VirtualMachineMigrationSpec>,
    IStatus<VirtualMachineMigrationStatus?>
{
    /// <summary>The kind.</summary>
    public const string KindName = "VirtualMachineMigration";

    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.NameAndVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = KindName;

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>Which machine goes where, and how. Only abort can be changed.</summary>
    [Required]
    public VirtualMachineMigrationSpec Spec { get; set; } = new();

    /// <summary>What became of it. Written by the operator.</summary>
    public VirtualMachineMigrationStatus? Status { get; set; }
}

/// <summary>Which machine goes where, and how. Only abort can be changed.</summary>
[Rule("!has(self.policyName) || !has(self.policy)", "give policyName or policy, not both", FieldPath = ".policy")]
[Rule("self.virtualMachineName == oldSelf.virtualMachineName", Immutable, FieldPath = ".virtualMachineName")]
[Rule("has(self.target) ? has(oldSelf.target) && self.target == oldSelf.target : !has(oldSelf.target)", Immutable,
    FieldPath = ".target")]
[Rule("has(self.policyName) ? has(oldSelf.policyName) && self.policyName == oldSelf.policyName "
    + ": !has(oldSelf.policyName)", Immutable, FieldPath = ".policyName")]
[Rule("has(self.policy) ? has(oldSelf.policy) && self.policy == oldSelf.policy : !has(oldSelf.policy)", Immutable,
    FieldPath = ".policy")]
[Rule("has(self.deadlineWallSeconds) ? has(oldSelf.deadlineWallSeconds) && "
    + "self.deadlineWallSeconds == oldSelf.deadlineWallSeconds : !has(oldSelf.deadlineWallSeconds)", Immutable,
    FieldPath = ".deadlineWallSeconds")]
public sealed record VirtualMachineMigrationSpec
{
    private const string Immutable = "a migration cannot be changed but for abort: create another one";

    /// <summary>Name of the VirtualMachine, in the same namespace.</summary>
    [Required]
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string VirtualMachineName { get; init; } = "";

    /// <summary>
    /// Where it may go, beside what the machine's own placement says. To any other host that fits and that a link leads
    /// to if not given.
    /// </summary>
    public PlacementSpec? Target { get; init; }

    /// <summary>
    /// Name of a MigrationPolicy of the namespace, whether it selects the machine or not. The policy of the greatest
    /// priority that selects the machine if neither this nor policy is given.
    /// </summary>
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string? PolicyName { get; init; }

    /// <summary>Settings of this one migration, in place of a policy.</summary>
    public MigrationSettings? Policy { get; init; }

    /// <summary>
    /// Seconds of wall time from its creation until it is given up, if it still can be, waiting and all attempts
    /// included. No limit if not given.
    /// </summary>
    [Range(1, 604_800)]
    public int? DeadlineWallSeconds { get; init; }

    /// <summary>Gives it up if it still can be: the machine goes on where it is. False if not given.</summary>
    public bool? Abort { get; init; }
}
