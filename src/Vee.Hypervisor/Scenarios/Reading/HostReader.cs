using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Scheduling;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads hosts and their guests.</summary>
/// <param name="hardware">Reads their hardware.</param>
/// <param name="jobs">Reads jobs.</param>
internal sealed class HostReader(HardwareReader hardware, JobReader jobs)
{
    private const int GuestsMax = 1024;
    private const int VcpusMax = 8192;
    private const int VcpusOfGuestMax = 256;
    private const int ClassesMax = 64;
    private const int ClientsMax = 1_000_000;

    /// <summary>A host; null when it is none.</summary>
    public ScenarioHost? Read(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var name = fields.Required("name")?.Name();
        var hardwareValue = fields.Required("hardware");
        var profile = hardwareValue is null ? null : hardware.Read(hardwareValue);
        var scheduler = fields.Required("scheduler") is { } chosen ? Scheduler(chosen) : null;
        var guestsValue = fields.Required("guests");
        var items = guestsValue?.Items(1, GuestsMax) ?? [];
        var guests = items.Select(item => Guest(item, profile)).ToList();
        fields.Finish();
        CheckNames(items, guests);
        var vcpuCount = guests.OfType<ScenarioGuest>().Sum(guest => (long)guest.VcpuCount * (guest.Count ?? 1));
        if (vcpuCount > VcpusMax)
        {
            guestsValue!.Refuse($"have {vcpuCount} vCPUs together, at most {VcpusMax} are possible");
        }

        var clients = guests.OfType<ScenarioGuest>().Sum(guest => ClientsOf(guest) * (guest.Count ?? 1));
        if (clients > ClientsMax)
        {
            guestsValue!.Refuse($"have {clients} clients together, at most {ClientsMax} are possible");
        }

        return name is null || profile is null || scheduler is null || guests.Any(guest => guest is null)
            ? null
            : new ScenarioHost { Name = name, Hardware = profile, Scheduler = scheduler, Guests = [.. guests!] };
    }

    private static long ClientsOf(ScenarioGuest guest) =>
        (guest.Load as GuestLoad.Jobs)?.Sources.Sum(s => (s.Arrivals as Arrivals.Closed)?.Clients ?? 0L) ?? 0;

    private static SchedulerChoice? Scheduler(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var policy = fields.Required("policy");
        if (policy?.Text("the name of a policy") is not { } name)
        {
            return null;
        }

        if (SchedulerKinds.Named(name) is not { } kind)
        {
            var known = string.Join(", ", SchedulerKinds.All.Select(k => k.Name));
            policy.Refuse($"there is no policy '{ScenarioText.Shown(name)}'; there are {known}");
            return null;
        }

        var settings = new Dictionary<string, long>();
        foreach (var option in kind.Options)
        {
            var given = fields.Optional(option.Name);
            var setting = given is null ? option.Standard : Setting(given, option);
            if (setting is { } number)
            {
                settings.Add(option.Name, number);
            }
        }

        fields.Finish();
        if (settings.Count < kind.Options.Count)
        {
            return null;
        }

        try
        {
            kind.Create(settings);
            return new SchedulerChoice(kind, settings);
        }
        catch (ArgumentException impossible)
        {
            fields.Refuse(impossible.Message);
            return null;
        }
    }

    private static long? Setting(ScenarioValue value, SchedulerOption option) => option.Type switch
    {
        SchedulerOptionType.Duration => value.Duration(option.Least, option.Most),
        SchedulerOptionType.Flag => value.Flag() is { } flag ? (flag ? 1 : 0) : null,
        _ => value.Whole(option.Least, option.Most),
    };

