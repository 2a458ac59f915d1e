using Vee.Agent.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Scheduling;
using Vee.Protocol;
using Simulated = Vee.Hypervisor.Hardware;
using Wire = Vee.Protocol;

namespace Vee.Agent.Services;

/// <summary>From a message to a host's hardware; what is impossible is refused with all that is wrong.</summary>
internal static class HostRequests
{
    private const long MebiByte = 1L << 20;
    private const long HostBytesMax = 1L << 50;
    private const int CoreGroupsMax = 16;
    private const int CacheDomainsMax = 256;
    private const int CostsMax = 256;
    private const string SchedulerDefault = "credit";

    internal static HostSpec Host(CreateHostRequest request)
    {
        Checked.Count("cores", request.Cores.Count, CoreGroupsMax);
        Checked.Count("cache_domains", request.CacheDomains.Count, CacheDomainsMax);
        Checked.Count("costs.per_page", request.Costs?.PerPage.Count ?? 0, CostsMax);
        Checked.Range("memory_bytes", request.MemoryBytes, MebiByte, HostBytesMax);
        var hardware = new HardwareProfile
        {
            Cores = [.. request.Cores.Select(Cores)],
            CacheDomains = [.. request.CacheDomains.Select(c => new Simulated.CacheDomain(c.Name, c.Bytes))],
            MemoryBytes = request.MemoryBytes,
            Nic = Card(request.NetworkCard ?? new NetworkCard()),
            Disk = Disk(request.Disk ?? new HostDisk()),
            Costs = Costs(request.Costs ?? new HostCosts()),
        };
        if (HardwareCheck.Defects(hardware) is { Count: > 0 } defects)
        {
            throw Refused.Invalid($"such hardware is impossible: {string.Join("; ", defects)}");
        }

        var (scheduler, options) = Scheduler(request.Scheduler ?? new HostScheduler());
        return new HostSpec
        {
            Uid = Checked.Uid("uid", request.Uid),
            Name = Checked.HostName("name", request.Name),
            Hardware = hardware,
            Scheduler = scheduler,
            SchedulerOptions = options,
            Mode = request.TimeMode switch
            {
                Wire.TimeMode.Paced => Guests.TimeMode.Paced,
                Wire.TimeMode.FreeRunning => Guests.TimeMode.FreeRunning,
                _ => throw Refused.Invalid($"time_mode {request.TimeMode} is unknown"),
            },
            Seed = request.Seed,
            HashesEachSecond = request.HashEachSecond,
            Asked = request,
        };
    }

    private static CoreClass Cores(CoreGroup cores, int index) => new()
    {
        Name = Checked.Text($"cores[{index}].name", cores.Name, Checked.NameCharactersMax),
        Count = cores.Count,
        Capacity = cores.Capacity == 0 ? HardwareProfile.CapacityReference : cores.Capacity,
        FrequencyMHz = cores.FrequencyMhz,
        CacheDomain = cores.CacheDomain.Length == 0 ? null : cores.CacheDomain,
        CyclesPerInstruction = cores.CyclesPerInstruction.ToDictionary(StringComparer.Ordinal),
    };

    private static NicProfile Card(NetworkCard card)
    {
        var standard = new NicProfile();
        return new NicProfile
        {
            BandwidthBitsPerSecond = card.BitsPerSecond == 0 ? standard.BandwidthBitsPerSecond : card.BitsPerSecond,
            QueueBytes = card.QueueBytes == 0 ? standard.QueueBytes : card.QueueBytes,
        };
    }

    private static DiskProfile Disk(HostDisk disk)
    {
        var standard = new DiskProfile();
        return new DiskProfile
        {
            BytesPerSecond = disk.BytesPerSecond == 0 ? standard.BytesPerSecond : disk.BytesPerSecond,
            OperationsPerSecond = disk.OperationsPerSecond == 0
                ? standard.OperationsPerSecond : disk.OperationsPerSecond,
            LatencyNanoseconds = disk.HasLatencyVirtualNs ? disk.LatencyVirtualNs : standard.LatencyNanoseconds,
        };
    }

    private static CostProfile Costs(HostCosts costs) => new()
    {
        ContextSwitch = Cost(costs.ContextSwitch),
        VcpuMigration = Cost(costs.VcpuMigration),
        PerPage = costs.PerPage.ToDictionary(cost => cost.Key, cost => Cost(cost.Value), StringComparer.Ordinal),
    };

    private static Cost Cost(HostCost? cost) => cost is null
        ? Simulated.Cost.Free
        : new Cost(cost.VirtualNs, Checked.Text("costs.source", cost.Source, Checked.NameCharactersMax));

    private static (string Name, Dictionary<string, long> Options) Scheduler(HostScheduler asked)
    {
        var name = asked.Name.Length == 0 ? SchedulerDefault : asked.Name;
        var kind = SchedulerKinds.Named(name) ?? throw Refused.Invalid(
            $"there is no scheduler '{name}'; there are {string.Join(", ", SchedulerKinds.All.Select(k => k.Name))}");
        var options = kind.Options.ToDictionary(option => option.Name, option => option.Standard);
        foreach (var (option, value) in asked.Options)
        {
            var known = kind.Options.FirstOrDefault(k => k.Name == option) ?? throw Refused.Invalid(
                $"scheduler '{name}' has no option '{option}'; it has "
                + string.Join(", ", kind.Options.Select(k => k.Name)));
            options[option] = Checked.Range($"scheduler.options[{option}]", value, known.Least, known.Most);
        }

        try
        {
            _ = kind.Create(options);
        }
        catch (ArgumentException contradiction)
        {
            throw Refused.Invalid($"scheduler '{name}': {contradiction.Message}");
        }

        return (name, options);
    }
}
