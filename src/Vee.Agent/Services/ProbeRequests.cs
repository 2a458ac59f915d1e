using Vee.Agent.Probing;
using Vee.Hypervisor.Measuring;
using Vee.Hypervisor.Probes;
using Vee.Machines.Networking;
using Vee.Protocol;
using Asked = Vee.Protocol.HostProbe;

namespace Vee.Agent.Services;

/// <summary>From messages to probes, and from what they saw to messages.</summary>
internal static class ProbeRequests
{
    private const int ProbesMax = 64;
    private const int RequestBytesMax = 64 * 1024;
    private const int AnswerBytesMax = 1 << 20;
    private const int PortMax = ushort.MaxValue;
    private const long IntervalMin = 1_000;
    private const long DurationMax = 3_600_000_000_000;

    internal static IReadOnlyList<ProbeSpec> Probes(SetProbesRequest request)
    {
        Checked.Count("probes", request.Probes.Count, ProbesMax);
        ProbeSpec[] probes = [.. request.Probes.Select(Probe)];
        if (probes.DistinctBy(probe => probe.Name).Count() != probes.Length)
        {
            throw Refused.Invalid("two probes have one name");
        }

        return probes.DistinctBy(probe => probe.Address).Count() == probes.Length
            ? probes
            : throw Refused.Invalid("two probes have one address");
    }

    internal static ProbeReading Reading(Probing.HostProbe probe, long now)
    {
        var meter = probe.Probe.Meter;
        var (silence, start) = meter.LongestSilenceUntil(now);
        return new ProbeReading
        {
            Name = probe.Spec.Name,
            Sent = meter.Sent,
            Answered = meter.Answered,
            Lost = meter.Lost,
            Slow = meter.Slow,
            Breaks = probe.Probe.Breaks,
            LongestSilenceVirtualNs = silence,
            LongestSilenceStartVirtualNs = start,
            ResponseP50VirtualNs = Percentile(meter.Response, 0.5),
            ResponseP99VirtualNs = Percentile(meter.Response, 0.99),
            ResponseMaxVirtualNs = meter.Response.Max,
        };
    }

    private static long Percentile(LatencyHistogram histogram, double share) =>
        histogram.Count == 0 ? 0 : histogram.Percentile(share);

    private static ProbeSpec Probe(Asked asked, int index)
    {
        var field = $"probes[{index}]";
        var name = Checked.HostName($"{field}.name", asked.Name);
        if (asked.Address == 0)
        {
            throw Refused.Invalid($"{field}.address must be an IPv4 address");
        }

        var target = new EndPoint4(
            asked.TargetAddress, (ushort)Checked.Range($"{field}.target_port", asked.TargetPort, 1, PortMax));
        var interval = Checked.Range(
            $"{field}.interval_virtual_ns", asked.IntervalVirtualNs, IntervalMin, DurationMax);
        var slowAfter = Checked.Range($"{field}.slow_after_virtual_ns", asked.SlowAfterVirtualNs, 1, DurationMax);
        return new ProbeSpec(name, asked.Address, asked, asked.ExchangeCase switch
        {
            Asked.ExchangeOneofCase.Tcp => Tcp(field, asked, target, interval, slowAfter),
            Asked.ExchangeOneofCase.Udp => Udp(field, asked, target, interval, slowAfter),
            _ => throw Refused.Invalid($"{field} must have tcp or udp"),
        });
    }

    private static Func<IProbe> Tcp(string field, Asked asked, EndPoint4 target, long interval, long slowAfter)
    {
        Checked.Range($"{field}.tcp.request", asked.Tcp.Request.Length, 1, RequestBytesMax);
        var options = new TcpProbeOptions
        {
            Address = asked.Address,
            Target = target,
            Request = asked.Tcp.Request.Memory,
            AnswerBytes = Checked.Range($"{field}.tcp.answer_bytes", asked.Tcp.AnswerBytes, 1, AnswerBytesMax),
            Interval = interval,
            SlowAfter = slowAfter,
            ReconnectAfter = Checked.Range(
                $"{field}.tcp.reconnect_after_virtual_ns", asked.Tcp.ReconnectAfterVirtualNs, 1, DurationMax),
        };
        return () => new TcpProbe(options);
    }

    private static Func<IProbe> Udp(string field, Asked asked, EndPoint4 target, long interval, long slowAfter)
    {
        var bytes = Checked.Range(
            $"{field}.udp.datagram_bytes", asked.Udp.DatagramBytes, UdpProbe.DatagramBytesMin,
            NetworkMessage.DatagramBytesMax);
        var lostAfter = Checked.Range(
            $"{field}.udp.lost_after_virtual_ns", asked.Udp.LostAfterVirtualNs, 1, DurationMax);
        return () => new UdpProbe(asked.Address, target, bytes, interval, lostAfter, slowAfter);
    }
}
