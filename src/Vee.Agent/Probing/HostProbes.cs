using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Probes;

namespace Vee.Agent.Probing;

/// <summary>A probe that somebody asked for.</summary>
/// <param name="Name">Unique in its host.</param>
/// <param name="Address">IPv4, its own.</param>
/// <param name="Asked">As it was asked for: what is equal goes on.</param>
/// <param name="Create">Makes it.</param>
internal sealed record ProbeSpec(string Name, uint Address, object Asked, Func<IProbe> Create);

/// <summary>A probe on a host.</summary>
/// <param name="Spec">As it was asked for.</param>
/// <param name="Probe">What it sees; others may read that while it is simulated.</param>
/// <param name="Place">Its place on the host.</param>
internal sealed record HostProbe(ProbeSpec Spec, IProbe Probe, HostGuest Place);

/// <summary>The probes of a host. Changed only in turns of its rack; anybody may read which there are.</summary>
internal sealed class HostProbes(Host host)
{
    // With a space, which no uid of a machine has.
    private const string NamePrefix = "probe ";

    private volatile HostProbe[] probes = [];

    /// <summary>Those that there are.</summary>
    internal IReadOnlyList<HostProbe> All => probes;

    /// <summary>Takes away those that are not asked for any more and makes those that are new.</summary>
    internal void Set(IReadOnlyList<ProbeSpec> asked)
    {
        var kept = probes.Where(probe => asked.Any(spec => spec.Asked.Equals(probe.Spec.Asked))).ToList();
        foreach (var gone in probes.Except(kept))
        {
            host.Remove(gone.Place);
        }

        foreach (var spec in asked.Where(spec => !kept.Exists(probe => probe.Spec.Name == spec.Name)))
        {
            var probe = spec.Create();
            kept.Add(new HostProbe(spec, probe, host.Add($"{NamePrefix}{spec.Name}", probe, new GuestShare())));
        }

        probes = [.. kept];
    }
}
