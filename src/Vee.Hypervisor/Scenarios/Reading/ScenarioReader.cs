using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Racks;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>What became of a text.</summary>
/// <typeparam name="T">What it is to be.</typeparam>
/// <param name="Value">What it is; null when there are defects.</param>
/// <param name="Defects">Everything that is wrong with it, in the order of the text.</param>
public sealed record ReadResult<T>(T? Value, IReadOnlyList<ScenarioDefect> Defects)
    where T : class;

/// <summary>Makes scenarios of what is written, or says everything that is wrong with it.</summary>
/// <remarks>The format is described in docs/sim.md: whoever changes one changes the other.</remarks>
public static class ScenarioReader
{
    /// <summary>The version of the format.</summary>
    public const string ApiVersion = "vee.dev/v1alpha1";

    /// <summary>The kind of a scenario.</summary>
    public const string ScenarioKind = "Simulation";

    /// <summary>The kind of a hardware profile.</summary>
    public const string HardwareKind = "HardwareProfile";

    private const int HostsMax = 64;
    private const int MachinesMax = 64;
    private const int LinksMax = HostsMax * (HostsMax - 1) / 2;

    // 30 days: the times of all cores of a host fit 63 bits together.
    private const long TimeMax = 720 * 3600 * VirtualTime.Second;

    /// <summary>Reads a scenario.</summary>
    /// <param name="root">What is written.</param>
    /// <param name="profiles">Hardware that it may name.</param>
    /// <param name="programs">Finds the program that a machine names, or says why there is none.</param>
    public static ReadResult<Scenario> Read(
        ScenarioNode root, IReadOnlyDictionary<string, HardwareProfile> profiles,
        Func<string, ProgramLookup> programs)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(profiles);
        ArgumentNullException.ThrowIfNull(programs);
        return ReadObject(root, ScenarioKind, (name, spec) => Spec(name, spec, profiles, programs));
    }

    /// <summary>Reads a hardware profile.</summary>
    /// <param name="root">What is written.</param>
    public static ReadResult<HardwareProfile> ReadHardware(ScenarioNode root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return ReadObject(root, HardwareKind, (name, spec) => HardwareReader.Inline(spec, name));
    }

    private static ReadResult<T> ReadObject<T>(ScenarioNode root, string kind, Func<string, ScenarioValue, T?> read)
        where T : class
    {
        var defects = new DefectList();
        var fields = new FieldReader(new ScenarioValue(root, "", defects));
        Require(fields.Required("apiVersion"), ApiVersion);
        Require(fields.Required("kind"), kind);
        var name = fields.Required("metadata") is { } metadata ? Metadata(metadata) : null;
        var value = fields.Required("spec") is { } spec ? read(name ?? "", spec) : null;
        fields.Finish();
        return new ReadResult<T>(defects.IsEmpty ? value : null, defects.InOrder());
    }

    private static void Require(ScenarioValue? value, string text)
    {
        if (value is not null && (value.Node as ScenarioNode.Scalar)?.Text != text)
        {
            value.Refuse($"must be {text}, not {value.Kind}");
        }
    }

    private static string? Metadata(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var name = fields.Required("name")?.Name();
        fields.Finish();
        return name;
    }

    private static Scenario? Spec(
        string name, ScenarioValue value, IReadOnlyDictionary<string, HardwareProfile> profiles,
        Func<string, ProgramLookup> programs)
    {
        var fields = new FieldReader(value);
        var warmup = fields.Optional("warmup") is { } given ? given.Duration() : 0;
        var duration = fields.Required("duration")?.Duration(1);
        if (warmup + duration > TimeMax)
        {
            fields.Refuse("'warmup' and 'duration' are longer than 720h together");
        }

        var jobs = new JobReader(warmup + duration);
        var guests = new GuestReader(jobs, new MemoryReader(warmup + duration), new MachineReader(programs));
        var reader = new HostReader(new HardwareReader(profiles), guests, new HostWorkReader(jobs));
        var items = fields.Required("hosts")?.Items(1, HostsMax) ?? [];
        var hosts = items.Select(reader.Read).ToList();
        var linkItems = fields.Optional("links")?.Items(0, LinksMax) ?? [];
        var links = linkItems.Select(LinkReader.Read).ToList();
        fields.Finish();
        CheckNetwork(items, hosts, linkItems, links);
        CheckNames(items, hosts);
        if (warmup is not { } first || duration is not { } measured || hosts.Any(host => host is null)
            || links.Any(link => link is null))
        {
            return null;
        }

        var scenario = new Scenario
        {
            Name = name,
            Warmup = first,
            Duration = measured,
            Hosts = [.. hosts!],
            Links = [.. links!],
        };
        if (scenario.MachineCount > MachinesMax)
        {
            fields.Refuse($"has {scenario.MachineCount} machines, at most {MachinesMax} are possible");
        }

        return scenario;
    }

    private static void CheckNames(IReadOnlyList<ScenarioValue> items, List<ScenarioHost?> hosts)
    {
        var names = new HashSet<string>();
        foreach (var (item, host) in items.Zip(hosts))
        {
            if (host is not null && !names.Add(host.Name))
            {
                item.Refuse($"there is a host '{host.Name}' already");
            }
        }
    }

    /// <summary>Links have ends, each pair one, and addresses an owner.</summary>
    private static void CheckNetwork(
        IReadOnlyList<ScenarioValue> hostItems, List<ScenarioHost?> hosts, IReadOnlyList<ScenarioValue> linkItems,
        List<RackLink?> links)
    {
        var pairs = new HashSet<(string, string)>();
        foreach (var (item, link) in linkItems.Zip(links))
        {
            if (link is null)
            {
                continue;
            }

            foreach (var end in new[] { link.From, link.To }.Where(end => hosts.All(h => h is null || h.Name != end)))
            {
                item.Refuse($"there is no host '{end}'");
            }

            var isReversed = string.CompareOrdinal(link.From, link.To) > 0;
            if (link.From == link.To || !pairs.Add(isReversed ? (link.To, link.From) : (link.From, link.To)))
            {
                item.Refuse(link.From == link.To
                    ? "a host needs no link to itself" : $"{link.From} and {link.To} are linked already");
            }
        }

        var addresses = new HashSet<uint>();
        foreach (var (item, host) in hostItems.Zip(hosts))
        {
            foreach (var guest in host?.Guests ?? [])
            {
                if (guest.Load.OwnAddress is { } address && !addresses.Add(address))
                {
                    item.Refuse($"the address of guest '{guest.Name}' belongs to another guest already");
                }
            }
        }
    }
}
