using Vee.Hypervisor.Hardware;
using Vee.Machines.Isa;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads hardware: by the name of a profile, or field by field.</summary>
/// <param name="profiles">The profiles that may be named.</param>
internal sealed class HardwareReader(IReadOnlyDictionary<string, HardwareProfile> profiles)
{
    private const int ClassesMax = 64;
    private const int CachesMax = 2048;
    private const int CapacityMax = 64 * 1024;
    private const int FrequencyMHzMax = 10_000;
    private const int CyclesMax = 255;
    private const int SourceMax = 1000;
    private const int PerPageMax = 64;
    private const long AmountMax = 1L << 50;
    private const long CostMax = 1_000_000_000;
    private const long LatencyMax = 60_000_000_000;
    private const long MemoryStandard = 4L << 30;

    /// <summary>Hardware; null when it is none or impossible.</summary>
    public HardwareProfile? Read(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        if (!fields.Names.Contains("profile"))
        {
            return fields.IsObject ? Inline(value, "") : null;
        }

        var named = fields.Optional("profile")!;
        var name = named.Text("the name of a profile");
        if (fields.Names.Count() > 1)
        {
            fields.Refuse("has 'profile' and other fields: name a profile, or describe the hardware");
        }

        if (name is null)
        {
            return null;
        }

        if (profiles.TryGetValue(name, out var profile))
        {
            return profile;
        }

        var known = string.Join(", ", profiles.Keys.Order(StringComparer.Ordinal));
        named.Refuse($"there is no profile '{ScenarioText.Shown(name)}'; there are {known}");
        return null;
    }

    /// <summary>Hardware that is described; null when it is impossible.</summary>
    internal static HardwareProfile? Inline(ScenarioValue value, string name)
    {
        var fields = new FieldReader(value);
        var caches = fields.Optional("cacheDomains")?.Items(0, CachesMax).Select(Cache).ToList() ?? [];
        var cores = fields.Required("cores")?.Items(1, ClassesMax).Select(Cores).ToList() ?? [];
        var memory = fields.Optional("memory") is { } given ? Memory(given) : MemoryStandard;
        var nic = fields.Optional("nic") is { } card ? Nic(card) : new NicProfile();
        var disk = fields.Optional("disk") is { } drive ? Disk(drive) : new DiskProfile();
        var costs = fields.Optional("costs") is { } list ? Costs(list) : new CostProfile();
        fields.Finish();
        if (cores.Count == 0 || cores.Any(c => c is null) || caches.Any(c => c is null) || memory is not { } bytes
            || nic is null || disk is null || costs is null)
        {
            return null;
        }

        var profile = new HardwareProfile
        {
            Name = name,
            Cores = [.. cores!],
            CacheDomains = [.. caches!],
            MemoryBytes = bytes,
            Nic = nic,
            Disk = disk,
            Costs = costs,
        };

        // What fields do not say each by itself: names that are there twice, or nowhere, and too many cores.
        var impossible = HardwareCheck.Defects(profile);
        foreach (var defect in impossible)
        {
            fields.Refuse(defect);
        }

        return impossible.Count == 0 ? profile : null;
    }

    private static CoreClass? Cores(ScenarioValue value, int index)
    {
        var fields = new FieldReader(value);
        var name = fields.Optional("name") is { } given ? given.Name() : $"c{index}";
        var count = fields.Required("count")?.Whole(1, HardwareCheck.CoreCountMax);
        var capacity = Whole(fields, "capacity", HardwareProfile.CapacityReference, CapacityMax);
        var frequency = Whole(fields, "frequencyMHz", 1000, FrequencyMHzMax);
        var cycles = fields.Optional("cyclesPerInstruction") is { } map ? Cycles(map) : [];
        var cacheField = fields.Optional("cacheDomain");
        var cache = cacheField?.Name();
        fields.Finish();
        return name is null || count is null || capacity is null || frequency is null || cycles is null
            || (cacheField is not null && cache is null)
            ? null
            : new CoreClass
            {
                Name = name,
                Count = (int)count,
                Capacity = (int)capacity,
                FrequencyMHz = (int)frequency,
                CyclesPerInstruction = cycles,
                CacheDomain = cache,
            };
    }

