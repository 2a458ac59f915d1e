using System.Globalization;
using Vee.Machines.Isa;

namespace Vee.Hypervisor.Hardware;

/// <summary>Says what is impossible about hardware.</summary>
public static class HardwareCheck
{
    /// <summary>Most cores of a host.</summary>
    public const int CoreCountMax = 2048;

    private const int CapacityMax = 64 * 1024;
    private const int FrequencyMHzMax = 10_000;
    private const int CyclesMax = 255;
    private const long BytesMax = 1L << 50;
    private const long PerSecondMax = 1L << 50;
    private const long CostMax = 1_000_000_000;

    /// <summary>Every defect as <c>field: what is wrong</c>; empty for possible hardware.</summary>
    public static IReadOnlyList<string> Defects(HardwareProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var defects = new List<string>();
        Require(defects, "cores", profile.Cores.Count, 1, 64, "classes");
        Require(defects, "cores", profile.Cores.Sum(c => (long)c.Count), 1, CoreCountMax, "cores together");
        Unique(defects, "cores", profile.Cores.Select(c => c.Name));
        Unique(defects, "cacheDomains", profile.CacheDomains.Select(c => c.Name));
        for (var index = 0; index < profile.Cores.Count; index++)
        {
            CheckCores(defects, string.Create(CultureInfo.InvariantCulture, $"cores[{index}]"), profile.Cores[index],
                profile);
        }

        foreach (var cache in profile.CacheDomains)
        {
            Require(defects, $"cacheDomains[{cache.Name}].bytes", cache.Bytes, 1, BytesMax);
        }

        Require(defects, "memoryBytes", profile.MemoryBytes, 1, BytesMax);
        Require(defects, "nic.bandwidthBitsPerSecond", profile.Nic.BandwidthBitsPerSecond, 1, PerSecondMax);
        Require(defects, "nic.queueBytes", profile.Nic.QueueBytes, 1, BytesMax);
        Require(defects, "disk.bytesPerSecond", profile.Disk.BytesPerSecond, 1, PerSecondMax);
        Require(defects, "disk.operationsPerSecond", profile.Disk.OperationsPerSecond, 1, PerSecondMax);
        Require(defects, "disk.latencyNanoseconds", profile.Disk.LatencyNanoseconds, 0, CostMax * 60);
        CheckCost(defects, "costs.contextSwitch", profile.Costs.ContextSwitch);
        CheckCost(defects, "costs.vcpuMigration", profile.Costs.VcpuMigration);
        foreach (var (name, cost) in profile.Costs.PerPage)
        {
            CheckCost(defects, $"costs.perPage[{name}]", cost);
        }

        return defects;
    }

    private static void CheckCores(List<string> defects, string field, CoreClass cores, HardwareProfile profile)
    {
        Require(defects, $"{field}.count", cores.Count, 1, CoreCountMax);
        Require(defects, $"{field}.capacity", cores.Capacity, 1, CapacityMax);
        Require(defects, $"{field}.frequencyMHz", cores.FrequencyMHz, 1, FrequencyMHzMax);
        if (cores.CacheDomain is { } cache && profile.CacheDomains.All(c => c.Name != cache))
        {
            defects.Add($"{field}.cacheDomain: there is no cache domain '{cache}'");
        }

        foreach (var (name, cycles) in cores.CyclesPerInstruction)
        {
            Require(defects, $"{field}.cyclesPerInstruction[{name}]", cycles, 1, CyclesMax);
            if (!Enum.TryParse<InstructionClass>(name, ignoreCase: true, out _))
            {
                defects.Add($"{field}.cyclesPerInstruction: there is no class '{name}' of instructions; there are "
                    + string.Join(", ", Enum.GetNames<InstructionClass>()));
            }
        }
    }

    private static void CheckCost(List<string> defects, string field, Cost cost)
    {
        Require(defects, field, cost.Nanoseconds, 0, CostMax, "ns");
        if (cost.Source.Length == 0)
        {
            defects.Add($"{field}.source: say where it is from, or '{Cost.Assumed}'");
        }
    }

    private static void Unique(List<string> defects, string field, IEnumerable<string> names)
    {
        foreach (var name in names.GroupBy(n => n).Where(g => g.Count() > 1 || g.Key.Length == 0))
        {
            defects.Add($"{field}: the name '{name.Key}' is {(name.Key.Length == 0 ? "none" : "there twice")}");
        }
    }

    private static void Require(
        List<string> defects, string field, long value, long least, long most, string unit = "")
    {
        if (value < least || value > most)
        {
            defects.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{field}: {value}{(unit.Length > 0 ? " " + unit : "")}, must be {least} to {most}"));
        }
    }
}
