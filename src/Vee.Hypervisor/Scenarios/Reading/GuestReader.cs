using Vee.Hypervisor.Hardware;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads guests.</summary>
/// <param name="jobs">Reads jobs.</param>
/// <param name="memory">Reads how they write to their memory.</param>
/// <param name="machines">Reads machines.</param>
internal sealed class GuestReader(JobReader jobs, MemoryReader memory, MachineReader machines)
{
    private const int CopiesMax = 1024;

    /// <summary>A guest; null when it is none.</summary>
    /// <param name="value">What is written.</param>
    /// <param name="profile">Hardware of its host; null when nobody knows.</param>
    public ScenarioGuest? Read(ScenarioValue value, HardwareProfile? profile)
    {
        var fields = new FieldReader(value);
        var name = fields.Required("name")?.Name();
        var countField = fields.Optional("count");
        var count = countField?.Whole(1, CopiesMax);
        var load = Load(fields);
        var machine = load as MachineLoad;
        var share = ShareReader.Read(fields, profile, machine?.Harts);
        var memoryField = fields.Optional("memory");
        if (memoryField is not null && load is not null)
        {
            load = WithMemory(load, memoryField, share?.VcpuCount ?? 1);
        }

        fields.Finish();
        if (load is GuestLoad.Thief && share?.VcpuCount > 1)
        {
            share.VcpusField!.Refuse("a thief has one vCPU");
            return null;
        }

        if (machine is not null && (share?.VcpusField ?? (machine.Address is null ? null : countField)) is { } wrong)
        {
            wrong.Refuse(wrong == countField
                ? "means nothing for a machine with an address: no two guests have the same"
                : "means nothing for a machine, whose vCPUs are its harts: write machine.harts");
            return null;
        }

        if (load is { HasVcpus: false }
            && (countField ?? share?.VcpusField ?? share?.AffinityField) is { } meaningless)
        {
            meaningless.Refuse("means nothing for a guest that has an address and no vCPUs");
            return null;
        }

        return name is null || share is null || load is null || (countField is not null && count is null)
            ? null
            : new ScenarioGuest
            {
                Name = name,
                Count = (int?)count,
                VcpuCount = share.VcpuCount,
                Share = share.Share,
                Load = load,
            };
    }

    private GuestLoad.Jobs? WithMemory(GuestLoad load, ScenarioValue value, int vcpuCount)
    {
        if (load is not GuestLoad.Jobs server)
        {
            value.Refuse(load is MachineLoad
                ? "means something for a guest with 'jobs' only: the memory of a machine is machine.memory"
                : "means something for a guest with 'jobs' only");
            return null;
        }

        return memory.Read(value, vcpuCount) is { } profile ? server with { Memory = profile } : null;
    }

    private GuestLoad? Load(FieldReader fields)
    {
        var kind = fields.OneOf("jobs", "spin", "thief", "machine", "udpProbe", "tcpProbe", "reflector");
        var value = kind is null ? null : fields.Optional(kind);
        switch (kind)
        {
            case "jobs":
                return JobReader.ReadAll(value!, jobs.Read);
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
            case "machine":
                return machines.Read(value!);
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
}
