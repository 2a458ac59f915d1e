using System.Globalization;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Measuring;
using Vee.Hypervisor.Scheduling;

namespace Vee.Hypervisor.Scenarios;

/// <summary>A simulation made or lost time or jobs: a mistake of this program, not of the scenario.</summary>
public sealed class ConservationException(string message) : Exception(message);

/// <summary>What holds whatever happens: time is neither made nor lost, nobody runs twice, and Little's law.</summary>
internal static class Conservation
{
    /// <exception cref="ConservationException">It does not hold; the message says what.</exception>
    public static void Check(Host host)
    {
        var now = host.Now;
        var vcpus = host.Guests.SelectMany(guest => guest.Vcpus).ToList();
        Require(
            host.Name, "time of its cores and of its vCPUs", host.Cores.Sum(core => core.BusyTime(now)),
            vcpus.Sum(vcpu => vcpu.TimeIn(RunState.Running, now)));
        Require(
            host.Name, "cores that run somebody and vCPUs that run", host.Cores.Count(core => core.Current is not null),
            vcpus.Count(vcpu => vcpu.State == RunState.Running));
        foreach (var core in host.Cores)
        {
            var busy = core.BusyTime(now);
            Require(host.Name, $"busy time of core {core.Scheduled.Index} within 0 and now", busy,
                Math.Clamp(busy, 0, now));
        }

        foreach (var vcpu in vcpus)
        {
            Require(
                host.Name, $"now and all times of vCPU {vcpu.Scheduled.Number} of {vcpu.Guest.Domain.Name}", now,
                Enum.GetValues<RunState>().Sum(state => vcpu.TimeIn(state, now)));
        }

        CheckStation(host.Name, "the disk", host.Disk.MeterAt(now), now);
        CheckStation(host.Name, "the card's way out", host.NicOut.MeterAt(now), now);
        CheckStation(host.Name, "the card's way in", host.NicIn.MeterAt(now), now);
        foreach (var guest in host.Guests)
        {
            foreach (var type in (guest.Program as JobServer)?.Classes ?? [])
            {
                CheckStation(host.Name, $"{guest.Domain.Name}/{type.Source.Name}", type.Meter, now);
            }
        }
    }

    private static void CheckStation(string host, string station, StationMeter meter, long now)
    {
        Require(host, $"Little's law of {station}", meter.PresentTime(now), meter.TimeSpent(now));
        Require(host, $"who is in {station}", meter.Present, meter.Arrivals - meter.Departures);
    }

    private static void Require(string host, string what, Int128 one, Int128 other)
    {
        if (one != other)
        {
            throw new ConservationException(string.Create(
                CultureInfo.InvariantCulture, $"host {host}: {what} do not agree: {one} and {other}"));
        }
    }
}
