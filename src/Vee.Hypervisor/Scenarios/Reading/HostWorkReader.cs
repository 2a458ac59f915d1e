using System.Globalization;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Randomness;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads a host's own work: time that comes, or pages that something is done to.</summary>
/// <param name="jobs">Reads jobs.</param>
internal sealed class HostWorkReader(JobReader jobs)
{
    private const long PagesMax = 1L << 32;

    /// <summary>The host's work as a guest; null when it is none.</summary>
    /// <param name="value">What is written.</param>
    /// <param name="profile">The host's hardware; null when nobody knows.</param>
    public ScenarioGuest? Read(ScenarioValue value, HardwareProfile? profile)
    {
        var fields = new FieldReader(value);
        var share = ShareReader.Read(fields, profile);
        var work = fields.Required("jobs") is { } list
            ? JobReader.ReadAll(list, item => jobs.Read(item, job => Phases(job, profile)))
            : null;
        fields.Finish();
        return share is not null && work is not null
            ? new ScenarioGuest
            {
                Name = HostWork.Name,
                VcpuCount = share.VcpuCount,
                Share = share.Share,
                Load = work,
            }
            : null;
    }

    private static List<JobPhase>? Phases(FieldReader fields, HardwareProfile? profile)
    {
        var kind = fields.OneOf("cpu", "pages");
        var inner = kind is null ? null : fields.Optional(kind);
        var whatField = kind == "pages" ? fields.Required("what") : fields.Optional("what");
        switch (kind)
        {
            case "cpu" when whatField is not null:
                whatField.Refuse("says what is done to pages, and there are no 'pages' here");
                return null;
            case "cpu":
                return DistributionReader.Read(inner) is { } work ? [new JobPhase.Cpu(work)] : null;
            case "pages":
                var pages = inner!.Whole(1, PagesMax);
                var cost = whatField is null || profile is null ? null : CostOf(whatField, profile);
                return pages is { } count && cost is not null ? OnPages(inner, count, cost) : null;
            default:
                return null;
        }
    }

    private static Cost? CostOf(ScenarioValue value, HardwareProfile profile)
    {
        var costs = profile.Costs.PerPage;
        if (value.Text("a name of costs.perPage") is not { } name)
        {
            return null;
        }

        if (costs.TryGetValue(name, out var cost))
        {
            return cost;
        }

        var known = costs.Count == 0
            ? "it has none: describe the hardware, with costs.perPage"
            : $"there are {string.Join(", ", costs.Keys.Order(StringComparer.Ordinal))}";
        value.Refuse($"costs.perPage of the host's hardware has no '{ScenarioText.Shown(name)}'; {known}");
        return null;
    }

    private static List<JobPhase>? OnPages(ScenarioValue value, long count, Cost cost)
    {
        // 2^32 pages of a second each fit 63 bits.
        var work = count * cost.Nanoseconds;
        if (work > Distribution.SampleMax)
        {
            value.Refuse(string.Create(
                CultureInfo.InvariantCulture,
                $"take {work / 1_000_000_000} s of a core, at most a year is possible"));
            return null;
        }

        return [new JobPhase.Cpu(new Distribution.Constant(work))];
    }
}