    private ScenarioGuest? Guest(ScenarioValue value, HardwareProfile? profile)
    {
        var fields = new FieldReader(value);
        var name = fields.Required("name")?.Name();
        var countField = fields.Optional("count");
        var count = countField?.Whole(1, GuestsMax);
        var vcpusField = fields.Optional("vcpus");
        var vcpus = vcpusField is null ? 1 : vcpusField.Whole(1, VcpusOfGuestMax);
        var weight = fields.Optional("weight") is { } share
            ? share.Whole(1, SchedulingDomain.WeightMax)
            : SchedulingDomain.WeightDefault;
        var cap = fields.Optional("cap") is { } limit ? limit.Whole(0, HardwareCheck.CoreCountMax * 100) : 0;
        var affinityField = fields.Optional("affinity");
        var affinity = affinityField is null ? null : Affinity(affinityField, profile);
        var load = Load(fields);
        fields.Finish();
        if (affinity?.Count > vcpus)
        {
            affinityField!.Refuse($"has {affinity.Count} items for {vcpus} vCPUs");
            return null;
        }

        if (load is GuestLoad.Thief && vcpus > 1)
        {
            vcpusField!.Refuse("a thief has one vCPU");
            return null;
        }

        if (load is { OwnAddress: not null } && (countField ?? vcpusField ?? affinityField) is { } meaningless)
        {
            meaningless.Refuse("means nothing for a guest that has an address and no vCPUs");
            return null;
        }

        return name is null || vcpus is null || weight is null || cap is null || load is null
            || (countField is not null && count is null) || (affinityField is not null && affinity is null)
            ? null
            : new ScenarioGuest
            {
                Name = name,
                Count = (int?)count,
                VcpuCount = (int)vcpus,
                Share = new GuestShare { Weight = (int)weight, CapPercent = (int)cap, Affinity = affinity },
                Load = load,
            };
    }

    private static List<IReadOnlyList<int>>? Affinity(ScenarioValue value, HardwareProfile? profile)
    {
        var sets = new List<IReadOnlyList<int>>();
        var items = value.Items(1, VcpusOfGuestMax);
        foreach (var item in items)
        {
            var coreCount = profile?.CoreCount ?? HardwareCheck.CoreCountMax;
            if (item.Node is ScenarioNode.Scalar scalar && CoreSet.Parse(scalar.Text, coreCount) is { } cores)
            {
                sets.Add(cores);
            }
            else
            {
                item.Refuse($"must be cores from 0 to {coreCount - 1}, such as \"0\", \"0-3\" or \"0,2\", "
                    + $"not {item.Kind}");
            }
        }

        return items.Count > 0 && sets.Count == items.Count ? sets : null;
    }

    private GuestLoad? Load(FieldReader fields)
    {
        var kind = fields.OneOf("jobs", "spin", "thief", "udpProbe", "tcpProbe", "reflector");
        var value = kind is null ? null : fields.Optional(kind);
        switch (kind)
        {
            case "jobs":
                return Jobs(value!);
            case "spin":
                var nothing = new FieldReader(value!);
                foreach (var name in nothing.Names)
                {
                    nothing.Refuse($"has no fields, '{ScenarioText.Shown(name)}' neither: write spin: {{}}");
                    return null;
                }

                return nothing.IsObject ? new GuestLoad.Spin() : null;
            case "thief":
                return Thief(value!);
            case "udpProbe":
                return NetworkLoadReader.Udp(value!);
            case "tcpProbe":
                return NetworkLoadReader.Tcp(value!);
            case "reflector":
                return NetworkLoadReader.Reflector(value!);
            default:
                return null;
        }
    }

    private GuestLoad.Jobs? Jobs(ScenarioValue value)
    {
        var items = value.Items(1, ClassesMax);
        var names = new HashSet<string>();
        var sources = new List<JobSource>();
        foreach (var item in items)
        {
            if (jobs.Read(item) is not { } source)
            {
                continue;
            }

            sources.Add(source);
            if (!names.Add(source.Name))
            {
                item.Refuse($"the guest has a class '{source.Name}' already");
            }
        }

        return items.Count > 0 && sources.Count == items.Count ? new GuestLoad.Jobs(sources) : null;
    }

    private static GuestLoad.Thief? Thief(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var period = fields.Required("period")?.Duration(1);
        var guard = fields.Required("guard")?.Duration(1);
        fields.Finish();
        if (guard >= period / 2)
        {
            fields.Refuse("'guard' must be less than half of 'period'");
            return null;
        }

        return period is { } time && guard is { } sleep ? new GuestLoad.Thief(time, sleep) : null;
    }

    private static void CheckNames(IReadOnlyList<ScenarioValue> items, List<ScenarioGuest?> guests)
    {
        var names = new HashSet<string>();
        foreach (var (item, guest) in items.Zip(guests))
        {
            if (guest?.Names.FirstOrDefault(name => !names.Add(name)) is { } twice)
            {
                item.Refuse($"the host has a guest '{twice}' already");
            }
        }
    }
}
