using Prometheus;
using Vee.Agent.Gateways;
using Vee.Agent.Guests;
using Vee.Agent.Storage;

namespace Vee.Agent.Measuring;

/// <summary>What an agent exports. Calls are counted as they end, all else is read when somebody asks.</summary>
internal sealed class AgentMetrics
{
    private readonly Counter calls;
    private readonly Gauge hosts;
    private readonly Gauge machines;
    private readonly Gauge allocatedBytes;
    private readonly Gauge lag;
    private readonly Gauge openConnections;
    private readonly Gauge imageBytes;
    private readonly Counter retired;
    private readonly Counter virtualSeconds;
    private readonly Counter gatewayBytes;
    private readonly Counter connections;
    private readonly Counter failedConnections;
    private readonly Counter droppedBytes;
    private readonly HostMetrics hostMetrics;
    private readonly MachineMetrics machineMetrics;
    private readonly ProbeMetrics probeMetrics;
    private readonly MigrationMetrics migrationMetrics;

    internal AgentMetrics(CollectorRegistry registry)
    {
        var make = Prometheus.Metrics.WithCustomRegistry(registry);
        hostMetrics = new HostMetrics(make);
        machineMetrics = new MachineMetrics(make);
        probeMetrics = new ProbeMetrics(make);
        migrationMetrics = new MigrationMetrics(make);
        calls = make.CreateCounter("vee_agent_grpc_calls_total", "Calls that have ended.", "method", "code");
        hosts = make.CreateGauge("vee_agent_hosts", "Simulated hosts.");
        machines = make.CreateGauge("vee_agent_machines", "Machines by phase.", "phase");
        allocatedBytes = make.CreateGauge(
            "vee_agent_memory_allocated_bytes", "Memory of machines that have not ended.");
        lag = make.CreateGauge(
            "vee_agent_lag_wall_seconds", "How far the machine that is furthest behind the wall is behind it.");
        openConnections = make.CreateGauge("vee_agent_gateway_open_connections", "Connections of outside clients.");
        imageBytes = make.CreateGauge("vee_agent_image_store_bytes", "Images and uploads on disk.");
        retired = make.CreateCounter("vee_agent_instructions_retired_total", "Guest instructions executed.");
        virtualSeconds = make.CreateCounter(
            "vee_agent_virtual_seconds_total", "Virtual time that has passed for machines, added up.");
        gatewayBytes = make.CreateCounter(
            "vee_agent_gateway_bytes_total", "Bytes between outside clients and guests.", "direction");
        connections = make.CreateCounter("vee_agent_gateway_connections_total", "Connections of outside clients.");
        failedConnections = make.CreateCounter(
            "vee_agent_gateway_failed_connections_total", "Connections that no guest took.");
        droppedBytes = make.CreateCounter(
            "vee_agent_console_dropped_bytes_total", "Console bytes that readers were too slow for.");
    }

    internal void CountCall(string method, string code) => calls.WithLabels(method, code).Inc();

    /// <summary>Reads everything else before each export.</summary>
    internal void Observe(
        CollectorRegistry registry, GuestRegistry guests, GuestMeters meters, Traffic traffic, ImageStore images) =>
        registry.AddBeforeCollectCallback(() =>
        {
            var (hostList, guestList) = guests.Look((hosts, machines) => (hosts, machines));
            hostMetrics.Read(hostList);
            machineMetrics.Read(guestList);
            probeMetrics.Read(hostList);
            migrationMetrics.Read(guests.Migrations, meters);
            hosts.Set(hostList.Count);
            allocatedBytes.Set(hostList.Sum(host => host.AllocatedBytes));
            foreach (var phase in Enum.GetValues<GuestPhase>().Where(phase => phase != GuestPhase.Invalid))
            {
                machines.WithLabels($"{phase}").Set(guestList.Count(guest => guest.View.Phase == phase));
            }

            lag.Set(guestList.Select(guest => guest.Usage.LagNanoseconds).DefaultIfEmpty().Max() / 1e9);
            // What it has done before it came here, another agent has counted.
            var live = guestList.Where(guest => !guest.IsOver).Select(guest => guest.UsageHere).ToList();
            retired.IncTo(meters.RetiredCount + live.Sum(usage => usage.RetiredCount));
            virtualSeconds.IncTo((meters.VirtualNanoseconds + live.Sum(usage => usage.VirtualNanoseconds)) / 1e9);
            droppedBytes.IncTo(meters.DroppedConsoleBytes);
            gatewayBytes.WithLabels("in").IncTo(traffic.BytesIn);
            gatewayBytes.WithLabels("out").IncTo(traffic.BytesOut);
            connections.IncTo(traffic.OpenedCount);
            failedConnections.IncTo(traffic.FailedCount);
            openConnections.Set(traffic.OpenCount);
            imageBytes.Set(images.UsedBytes);
        });
}
