using Google.Protobuf;
using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Operator.Decisions.Equipment;
using Vee.Operator.Decisions.Machines;
using Vee.Protocol;

namespace Vee.Operator.Mapping;

/// <summary>What an agent tells of the probes and the work of a host.</summary>
internal sealed record EquipmentReading(IReadOnlyList<ProbeStatus> Probes, IReadOnlyList<HostTaskStatus> Tasks);

/// <summary>What an agent is told of the probes and the work of a host, and what it tells of them.</summary>
internal static class EquipmentMapping
{
    private const string IntervalDefault = "10ms";
    private const string SlowAfterDefault = "10ms";
    private const string LostAfterDefault = "1s";
    private const string ReconnectAfterDefault = "20ms";
    private const string RequestDefault = "PING\r\n";
    private const int AnswerBytesDefault = 7;
    private const int DatagramBytesDefault = 64;
    private const int VcpusDefault = 1;
    private const long NanosecondsPerMicrosecond = 1000;

    public static EquipHostRequest ToRequest(SimulatedHost host, IReadOnlyList<ReadyProbe> probes) => new()
    {
        HostUid = host.Metadata.Uid,
        Probes = { probes.Select(ToProtocol) },
        Work = host.Spec.HostWork is { } work ? ToProtocol(work) : null,
    };

    public static EquipmentReading ToReading(this HostInspection inspection) => new(
        [
            .. inspection.Probes.Select(p => new ProbeStatus
            {
                Name = p.Name,
                Sent = p.Sent,
                Answered = p.Answered,
                Lost = p.Lost,
                Slow = p.Slow,
                Breaks = p.Breaks,
                LongestSilenceVirtualUs = Microseconds(p.LongestSilenceVirtualNs),
                ResponseP50VirtualUs = Microseconds(p.ResponseP50VirtualNs),
                ResponseP99VirtualUs = Microseconds(p.ResponseP99VirtualNs),
                ResponseMaxVirtualUs = Microseconds(p.ResponseMaxVirtualNs),
            }),
        ],
        [
            .. inspection.Tasks.Select(t => new HostTaskStatus
            {
                Name = t.Name,
                Done = t.Done,
                ResponseP50VirtualUs = Microseconds(t.ResponseP50VirtualNs),
                ResponseP99VirtualUs = Microseconds(t.ResponseP99VirtualNs),
                WaitP99VirtualUs = Microseconds(t.WaitP99VirtualNs),
            }),
        ]);

    private static long Microseconds(long nanoseconds) => nanoseconds / NanosecondsPerMicrosecond;

    private static HostProbe ToProtocol(ReadyProbe probe)
    {
        var spec = probe.Spec;
        var made = new HostProbe
        {
            Name = spec.Name,
            Address = Addressing.Number(spec.Address),
            TargetAddress = Addressing.Number(probe.TargetAddress),
            TargetPort = spec.Target.Port,
            IntervalVirtualNs = Amounts.Nanoseconds(spec.Interval ?? IntervalDefault),
            SlowAfterVirtualNs = Amounts.Nanoseconds(spec.SlowAfter ?? SlowAfterDefault),
        };
        if (spec.Udp is { } udp)
        {
            made.Udp = new UdpExchange
            {
                DatagramBytes = udp.Bytes ?? DatagramBytesDefault,
                LostAfterVirtualNs = Amounts.Nanoseconds(udp.LostAfter ?? LostAfterDefault),
            };
        }
        else
        {
            made.Tcp = new TcpExchange
            {
                Request = ByteString.CopyFromUtf8(spec.Tcp?.Request ?? RequestDefault),
                AnswerBytes = spec.Tcp?.AnswerBytes ?? AnswerBytesDefault,
                ReconnectAfterVirtualNs = Amounts.Nanoseconds(spec.Tcp?.ReconnectAfter ?? ReconnectAfterDefault),
            };
        }

        return made;
    }

    private static HostWork ToProtocol(HostWorkSpec work) => new()
    {
        VcpuCount = work.Vcpus ?? VcpusDefault,
        Weight = work.Weight ?? 0,
        CapPercent = work.CapPercent ?? 0,
        Tasks = { work.Tasks.Select(ToProtocol) },
    };

    private static HostTask ToProtocol(HostTaskSpec task)
    {
        var made = new HostTask { Name = task.Name, PauseVirtualNs = Amounts.Nanoseconds(task.Pause) };
        if (task.Pages is { } pages)
        {
            made.Pages = new PageWork { What = pages.What, Count = pages.Count };
        }
        else
        {
            made.CpuVirtualNs = Amounts.Nanoseconds(task.Cpu!);
        }

        return made;
    }
}
