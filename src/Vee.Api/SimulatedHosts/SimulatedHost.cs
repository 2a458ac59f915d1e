using System.ComponentModel.DataAnnotations;
using k8s;
using k8s.Models;
using Vee.Api.Schema;

namespace Vee.Api.SimulatedHosts;

/// <summary>Simulated hardware: what machines run on. Bound to an agent like a claim to a volume.</summary>
[KubernetesEntity(
    Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = KindName, PluralName = "simulatedhosts")]
[ResourceNames("veehost", IsNamespaced = false)]
[Rule(WhileUnbound + "self.spec.hardware == oldSelf.spec.hardware",
    "the hardware of a host that is bound to an agent cannot be changed: create another host",
    FieldPath = ".spec.hardware")]
[Rule(WhileUnbound + "(has(self.spec.scheduler) ? has(oldSelf.spec.scheduler) && "
    + "self.spec.scheduler == oldSelf.spec.scheduler : !has(oldSelf.spec.scheduler))",
    "the scheduler of a host that is bound to an agent cannot be changed: create another host",
    FieldPath = ".spec.scheduler")]
[Rule(WhileUnbound + "(has(self.spec.time) ? has(oldSelf.spec.time) && self.spec.time == oldSelf.spec.time "
    + ": !has(oldSelf.spec.time))",
    "the time of a host that is bound to an agent cannot be changed: create another host",
    FieldPath = ".spec.time")]
[Rule(WhileUnbound + "(has(self.spec.seed) ? has(oldSelf.spec.seed) && self.spec.seed == oldSelf.spec.seed "
    + ": !has(oldSelf.spec.seed))",
    "the seed of a host that is bound to an agent cannot be changed: create another host",
    FieldPath = ".spec.seed")]
[Rule("!has(self.spec.links) || self.spec.links.all(l, l.to != self.metadata.name)",
    "a host needs no link to itself", FieldPath = ".spec.links")]
[PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status",
    Description = "Whether machines can be started on it.")]
[PrinterColumn("Agent", ".status.agent.name", Description = "The agent that simulates it.")]
[PrinterColumn("Cores", ".status.capacity.cores", Type = "integer", Description = "Simulated cores.")]
[PrinterColumn("Memory", ".spec.hardware.memory.size", Description = "Simulated memory.")]
[PrinterColumn("Machines", ".status.allocated.machines", Type = "integer", Description = "Machines placed on it.")]
[PrinterColumn("Free", ".status.free", IsWide = true, Description = "Memory that no machine has.")]
[PrinterColumn("Time", ".status.conditions[?(@.type==\"TimeLag\")].reason", IsWide = true,
    Description = "Whether its virtual time keeps up.")]
[PrinterColumn("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed class SimulatedHost : IKubernetesObject<V1ObjectMeta>, ISpec<SimulatedHostSpec>,
    IStatus<SimulatedHostStatus?>
{
    private const string WhileUnbound = "!has(oldSelf.status) || !has(oldSelf.status.agent) || ";

    /// <summary>The kind.</summary>
    public const string KindName = "SimulatedHost";

    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.NameAndVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = KindName;

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the host is to be.</summary>
    [Required]
    public SimulatedHostSpec Spec { get; set; } = new();

    /// <summary>What the host is. Written by the operator.</summary>
    public SimulatedHostStatus? Status { get; set; }
}
