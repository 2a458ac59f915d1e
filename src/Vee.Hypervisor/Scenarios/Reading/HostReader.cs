using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads hosts and their guests.</summary>
/// <param name="hardware">Reads their hardware.</param>
/// <param name="guests">Reads their guests.</param>
/// <param name="hostWork">Reads their own work.</param>
internal sealed class HostReader(HardwareReader hardware, GuestReader guests, HostWorkReader hostWork)
{
    private const int GuestsMax = 1024;
    private const int VcpusMax = 8192;
    private const int ClientsMax = 1_000_000;

    /// <summary>A host; null when it is none.</summary>
    public ScenarioHost? Read(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var name = fields.Required("name")?.Name();
        var hardwareValue = fields.Required("hardware");
        var profile = hardwareValue is null ? null : hardware.Read(hardwareValue);
        var scheduler = fields.Required("scheduler") is { } chosen ? SchedulerReader.Read(chosen) : null;
        var workField = fields.Optional("hostWork");
        var work = workField is null ? null : hostWork.Read(workField, profile);
        var guestsValue = fields.Required("guests");
        var items = guestsValue?.Items(1, GuestsMax) ?? [];
        var read = items.Select(item => guests.Read(item, profile)).ToList();
        fields.Finish();
        CheckNames(items, read, workField is not null);
        CheckCounts(guestsValue, [.. read.OfType<ScenarioGuest>(), .. work is null ? [] : new[] { work }]);
        CheckMemory(guestsValue, read.OfType<ScenarioGuest>(), profile);
        return name is null || profile is null || scheduler is null || read.Any(guest => guest is null)
            || (workField is not null && work is null)
            ? null
            : new ScenarioHost
            {
                Name = name,
                Hardware = profile,
                Scheduler = scheduler,
                HostWork = work,
                Guests = [.. read!],
            };
    }

    private static void CheckCounts(ScenarioValue? value, IReadOnlyList<ScenarioGuest> all)
    {
        var vcpuCount = all.Sum(guest => (long)guest.VcpuCount * (guest.Count ?? 1));
        if (vcpuCount > VcpusMax)
        {
            value?.Refuse($"have {vcpuCount} vCPUs together, at most {VcpusMax} are possible");
        }

        var clients = all.Sum(guest => ClientsOf(guest) * (guest.Count ?? 1));
        if (clients > ClientsMax)
        {
            value?.Refuse($"have {clients} clients together, at most {ClientsMax} are possible");
        }
    }

    private static void CheckMemory(
        ScenarioValue? value, IEnumerable<ScenarioGuest> guests, HardwareProfile? profile)
    {
        var most = Math.Min(profile?.MemoryBytes ?? long.MaxValue, MemoryReader.BytesMax);
        var bytes = guests.Sum(guest => (decimal)guest.Load.MemoryBytes * (guest.Count ?? 1));
        if (bytes > most)
        {
            value?.Refuse($"have {bytes} bytes of memory together, the host has {most} for them: "
                + "see hardware.memory.size");
        }
    }

    private static long ClientsOf(ScenarioGuest guest) =>
        (guest.Load as GuestLoad.Jobs)?.Sources.Sum(s => (s.Arrivals as Arrivals.Closed)?.Clients ?? 0L) ?? 0;

    private static void CheckNames(
        IReadOnlyList<ScenarioValue> items, List<ScenarioGuest?> guests, bool hasHostWork)
    {
        var names = new HashSet<string>();
        foreach (var (item, guest) in items.Zip(guests))
        {
            if (guest?.Names.FirstOrDefault(name => !names.Add(name)) is { } twice)
            {
                item.Refuse($"the host has a guest '{twice}' already");
            }

            if (hasHostWork && guest?.Names.Contains(HostWork.Name) == true)
            {
                item.Refuse($"'{HostWork.Name}' is the host's own work, as there is 'hostWork': "
                    + "give the guest another name");
            }
        }
    }
}
