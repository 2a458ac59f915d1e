using Vee.Hypervisor.Events;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Measuring;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Scheduling;
using static Vee.Hypervisor.Scenarios.TimeFigures;

namespace Vee.Hypervisor.Scenarios;

/// <summary>What a host does from one instant on: differences to what its meters say then.</summary>
internal sealed class HostMeasurement
{
    private readonly Host host;
    private readonly long start;
    private readonly long[] coreBusy;
    private readonly (long Running, long Runnable, long Switching)[][] vcpuTimes;
    private readonly StationStart disk;
    private readonly long diskBusy;
    private readonly long diskBytes;
    private readonly Dictionary<JobClass, StationStart> classes;
    private readonly Dictionary<DirtyPages, long> writes;
    private readonly (long Busy, long Drops) nic;
    private readonly List<(Link Link, long Bytes, long Lost, long Busy)> links;
    private readonly List<ProbeMeasurement> probes;

    /// <summary>Begins now.</summary>
    /// <param name="host">The host.</param>
    /// <param name="links">The links that it sends on, by the host at their other end.</param>
    public HostMeasurement(Host host, IReadOnlyDictionary<string, Link> links)
    {
        this.links = [.. links.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l =>
            (l.Value, l.Value.BytesSent, l.Value.MessagesLost, l.Value.BusyTime(host.Now)))];
        nic = (host.NicOut.BusyTime(host.Now), host.NicDrops);
        this.host = host;
        start = host.Now;
        coreBusy = [.. host.Cores.Select(core => core.BusyTime(start))];
        vcpuTimes = [.. host.Guests.Select(guest => guest.Vcpus.Select(TimesOf).ToArray())];
        disk = StationStart.Of(host.Disk.MeterAt(start), start);
        diskBusy = host.Disk.BusyTime(start);
        diskBytes = host.Disk.Bytes;
        classes = host.Guests.SelectMany(ClassesOf).ToDictionary(
            type => type, type => StationStart.Of(type.Meter, start));
        foreach (var type in classes.Keys)
        {
            type.ResetMeters(start);
        }

        foreach (var vcpu in host.Guests.SelectMany(guest => guest.Vcpus))
        {
            vcpu.ResetMeters();
        }

        writes = host.Guests.Select(MemoryOf).OfType<DirtyPages>().ToDictionary(pages => pages, pages => pages.Writes);
        foreach (var pages in writes.Keys)
        {
            pages.Clear();
        }

