using Prometheus;
using Vee.Agent.Guests;

namespace Vee.Agent.Measuring;

/// <summary>
/// What an agent exports of each machine that has not ended: how long its vCPUs wait for cores, and what it moves to
/// and from its host's disk.
/// </summary>
internal sealed class MachineMetrics
{
    private static readonly string[] Labels = ["namespace", "name", "host"];

    private readonly Dictionary<Guest, Exported> known = [];
    private readonly Histogram wait;
    private readonly Histogram steal;
    private readonly Counter diskBytes;

    internal MachineMetrics(IMetricFactory make)
    {
        // 1 µs to 10 s.
        var buckets = Histogram.PowersOfTenDividedBuckets(-6, 1, 4);
        wait = make.CreateHistogram(
            "vee_agent_machine_wait_virtual_seconds", "From when a vCPU is woken until a core executes it.", Labels,
            new HistogramConfiguration { Buckets = buckets });
        steal = make.CreateHistogram(
            "vee_agent_machine_steal_virtual_seconds",
            "From when a vCPU that could go on loses its core until a core executes it again.", Labels,
            new HistogramConfiguration { Buckets = buckets });
        diskBytes = make.CreateCounter(
            "vee_agent_machine_disk_bytes_total", "Bytes that a machine asked its host's disk for, or gave to it.",
            [.. Labels, "direction"]);
    }

    /// <summary>Reads them all; machines that have ended are forgotten.</summary>
    internal void Read(IReadOnlyList<Guest> guests)
    {
        var live = guests.Where(guest => guest.View.End is null && guest.Vcpus.Count > 0).ToHashSet();
        foreach (var gone in known.Keys.Except(live).ToArray())
        {
            known.Remove(gone);
            wait.RemoveLabelled(LabelsOf(gone));
            steal.RemoveLabelled(LabelsOf(gone));
            diskBytes.RemoveLabelled([.. LabelsOf(gone), "read"]);
            diskBytes.RemoveLabelled([.. LabelsOf(gone), "written"]);
        }

        foreach (var guest in live)
        {
            if (!known.TryGetValue(guest, out var exported))
            {
                exported = new Exported(new HistogramTally(), new HistogramTally());
                known.Add(guest, exported);
            }

            exported.Wait.Add(guest.Vcpus.Select(vcpu => vcpu.WakeToRun), wait.WithLabels(LabelsOf(guest)));
            exported.Steal.Add(guest.Vcpus.Select(vcpu => vcpu.Steal), steal.WithLabels(LabelsOf(guest)));
            diskBytes.WithLabels([.. LabelsOf(guest), "read"]).IncTo(guest.Usage.DiskBytesRead);
            diskBytes.WithLabels([.. LabelsOf(guest), "written"]).IncTo(guest.Usage.DiskBytesWritten);
        }
    }

    private static string[] LabelsOf(Guest guest) => [guest.Spec.Namespace, guest.Spec.Name, guest.HostName];

    private sealed record Exported(HistogramTally Wait, HistogramTally Steal);
}
