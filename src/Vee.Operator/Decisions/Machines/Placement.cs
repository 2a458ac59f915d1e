using System.Collections.ObjectModel;
using System.Globalization;
using Vee.Api;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Machines;

/// <summary>A host that a machine could be placed on, with what others have left of it.</summary>
internal sealed record HostCandidate
{
    public required string Name { get; init; }

    public required string Uid { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Why no machine can be started on it at all, as the end of a sentence; null when one can.</summary>
    public required string? NotReady { get; init; }

    /// <summary>Whether it is being made and will be ready in a moment: no news for anybody.</summary>
    public bool IsComing { get; init; }

    public required bool IsUnschedulable { get; init; }

    /// <summary>The agent that it is bound to; null when it is bound to none.</summary>
    public required AgentReference? Agent { get; init; }

    /// <summary>Types of machine that its agent offers.</summary>
    public required IReadOnlyList<string> MachineTypes { get; init; }

    /// <summary>Whether its time does not go by the wall's, as outside clients need.</summary>
    public bool IsFreeRunning { get; init; }

    public required int CoreCount { get; init; }

    public required int FreeCoreCount { get; init; }

    public required long MemoryBytes { get; init; }

    public required long FreeMemoryBytes { get; init; }
}

/// <summary>Where a machine goes, or why nowhere: exactly one of the two.</summary>
internal sealed record PlacementResult
{
    public HostCandidate? Host { get; private init; }

    public string? Reason { get; private init; }

    public string? Message { get; private init; }

    public static PlacementResult On(HostCandidate host) => new() { Host = host };

    public static PlacementResult Nowhere(string reason, string message) =>
        new() { Reason = reason, Message = message };
}

/// <summary>Finds a host for a machine.</summary>
internal static class Placement
{
    /// <summary>Hosts that a message names one by one.</summary>
    private const int NamedHostsMax = 16;

    /// <summary>The host with most free memory among those that fit; of equals, the first by name.</summary>
    /// <param name="spec">The machine's.</param>
    /// <param name="hosts">All hosts, with what others have left of them.</param>
    /// <param name="more">What else speaks against a host; null for nothing.</param>
    public static PlacementResult Find(
        VirtualMachineSpec spec, IReadOnlyList<HostCandidate> hosts,
        Func<HostCandidate, IEnumerable<string>>? more = null)
    {
        if (hosts.Count == 0)
        {
            return PlacementResult.Nowhere(Reasons.NoHosts, "there is no SimulatedHost: create one");
        }

        var lacks = hosts.OrderBy(h => h.Name, StringComparer.Ordinal)
            .Select(h => (Host: h, Lacks: Lacks(spec, h).Concat(more?.Invoke(h) ?? []).ToList())).ToList();
        var fitting = lacks.Where(l => l.Lacks.Count == 0).Select(l => l.Host)
            .OrderByDescending(h => h.FreeMemoryBytes).ThenBy(h => h.Name, StringComparer.Ordinal);
        return fitting.FirstOrDefault() is { } host
            ? PlacementResult.On(host)
            : PlacementResult.Nowhere(Reasons.NoHostFits, Sentence(lacks));
    }

    /// <summary>Everything that speaks against a host, not only the first thing.</summary>
    private static IEnumerable<string> Lacks(VirtualMachineSpec spec, HostCandidate host)
    {
        foreach (var lack in Lacks(spec.Placement, "placement", host.Name, host.Labels))
        {
            yield return lack;
        }

        if (host.IsUnschedulable)
        {
            yield return "is unschedulable";
        }

        if (host.NotReady is { } why)
        {
            yield return why;
        }
        else if (!host.MachineTypes.Contains(StartSpec.TypeOf(spec), StringComparer.Ordinal))
        {
            yield return $"offers no machines of type {StartSpec.TypeOf(spec)}";
        }

        if (host.IsFreeRunning && spec.Ports is { Count: > 0 })
        {
            yield return "is free-running, where no ports can be published";
        }

        if (StartSpec.VcpusOf(spec) is var vcpus && vcpus > host.FreeCoreCount)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"has {host.FreeCoreCount} of {host.CoreCount} cores free, {vcpus} needed");
        }

        if (MemorySize.ToBytes(spec.Memory.Size) is var bytes && bytes > host.FreeMemoryBytes)
        {
            yield return $"has {MemorySize.ToText(host.FreeMemoryBytes)} of {MemorySize.ToText(host.MemoryBytes)} "
                + $"memory free, {MemorySize.ToText(bytes)} needed";
        }
    }

    /// <summary>What a host lacks of what is asked for in one field of a spec.</summary>
    public static IEnumerable<string> Lacks(
        PlacementSpec? asked, string field, string hostName, IReadOnlyDictionary<string, string> labels)
    {
        if (asked?.HostName is { } name && name != hostName)
        {
            yield return $"is not the host that {field}.hostName asks for ({name})";
        }

        foreach (var (key, value) in asked?.HostSelector ?? ReadOnlyDictionary<string, string>.Empty)
        {
            if (!labels.TryGetValue(key, out var actual) || actual != value)
            {
                yield return $"lacks the label {key}={value}";
            }
        }
    }

    private static string Sentence(List<(HostCandidate Host, List<string> Lacks)> hosts)
    {
        var named = hosts.Take(NamedHostsMax).Select(h => $"{h.Host.Name} {string.Join(" and ", h.Lacks)}");
        var more = hosts.Count > NamedHostsMax ? $"; and {hosts.Count - NamedHostsMax} more hosts" : "";
        return $"none of {hosts.Count} hosts fits: {string.Join("; ", named)}{more}";
    }
}
