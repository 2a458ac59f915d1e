using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;

namespace Vee.Operator.Gathering;

/// <summary>
/// What machines have of hosts. One that has ended has only its console, which costs nothing; one that moves has both
/// hosts.
/// </summary>
internal static class HostUse
{
    /// <summary>Whether a machine takes up a host.</summary>
    public static bool Occupies(VirtualMachine machine) =>
        machine.Status is { Agent: not null, HostName: not null } status
        && status.LastTermination?.Instance != status.Instance;

    /// <summary>Whether a machine takes up this host.</summary>
    public static bool IsOn(VirtualMachine machine, string host) =>
        (Occupies(machine) && machine.Status!.HostName == host) || machine.Status?.Migration?.HostName == host;

    /// <summary>The sum of what machines have of a host.</summary>
    public static HostAllocation Of(string host, IEnumerable<VirtualMachine> machines) =>
        machines.Where(m => IsOn(m, host)).Aggregate(
            new HostAllocation(),
            (sum, machine) => new HostAllocation
            {
                Machines = checked(sum.Machines + 1),
                Vcpus = checked(sum.Vcpus + StartSpec.VcpusOf(machine.Spec)),
                MemoryBytes = checked(sum.MemoryBytes + MemorySize.ToBytes(machine.Spec.Memory.Size)),
            });
}