        probes = [.. host.Guests.Select(guest => ProbeMeasurement.Begin(guest, start)).OfType<ProbeMeasurement>()];
    }

    private double Elapsed => host.Now - start;

    /// <summary>What happened from then until now.</summary>
    public IEnumerable<Measurement> Take()
    {
        foreach (var guest in host.Guests)
        {
            foreach (var type in ClassesOf(guest))
            {
                yield return OfClass(guest, type);
            }
        }

        foreach (var guest in host.Guests.Where(guest => guest.Vcpus.Count > 0))
        {
            yield return OfGuest(guest);
        }

        foreach (var (index, core) in host.Cores.Index())
        {
            yield return new Measurement(
                new MeasuredSubject(SubjectKind.Core, host.Name, Name: $"{core.Scheduled.Type.Name}/{index}"),
                [new(FigureNames.Utilisation, (core.BusyTime(host.Now) - coreBusy[index]) / Elapsed)]);
        }

        yield return OfDisk();
        var busy = host.Cores.Sum(core => core.BusyTime(host.Now)) - coreBusy.Sum();
        yield return new Measurement(
            new MeasuredSubject(SubjectKind.Host, host.Name),
            [
                new(FigureNames.Utilisation, busy / (Elapsed * host.Cores.Count)),
                new(FigureNames.NicUtilisation, (host.NicOut.BusyTime(host.Now) - nic.Busy) / Elapsed),
                new(FigureNames.NicDrops, host.NicDrops - nic.Drops),
                new(FigureNames.Events, host.EventCount),
            ]);
        foreach (var (link, bytes, lost, sending) in links)
        {
            yield return new Measurement(
                new MeasuredSubject(SubjectKind.Link, host.Name, Name: link.Peer),
                [
                    new(FigureNames.Utilisation, (link.BusyTime(host.Now) - sending) / Elapsed),
                    new(FigureNames.Bytes, PerSecond(link.BytesSent - bytes)),
                    new(FigureNames.Lost, link.MessagesLost - lost),
                ]);
        }

        foreach (var probe in probes)
        {
            yield return probe.Take(host);
        }

        foreach (var guest in host.Guests)
        {
            if (guest.Program is MachineGuest machine)
            {
                yield return MachineMeasurement.Of(host, guest, machine);
            }
        }
    }

    private static IReadOnlyList<JobClass> ClassesOf(HostGuest guest) => (guest.Program as JobServer)?.Classes ?? [];

    private static DirtyPages? MemoryOf(HostGuest guest) => (guest.Program as JobServer)?.Memory;

    private double PerSecond(long count) => count / (Elapsed / VirtualTime.Second);

    private (long Running, long Runnable, long Switching) TimesOf(HostVcpu vcpu) =>
        (vcpu.TimeIn(RunState.Running, host.Now), vcpu.TimeIn(RunState.Runnable, host.Now), vcpu.SwitchTime);

    private Measurement OfClass(HostGuest guest, JobClass type)
    {
        var before = classes[type];
        var (misses, tardiness) = Misses((JobServer)guest.Program, type);
        return new Measurement(
            new MeasuredSubject(SubjectKind.Class, host.Name, guest.Domain.Name, type.Source.Name),
            [
                new(FigureNames.Arrivals, type.Meter.Arrivals - before.Arrivals),
                new(FigureNames.Completions, type.Completions),
                new(FigureNames.Throughput, PerSecond(type.Completions)),
                .. Times(FigureNames.Response, type.Response),
                .. Times(FigureNames.Wait, type.Wait),
                new(FigureNames.ServiceMean, type.Service.Count == 0 ? null : Ms(type.Service.Mean)),
                new(FigureNames.DeadlineMisses, misses),
                new(FigureNames.TardinessMax, tardiness is { } most ? Ms(most) : null),
                new(FigureNames.PresentMean, before.PresentMean(type.Meter, host.Now, Elapsed)),
                new(FigureNames.PresentAtEnd, type.Meter.Present),
            ]);
    }

    /// <summary>Jobs that were late or are, and by how much at most; nothing without a deadline.</summary>
    private (double? Count, double? Most) Misses(JobServer server, JobClass type)
    {
        if (type.Source.Deadline is not { } deadline)
        {
            return (null, null);
        }

        var (count, most) = (type.Tardiness.Count, type.Tardiness.Max);
        foreach (var arrivedAt in server.ArrivalsPresent(type).Where(at => at >= start && at + deadline < host.Now))
        {
            count++;
            most = Math.Max(most, host.Now - arrivedAt - deadline);
        }

        return (count, most);
    }

    private Measurement OfGuest(HostGuest guest)
    {
        var wakes = new LatencyHistogram();
        var (running, runnable, switching) = (0L, 0L, 0L);
        foreach (var (number, vcpu) in guest.Vcpus.Index())
        {
            var (before, now) = (vcpuTimes[guest.Index][number], TimesOf(vcpu));
            running += now.Running - before.Running;
            runnable += now.Runnable - before.Runnable;
            switching += now.Switching - before.Switching;
            wakes.Add(vcpu.WakeToRun);
        }

        return new Measurement(
            new MeasuredSubject(SubjectKind.Guest, host.Name, guest.Domain.Name),
            [
                new(FigureNames.CpuTime, Ms(running)),
                new(FigureNames.CpuCores, running / Elapsed),
                new(FigureNames.CpuShare, running / (Elapsed * host.Cores.Count)),
                new(FigureNames.StealTime, Ms(runnable)),
                new(FigureNames.SwitchTime, Ms(switching)),
                .. Times(FigureNames.WakeToRun, wakes),
                .. OfMemory(MemoryOf(guest)),
            ]);
    }

    private IEnumerable<Figure> OfMemory(DirtyPages? pages)
    {
        long? written = pages is null ? null : pages.Writes - writes[pages];
        yield return new(FigureNames.PagesWritten, written);
        yield return new(FigureNames.PagesWrittenRate, written is { } count ? PerSecond(count) : null);
        yield return new(FigureNames.PagesDirtied, pages?.Count);
        yield return new(FigureNames.PagesDirtiedRate, pages is null ? null : PerSecond(pages.Count));
    }

    private Measurement OfDisk()
    {
        var station = host.Disk;
        var requests = station.MeterAt(host.Now).Departures - disk.Departures;
        return new Measurement(
            new MeasuredSubject(SubjectKind.Disk, host.Name),
            [
                new(FigureNames.Completions, requests),
                new(FigureNames.Throughput, PerSecond(requests)),
                new(FigureNames.Bytes, PerSecond(station.Bytes - diskBytes)),
                new(FigureNames.Utilisation, (station.BusyTime(host.Now) - diskBusy) / Elapsed),
                new(FigureNames.PresentMean, disk.PresentMean(station.MeterAt(host.Now), host.Now, Elapsed)),
            ]);
    }

    private readonly record struct StationStart(long Arrivals, long Departures, Int128 PresentTime)
    {
        public static StationStart Of(StationMeter meter, long now) =>
            new(meter.Arrivals, meter.Departures, meter.PresentTime(now));

        public double PresentMean(StationMeter meter, long now, double elapsed) =>
            (double)(meter.PresentTime(now) - PresentTime) / elapsed;
    }
}
