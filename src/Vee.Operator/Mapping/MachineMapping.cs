using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;
using Vee.Protocol;

namespace Vee.Operator.Mapping;

/// <summary>What an agent is told of a machine that it is to make, or to expect.</summary>
internal static class MachineMapping
{
    public static CreateMachineRequest ToRequest(
        VirtualMachine machine, StartSpec spec, long instance, string hostUid) =>
        new()
        {
            Uid = machine.Metadata.Uid,
            Instance = instance,
            Namespace = machine.Metadata.NamespaceProperty,
            Name = machine.Metadata.Name,
            HostUid = hostUid,
            Type = AgentMapping.ToProtocol(spec.MachineType),
            ImageDigest = spec.ImageDigest,
            ProgramName = spec.ProgramName,
            VcpuCount = spec.VcpuCount,
            MemoryBytes = spec.MemoryBytes,
            Arguments = { spec.Arguments },
            Environment = { spec.Environment },
            Seed = (ulong)spec.Seed,
            Ports =
            {
                spec.Ports.Select(p => new PublishedPort
                {
                    Name = p.Name,
                    Port = p.Port,
                    AgentPort = p.AgentPort ?? 0,
                }),
            },
            ConsoleLogBytes = spec.ConsoleLogBytes,
            SpecHash = spec.Hash(),
            NetworkAddress = Addressing.Number(machine.Status!.Network!.Address!),
            Weight = spec.Weight ?? 0,
            CapPercent = spec.CapPercent ?? 0,
        };
}
