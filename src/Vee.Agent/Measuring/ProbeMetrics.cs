using Prometheus;
using Vee.Agent.Guests;
using Vee.Agent.Equipment;
using Vee.Hypervisor.Events;

namespace Vee.Agent.Measuring;

/// <summary>What an agent exports of each probe: what it saw of the service that it asks.</summary>
internal sealed class ProbeMetrics
{
    private static readonly string[] Labels = ["host", "probe"];
    private static readonly string[] Outcomes = ["sent", "answered", "slow", "lost"];

    private readonly Dictionary<HostProbe, Exported> known = [];
    private readonly Counter requests;
    private readonly Counter breaks;
    private readonly Histogram response;
    private readonly Gauge silence;

    internal ProbeMetrics(IMetricFactory make)
    {
        requests = make.CreateCounter(
            "vee_agent_probe_requests_total", "Requests that a probe meant to send, by what became of them.",
            [.. Labels, "outcome"]);
        breaks = make.CreateCounter(
            "vee_agent_probe_connection_breaks_total", "Connections of a probe that were refused or broke.", Labels);
        silence = make.CreateGauge(
            "vee_agent_probe_longest_silence_virtual_seconds",
            "The longest time without an answer until now, one that is not over included.", Labels);
        // 10 µs to 100 s.
        response = make.CreateHistogram(
            "vee_agent_probe_response_virtual_seconds",
            "From when a request was meant to be sent to its answer.", Labels,
            new HistogramConfiguration { Buckets = Histogram.PowersOfTenDividedBuckets(-5, 2, 4) });
    }

    /// <summary>Reads them all; probes that are gone are forgotten.</summary>
    internal void Read(IReadOnlyList<SimulatedHost> hosts)
    {
        var live = hosts.SelectMany(host => host.Line.Equipment.Probes.Select(probe => (host, probe))).ToArray();
        foreach (var gone in known.Where(exported => !Array.Exists(live, l => l.probe == exported.Key)).ToArray())
        {
            known.Remove(gone.Key);
            Forget(gone.Value.Labels);
        }

        foreach (var (host, probe) in live)
        {
            if (!known.TryGetValue(probe, out var exported))
            {
                exported = new Exported([host.Spec.Name, probe.Spec.Name], new HistogramTally());
                known.Add(probe, exported);
            }

            Export(probe, exported, host.Line.Host.Now);
        }
    }

    private void Export(HostProbe probe, Exported exported, long now)
    {
        var (labels, meter) = (exported.Labels, probe.Probe.Meter);
        long[] counts = [meter.Sent, meter.Answered, meter.Slow, meter.Lost];
        foreach (var (outcome, count) in Outcomes.Zip(counts))
        {
            requests.WithLabels([.. labels, outcome]).IncTo(count);
        }

        breaks.WithLabels(labels).IncTo(probe.Probe.Breaks);
        silence.WithLabels(labels).Set(meter.SilenceUntil(now) / (double)VirtualTime.Second);
        exported.Response.Add([meter.Response], response.WithLabels(labels));
    }

    private void Forget(string[] labels)
    {
        Array.ForEach(Outcomes, outcome => requests.RemoveLabelled([.. labels, outcome]));
        breaks.RemoveLabelled(labels);
        silence.RemoveLabelled(labels);
        response.RemoveLabelled(labels);
    }

    private sealed record Exported(string[] Labels, HistogramTally Response);
}
