using Vee.Api;
using Vee.Api.SimulatedHosts;
using Vee.Operator.Decisions;
using Vee.Protocol;
using Wire = Vee.Protocol;

namespace Vee.Operator.Mapping;

/// <summary>What an agent is told of a host: what the spec does not say is the agent's to choose.</summary>
internal static class HostMapping
{
    private const int FrequencyMHzDefault = 1000;
    private const string SourceDefault = "assumed";

    public static CreateHostRequest ToRequest(SimulatedHost host)
    {
        var (spec, hardware) = (host.Spec, host.Spec.Hardware);
        return new CreateHostRequest
        {
            Uid = host.Metadata.Uid,
            Name = host.Metadata.Name,
            MemoryBytes = MemorySize.ToBytes(hardware.Memory.Size),
            Cores = { hardware.Cores.Select(ToProtocol) },
            CacheDomains =
            {
                (hardware.CacheDomains ?? []).Select(c => new Wire.CacheDomain
                {
                    Name = c.Name,
                    Bytes = MemorySize.ToBytes(c.Size),
                }),
            },
            NetworkCard = hardware.Nic is { } nic ? ToProtocol(nic) : null,
            Disk = hardware.Disk is { } disk ? ToProtocol(disk) : null,
            Costs = hardware.Costs is { } costs ? ToProtocol(costs) : null,
            Scheduler = spec.Scheduler is { } scheduler ? ToProtocol(scheduler) : null,
            TimeMode = spec.Time?.Mode == TimeModes.FreeRunning ? TimeMode.FreeRunning : TimeMode.Paced,
            Seed = (ulong)(spec.Seed ?? 0),
        };
    }

    /// <summary>What a link is like in one direction.</summary>
    public static LinkProfile ToProtocol(LinkSpec link) => new()
    {
        BitsPerSecond = Amounts.BitsPerSecond(link.Bandwidth ?? LinkDefaults.Bandwidth),
        LatencyVirtualNs = Amounts.Nanoseconds(link.Latency ?? LinkDefaults.Latency),
        JitterVirtualNs = Amounts.Nanoseconds(link.Jitter ?? LinkDefaults.Jitter),
        Loss = Amounts.Chance(link.Loss ?? LinkDefaults.Loss),
    };

    /// <summary>How a host's time is, as an agent says it; agents that say nothing let it pass.</summary>
    public static HostTimeView ToView(this HostTime? time, DateTimeOffset now) => new(
        time?.Phase switch
        {
            TimePhase.Lags => HostTimePhase.Lags,
            TimePhase.Stands => HostTimePhase.Stands,
            _ => HostTimePhase.Passes,
        },
        time?.Message ?? "",
        now);

    private static Wire.CoreGroup ToProtocol(Api.SimulatedHosts.CoreGroup cores)
    {
        var group = new Wire.CoreGroup
        {
            Name = cores.Name,
            Count = cores.Count,
            FrequencyMhz = cores.FrequencyMHz ?? FrequencyMHzDefault,
            Capacity = cores.Capacity ?? 0,
            CacheDomain = cores.CacheDomain ?? "",
        };
        if (cores.CyclesPerInstruction is { } cycles)
        {
            group.CyclesPerInstruction.Add(cycles.ToDictionary());
        }

        return group;
    }

    private static NetworkCard ToProtocol(NicSpec nic) => new()
    {
        BitsPerSecond = nic.Bandwidth is { } bandwidth ? Amounts.BitsPerSecond(bandwidth) : 0,
        QueueBytes = nic.Queue is { } queue ? MemorySize.ToBytes(queue) : 0,
    };

    private static HostDisk ToProtocol(DiskSpec disk)
    {
        var made = new HostDisk
        {
            BytesPerSecond = disk.Bandwidth is { } bandwidth ? Amounts.BytesPerSecond(bandwidth) : 0,
            OperationsPerSecond = disk.OperationsPerSecond ?? 0,
        };
        if (disk.Latency is { } latency)
        {
            made.LatencyVirtualNs = Amounts.Nanoseconds(latency);
        }

        return made;
    }

    private static HostCosts ToProtocol(CostsSpec costs)
    {
        var made = new HostCosts
        {
            ContextSwitch = costs.ContextSwitch is { } contextSwitch ? ToProtocol(contextSwitch) : null,
            VcpuMigration = costs.VcpuMigration is { } migration ? ToProtocol(migration) : null,
        };
        if (costs.PerPage is { } perPage)
        {
            made.PerPage.Add(perPage.ToDictionary(c => c.Key, c => ToProtocol(c.Value)));
        }

        return made;
    }

    private static HostCost ToProtocol(CostSpec cost) =>
        new() { VirtualNs = Amounts.Nanoseconds(cost.Time), Source = cost.Source ?? SourceDefault };

    private static HostScheduler ToProtocol(SchedulerSpec scheduler)
    {
        var made = new HostScheduler { Name = scheduler.Policy ?? "" };
        if (scheduler.Options is { } options)
        {
            made.Options.Add(options.ToDictionary(o => o.Key, o => Amounts.Option(o.Value)));
        }

        return made;
    }
}

/// <summary>What a link is like whose spec does not say.</summary>
internal static class LinkDefaults
{
    public const string Bandwidth = "1Gbit";
    public const string Latency = "50us";
    public const string Jitter = "0";
    public const string Loss = "0";
}