    private static Dictionary<string, int>? Cycles(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var isPossible = fields.IsObject;
        var cycles = new Dictionary<string, int>();
        foreach (var name in Enum.GetNames<InstructionClass>())
        {
            if (fields.Optional(name) is not { } given)
            {
                continue;
            }

            if (given.Whole(1, CyclesMax) is { } count)
            {
                cycles.Add(name, (int)count);
            }
            else
            {
                isPossible = false;
            }
        }

        fields.Finish();
        return isPossible ? cycles : null;
    }

    private static CacheDomain? Cache(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var name = fields.Required("name")?.Name();
        var size = fields.Required("size")?.Size(1, AmountMax);
        fields.Finish();
        return name is not null && size is { } bytes ? new CacheDomain(name, bytes) : null;
    }

    private static long? Memory(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var size = fields.Required("size")?.Size(1, AmountMax);
        fields.Finish();
        return size;
    }

    private static NicProfile? Nic(ScenarioValue value)
    {
        var (fields, standard) = (new FieldReader(value), new NicProfile());
        var bandwidth = fields.Optional("bandwidth") is { } speed
            ? speed.BitsPerSecond(AmountMax)
            : standard.BandwidthBitsPerSecond;
        var queue = fields.Optional("queue") is { } length ? length.Size(1, AmountMax) : standard.QueueBytes;
        fields.Finish();
        return bandwidth is { } bits && queue is { } bytes
            ? new NicProfile { BandwidthBitsPerSecond = bits, QueueBytes = bytes }
            : null;
    }

    private static DiskProfile? Disk(ScenarioValue value)
    {
        var (fields, standard) = (new FieldReader(value), new DiskProfile());
        var bandwidth = fields.Optional("bandwidth") is { } speed
            ? speed.BytesPerSecond(AmountMax)
            : standard.BytesPerSecond;
        var operations = Whole(fields, "operationsPerSecond", standard.OperationsPerSecond, AmountMax);
        var latency = fields.Optional("latency") is { } time
            ? time.Duration(0, LatencyMax)
            : standard.LatencyNanoseconds;
        fields.Finish();
        return bandwidth is { } bytes && operations is { } count && latency is { } nanoseconds
            ? new DiskProfile { BytesPerSecond = bytes, OperationsPerSecond = count, LatencyNanoseconds = nanoseconds }
            : null;
    }

    private static CostProfile? Costs(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var contextSwitch = fields.Optional("contextSwitch") is { } turn ? Cost(turn) : Hardware.Cost.Free;
        var migration = fields.Optional("vcpuMigration") is { } move ? Cost(move) : Hardware.Cost.Free;
        var perPage = new Dictionary<string, Cost?>();
        if (fields.Optional("perPage") is { } pages)
        {
            var names = new FieldReader(pages);
            if (names.Names.Count() > PerPageMax)
            {
                names.Refuse($"has more than {PerPageMax} fields");
                return null;
            }

            foreach (var name in names.Names)
            {
                perPage.Add(name, Cost(names.Optional(name)!));
            }
        }

        fields.Finish();
        return contextSwitch is null || migration is null || perPage.Values.Any(cost => cost is null)
            ? null
            : new CostProfile
            {
                ContextSwitch = contextSwitch,
                VcpuMigration = migration,
                PerPage = perPage.ToDictionary(cost => cost.Key, cost => cost.Value!),
            };
    }

    private static Cost? Cost(ScenarioValue value)
    {
        if (value.Node is ScenarioNode.Scalar)
        {
            return value.Duration(0, CostMax) is { } alone ? new Cost(alone) : null;
        }

        var fields = new FieldReader(value);
        var time = fields.Required("time")?.Duration(0, CostMax);
        var sourceField = fields.Optional("source");
        var source = sourceField is null ? Hardware.Cost.Assumed : sourceField.Text("a text");
        fields.Finish();
        if (source is { Length: 0 or > SourceMax })
        {
            sourceField!.Refuse($"must say where the figure is from, in 1 to {SourceMax} characters");
            return null;
        }

        return time is { } nanoseconds && source is not null ? new Cost(nanoseconds, source) : null;
    }

    private static long? Whole(FieldReader fields, string name, long standard, long most) =>
        fields.Optional(name) is { } given ? given.Whole(1, most) : standard;
}
