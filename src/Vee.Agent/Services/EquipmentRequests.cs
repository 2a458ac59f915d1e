using Vee.Agent.Equipment;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Measuring;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scheduling;
using Vee.Machines.Networking;
using Vee.Protocol;
using Asked = Vee.Protocol.HostProbe;

namespace Vee.Agent.Services;

/// <summary>From messages to what hosts have beside machines, and from what that saw to messages.</summary>
internal static class EquipmentRequests
{
    private const int ProbesMax = 64;
    private const int TasksMax = 64;
    private const int VcpusMax = 256;
    private const int CapMax = 100 * 2048;
    private const long PagesMax = 1L << 32;
    private const int RequestBytesMax = 64 * 1024;
    private const int AnswerBytesMax = 1 << 20;
    private const int PortMax = ushort.MaxValue;
    private const long IntervalMin = 1_000;
    private const long DurationMax = 3_600_000_000_000;

    internal static EquipmentSpec Equipment(EquipHostRequest request, CostProfile costs) =>
        new(Probes(request), request.Work is { } work ? Work(work, costs) : null);

    private static ProbeSpec[] Probes(EquipHostRequest request)
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

    internal static ProbeReading Reading(Equipment.HostProbe probe, long now)
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

    internal static HostTaskReading Reading(JobClass task) => new()
    {
        Name = task.Source.Name,
        Begun = task.Meter.Arrivals,
        Done = task.Completions,
        ResponseP50VirtualNs = Percentile(task.Response, 0.5),
        ResponseP99VirtualNs = Percentile(task.Response, 0.99),
        WaitP50VirtualNs = Percentile(task.Wait, 0.5),
        WaitP99VirtualNs = Percentile(task.Wait, 0.99),
    };

    private static WorkSpec Work(Protocol.HostWork work, CostProfile costs)
    {
        Checked.Count("work.tasks", work.Tasks.Count, TasksMax);
        JobSource[] tasks = [.. work.Tasks.Select((task, index) => TaskOf($"work.tasks[{index}]", task, costs))];
        if (tasks.DistinctBy(task => task.Name).Count() != tasks.Length)
        {
            throw Refused.Invalid("two tasks of the host have one name");
        }

        var vcpuCount = Checked.Range("work.vcpu_count", work.VcpuCount, 1, VcpusMax);
        return new WorkSpec(
            vcpuCount,
            work.Weight == 0
                ? SchedulingDomain.WeightDefault : Checked.Range("work.weight", work.Weight, 1, ushort.MaxValue),
            Checked.Range("work.cap_percent", work.CapPercent, 0, CapMax),
            // Weight and cap may change while tasks go on.
            new Protocol.HostWork { VcpuCount = vcpuCount, Tasks = { work.Tasks } }, tasks);
    }

    private static JobSource TaskOf(string field, HostTask task, CostProfile costs) => new()
    {
        Name = Checked.HostName($"{field}.name", task.Name),
        Arrivals = new Arrivals.Closed(
            1, new Distribution.Constant(
                Checked.Range($"{field}.pause_virtual_ns", task.PauseVirtualNs, IntervalMin, DurationMax))),
        Phases = [new JobPhase.Cpu(new Distribution.Constant(AmountOf(field, task, costs)))],
    };

    private static long AmountOf(string field, HostTask task, CostProfile costs)
    {
        switch (task.WorkCase)
        {
            case HostTask.WorkOneofCase.CpuVirtualNs:
                return Checked.Range($"{field}.cpu_virtual_ns", task.CpuVirtualNs, 1, DurationMax);
            case HostTask.WorkOneofCase.Pages:
                var count = Checked.Range($"{field}.pages.count", task.Pages.Count, 1, PagesMax);
                var cost = costs.PerPage.GetValueOrDefault(task.Pages.What) ?? throw Refused.Invalid(
                    $"{field}.pages.what: the host's costs.per_page has no '{task.Pages.What}'; there are: "
                    + string.Join(", ", costs.PerPage.Keys.Order(StringComparer.Ordinal)));
                return Checked.Range($"{field}.pages, in ns", count * cost.Nanoseconds, 0, DurationMax);
            default:
                throw Refused.Invalid($"{field} must have cpu_virtual_ns or pages");
        }
    }

    private static long Percentile(LatencyHistogram histogram, double share) =>
        histogram.Count == 0 ? 0 : histogram.Percentile(share);

    private static ProbeSpec Probe(Asked asked, int index)
    {
        var field = $"probes[{index}]";
        var name = Checked.HostName($"{field}.name", asked.Name);
        if (asked.Address >> 24 is 0 or 127 || asked.Address == Gateways.Gateway.PeerAddress)
        {
            throw Refused.Invalid($"{field}.address must be an IPv4 address that is nobody's here, not 10.0.0.1");
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

    private static Func<Probe> Tcp(string field, Asked asked, EndPoint4 target, long interval, long slowAfter)
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

    private static Func<Probe> Udp(string field, Asked asked, EndPoint4 target, long interval, long slowAfter)
    {
        var bytes = Checked.Range(
            $"{field}.udp.datagram_bytes", asked.Udp.DatagramBytes, UdpProbe.DatagramBytesMin,
            NetworkMessage.DatagramBytesMax);
        var lostAfter = Checked.Range(
            $"{field}.udp.lost_after_virtual_ns", asked.Udp.LostAfterVirtualNs, 1, DurationMax);
        return () => new UdpProbe(asked.Address, target, bytes, interval, lostAfter, slowAfter);
    }
}
