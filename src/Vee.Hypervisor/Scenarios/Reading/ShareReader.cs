using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Scheduling;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>vCPUs and their share of the cores, as they were read.</summary>
/// <param name="VcpuCount">How many.</param>
/// <param name="Share">Of all of them.</param>
/// <param name="VcpusField">Where it is said how many; null when it is not.</param>
/// <param name="AffinityField">Where it is said on which cores; null when it is not.</param>
internal sealed record VcpuShare(
    int VcpuCount, GuestShare Share, ScenarioValue? VcpusField, ScenarioValue? AffinityField);

/// <summary>Reads how many vCPUs somebody has and what share of the cores.</summary>
internal static class ShareReader
{
    private const int VcpusMax = 256;

    /// <summary>
    /// The fields <c>vcpus</c>, <c>weight</c>, <c>cap</c> and <c>affinity</c>; null when one is wrong.
    /// </summary>
    /// <param name="fields">Where they may be.</param>
    /// <param name="profile">Hardware of the host; null when nobody knows.</param>
    /// <param name="hartCount">Of a machine, whose harts are its vCPUs; null for a guest that says how many.</param>
    public static VcpuShare? Read(FieldReader fields, HardwareProfile? profile, int? hartCount = null)
    {
        var vcpusField = fields.Optional("vcpus");
        var vcpus = vcpusField is null ? hartCount ?? 1 : vcpusField.Whole(1, VcpusMax);
        var weight = fields.Optional("weight") is { } share
            ? share.Whole(1, SchedulingDomain.WeightMax)
            : SchedulingDomain.WeightDefault;
        var cap = fields.Optional("cap") is { } limit ? limit.Whole(0, HardwareCheck.CoreCountMax * 100) : 0;
        var affinityField = fields.Optional("affinity");
        var affinity = affinityField is null ? null : Affinity(affinityField, profile);
        if (affinity?.Count > vcpus)
        {
            affinityField!.Refuse($"has {affinity.Count} items for {vcpus} vCPUs");
            return null;
        }

        return vcpus is { } count && weight is { } weighs && cap is { } most
            && (affinityField is null || affinity is not null)
            ? new VcpuShare(
                (int)count,
                new GuestShare { Weight = (int)weighs, CapPercent = (int)most, Affinity = affinity },
                vcpusField, affinityField)
            : null;
    }

    private static List<IReadOnlyList<int>>? Affinity(ScenarioValue value, HardwareProfile? profile)
    {
        var sets = new List<IReadOnlyList<int>>();
        var items = value.Items(1, VcpusMax);
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
}
