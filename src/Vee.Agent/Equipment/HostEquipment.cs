using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Probes;

namespace Vee.Agent.Equipment;

/// <summary>A probe on a host.</summary>
/// <param name="Spec">As it was asked for.</param>
/// <param name="Probe">What it sees; others may read that while it is simulated.</param>
/// <param name="Place">Its place on the host.</param>
internal sealed record HostProbe(ProbeSpec Spec, Probe Probe, HostGuest Place);

/// <summary>
/// What a host has beside machines. Changed only in turns of its rack; anybody may read what there is.
/// </summary>
internal sealed class HostEquipment(Host host)
{
    // With spaces, which no uid of a machine has.
    private const string NamePrefix = "probe ";
    private const string WorkName = "host work";

    private volatile HostProbe[] probes = [];
    private volatile PlacedWork? work;
    private bool isStill;

    /// <summary>Its probes.</summary>
    internal IReadOnlyList<HostProbe> Probes => probes;

    /// <summary>Its own tasks, and how they have fared.</summary>
    internal IReadOnlyList<JobClass> Tasks => work?.Work.Tasks ?? [];

    /// <summary>Takes away what is not asked for any more and makes what is new.</summary>
    internal void Set(EquipmentSpec asked)
    {
        SetProbes(asked.Probes);
        SetWork(asked.Work);
    }

    /// <summary>Time stands, or the host catches up with others: probes take no notice.</summary>
    internal void HoldStill()
    {
        isStill = true;
        Array.ForEach(probes, probe => probe.Probe.Hold());
    }

    /// <summary>Time passes again.</summary>
    internal void GoOn()
    {
        isStill = false;
        Array.ForEach(probes, probe => probe.Probe.Release());
    }

    private void SetProbes(IReadOnlyList<ProbeSpec> asked)
    {
        var kept = probes.Where(probe => asked.Any(spec => spec.Asked.Equals(probe.Spec.Asked))).ToList();
        foreach (var gone in probes.Except(kept))
        {
            gone.Probe.Leave();
            host.Remove(gone.Place);
        }

        probes = [.. kept];

        foreach (var spec in asked.Where(spec => !kept.Exists(probe => probe.Spec.Name == spec.Name)))
        {
            var probe = spec.Create();
            if (isStill)
            {
                probe.Hold();
            }

            var place = host.Add($"{NamePrefix}{spec.Name}", probe, new GuestShare());
            probes = [.. probes, new HostProbe(spec, probe, place)];
        }
    }

    private void SetWork(WorkSpec? asked)
    {
        if (work is { } placed && placed.Asked.Equals(asked?.Asked))
        {
            (placed.Work.Weight, placed.Work.CapPercent) = (asked!.Weight, asked.CapPercent);
            return;
        }

        work?.Work.Remove();
        work = null;
        work = asked is null
            ? null
            : new PlacedWork(asked.Asked, HostWork.AddTo(
                host, asked.VcpuCount, new GuestShare { Weight = asked.Weight, CapPercent = asked.CapPercent },
                asked.Tasks, WorkName));
    }

    private sealed record PlacedWork(object Asked, HostWork Work);
}
