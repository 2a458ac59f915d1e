using Prometheus;
using Vee.Agent.Guests;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hosts;

namespace Vee.Agent.Measuring;

/// <summary>What an agent exports of each host: its time, and what its devices have done.</summary>
/// <remarks>
/// Numbers are read while hosts are simulated: each is one that was true, two of one moment may be of different ones.
/// </remarks>
internal sealed class HostMetrics
{
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly Gauge virtualTime;
    private readonly Gauge lag;
    private readonly Gauge skew;
    private readonly Gauge stands;
    private readonly Counter events;
    private readonly Counter coreBusy;
    private readonly Counter deviceBusy;
    private readonly Counter deviceBytes;
    private readonly Counter drops;

    internal HostMetrics(IMetricFactory make)
    {
        virtualTime = make.CreateGauge("vee_agent_host_virtual_seconds", "The host's virtual time.", ["host"]);
        lag = make.CreateGauge(
            "vee_agent_host_lag_wall_seconds", "How far a paced host's time is behind the wall's.", ["host"]);
        skew = make.CreateGauge(
            "vee_agent_host_skew_virtual_seconds",
            "How far apart the members of the host's rack are in how far they let time pass.", ["host"]);
        stands = make.CreateGauge(
            "vee_agent_host_time_stands", "1 while time stands until another agent of the rack answers.", ["host"]);
        events = make.CreateCounter("vee_agent_host_events_total", "Events that have happened on the host.", ["host"]);
        coreBusy = make.CreateCounter(
            "vee_agent_host_core_busy_virtual_seconds_total", "Time for which cores had a vCPU, added up.", ["host"]);
        deviceBusy = make.CreateCounter(
            "vee_agent_host_device_busy_virtual_seconds_total", "Time for which a device served.", ["host", "device"]);
        deviceBytes = make.CreateCounter(
            "vee_agent_host_device_bytes_total", "Bytes that a device was asked for.", ["host", "device"]);
        drops = make.CreateCounter(
            "vee_agent_host_nic_dropped_messages_total", "Messages that found no room in the card's queue.", ["host"]);
    }

    /// <summary>Reads them all; hosts that are gone are forgotten.</summary>
    internal void Read(IReadOnlyList<SimulatedHost> hosts)
    {
        foreach (var host in hosts)
        {
            Read(host.Spec.Name, host.Line.Host);
            lag.WithLabels(host.Spec.Name).Set(Seconds(host.Line.Rack.Lag));
            skew.WithLabels(host.Spec.Name).Set(Seconds(host.Line.Rack.Skew));
            stands.WithLabels(host.Spec.Name).Set(host.Line.Time.Phase == Racks.TimePhase.Stands ? 1 : 0);
        }

        known.ExceptWith(hosts.Select(host => host.Spec.Name));
        foreach (var gone in known)
        {
            Array.ForEach([virtualTime, lag, skew, stands], gauge => gauge.RemoveLabelled(gone));
            Array.ForEach([events, coreBusy, drops], counter => counter.RemoveLabelled(gone));
            foreach (var (device, _) in Devices)
            {
                Array.ForEach([deviceBusy, deviceBytes], counter => counter.RemoveLabelled(gone, device));
            }
        }

        known.Clear();
        known.UnionWith(hosts.Select(host => host.Spec.Name));
    }

    private static (string Name, Func<Host, FifoStation> Of)[] Devices { get; } =
    [
        ("nic-out", host => host.NicOut), ("nic-in", host => host.NicIn), ("disk", host => host.Disk),
    ];

    private static double Seconds(long nanoseconds) => nanoseconds / (double)VirtualTime.Second;

    private void Read(string name, Host host)
    {
        var now = host.Now;
        virtualTime.WithLabels(name).Set(Seconds(now));
        events.WithLabels(name).IncTo(host.EventCount);
        coreBusy.WithLabels(name).IncTo(host.Cores.Sum(core => Seconds(core.BusyTime(now))));
        drops.WithLabels(name).IncTo(host.NicDrops);
        foreach (var (device, of) in Devices)
        {
            deviceBusy.WithLabels(name, device).IncTo(Seconds(of(host).BusyTime(now)));
            deviceBytes.WithLabels(name, device).IncTo(of(host).Bytes);
        }
    }
}
