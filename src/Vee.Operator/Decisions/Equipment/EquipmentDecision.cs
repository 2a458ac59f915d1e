using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Equipment;

/// <summary>A probe whose target has an address.</summary>
internal sealed record ReadyProbe(ProbeSpec Spec, string TargetAddress);

/// <summary>What is to be said and done about what a host has beside machines.</summary>
internal sealed record EquipmentOutcome
{
    /// <summary>Null where there is nothing to say.</summary>
    public ConditionDraft? Equipped { get; init; }

    /// <summary>Whether the host's agent is to be told.</summary>
    public bool IsTold { get; init; }

    /// <summary>The probes that it can have.</summary>
    public IReadOnlyList<ReadyProbe> Probes { get; init; } = [];

    /// <summary>Whether there is anything to be read from the agent.</summary>
    public bool IsRead { get; init; }
}

/// <summary>Decides which probes and what work of its own a host has.</summary>
/// <remarks>Pure: the same input gives the same outcome.</remarks>
internal static class EquipmentDecision
{
    /// <summary>The next step of a host.</summary>
    /// <param name="host">As last read or written.</param>
    /// <param name="hosts">All hosts.</param>
    /// <param name="machines">All machines.</param>
    public static EquipmentOutcome Decide(
        SimulatedHost host, IReadOnlyList<SimulatedHost> hosts, IReadOnlyList<VirtualMachine> machines)
    {
        var hasAny = host.Spec.Probes is { Count: > 0 } || host.Spec.HostWork is not null;
        var hadAny = host.Status?.Conditions?.Any(c => c.Type == ConditionTypes.Equipped) ?? false;
        if (!hasAny && !hadAny)
        {
            return new EquipmentOutcome();
        }

        if (host.Status?.Agent is null
            || host.Status.Conditions?.FirstOrDefault(c => c.Type == ConditionTypes.Ready) is not { Status: "True" })
        {
            return new EquipmentOutcome
            {
                Equipped = new(
                    ConditionTypes.Equipped, ConditionDraft.False, Reasons.Starting, "no agent has the host now"),
            };
        }

        var taken = TakenAddresses(host, hosts, machines);
        var probes = new List<ReadyProbe>();
        var missing = new List<(string Reason, string Text)>();
        foreach (var probe in host.Spec.Probes ?? [])
        {
            if (taken.TryGetValue(probe.Address, out var owner))
            {
                missing.Add((Reasons.AddressTaken, $"probe '{probe.Name}': {owner} has the address {probe.Address}"));
            }
            else if (TargetOf(probe, machines) is { } address)
            {
                probes.Add(new ReadyProbe(probe, address));
            }
            else
            {
                var machine = probe.Target.Machine!;
                missing.Add((
                    Reasons.TargetPending,
                    $"probe '{probe.Name}': machine {machine.Namespace}/{machine.Name} does not exist or has no "
                    + "address yet"));
            }
        }

        return new EquipmentOutcome
        {
            IsTold = true,
            Probes = probes,
            IsRead = hasAny,
            Equipped = missing.Count == 0
                ? new(ConditionTypes.Equipped, ConditionDraft.True, Reasons.AsSpecified, "")
                : new(
                    ConditionTypes.Equipped, ConditionDraft.False, missing[0].Reason,
                    string.Join("; ", missing.Select(m => m.Text))),
        };
    }

    /// <summary>Whether what a machine has for an address matters to a host.</summary>
    public static bool Asks(SimulatedHost host, VirtualMachine machine) =>
        host.Spec.Probes?.Any(p => IsTarget(p, machine)) ?? false;

    private static string? TargetOf(ProbeSpec probe, IReadOnlyList<VirtualMachine> machines) =>
        probe.Target.Address ?? machines.FirstOrDefault(m => IsTarget(probe, m))?.Status?.Network?.Address;

    /// <summary>Whether a probe asks a machine.</summary>
    public static bool IsTarget(ProbeSpec probe, VirtualMachine machine) =>
        probe.Target.Machine is { } target && target.Name == machine.Metadata.Name
        && target.Namespace == machine.Metadata.NamespaceProperty;

    /// <summary>Addresses that others have, by who has them. Of two probes with one, the host of the lesser name has
    /// it.</summary>
    private static Dictionary<string, string> TakenAddresses(
        SimulatedHost host, IReadOnlyList<SimulatedHost> hosts, IReadOnlyList<VirtualMachine> machines)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var machine in machines)
        {
            if (machine.Status?.Network?.Address is { } address)
            {
                taken.TryAdd(address, $"machine {machine.Metadata.NamespaceProperty}/{machine.Metadata.Name}");
            }
        }

        foreach (var other in hosts.Where(h => string.CompareOrdinal(h.Metadata.Name, host.Metadata.Name) < 0))
        {
            foreach (var probe in other.Spec.Probes ?? [])
            {
                taken.TryAdd(probe.Address, $"probe '{probe.Name}' of host {other.Metadata.Name}");
            }
        }

        return taken;
    }
}
