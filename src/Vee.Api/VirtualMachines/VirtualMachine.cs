using System.ComponentModel.DataAnnotations;
using k8s;
using k8s.Models;
using Vee.Api.Schema;

namespace Vee.Api.VirtualMachines;

/// <summary>A machine that runs one guest program on a simulated host.</summary>
[KubernetesEntity(
    Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = KindName, PluralName = "virtualmachines")]
[ResourceNames("veevm")]
[PrinterColumn("Status", ".status.printableStatus", Description = "What the machine does, in one word.")]
[PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status",
    Description = "Whether the machine is as its spec asks.")]
[PrinterColumn("Host", ".status.hostName", Description = "The simulated host that the machine runs on.")]
[PrinterColumn("Source", ".status.source", Description = "Where the program comes from.")]
[PrinterColumn("Memory", ".spec.memory.size", Description = "Size of the guest's memory.")]
[PrinterColumn("vCPUs", ".spec.cpu.vcpus", Type = "integer", IsWide = true, Description = "Virtual processors.")]
[PrinterColumn("Restarts", ".status.restarts", Type = "integer", IsWide = true,
    Description = "Starts after the first one.")]
[PrinterColumn("Address", ".status.ports[0].address",
    Description = "Where the first port is reached from outside.")]
[PrinterColumn("Age", ".metadata.creationTimestamp", Type = "date")]
public sealed class VirtualMachine : IKubernetesObject<V1ObjectMeta>, ISpec<VirtualMachineSpec>,
    IStatus<VirtualMachineStatus?>
{
    /// <summary>The kind.</summary>
    public const string KindName = "VirtualMachine";

    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.NameAndVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = KindName;

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the machine is to be.</summary>
    [Required]
    public VirtualMachineSpec Spec { get; set; } = new();

    /// <summary>What the machine is. Written by the operator.</summary>
    public VirtualMachineStatus? Status { get; set; }
}
