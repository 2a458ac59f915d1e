using System.Globalization;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Randomness;

namespace Vee.Hypervisor.Scenarios;

/// <summary>A guest was given more jobs than a simulation keeps: it gets more work than it can do.</summary>
public sealed class ScenarioOverloadException(string message) : Exception(message);

/// <summary>Runs a scenario.</summary>
public static class ScenarioRun
{
    /// <summary>Jobs that may be on a host at a time.</summary>
    public const int JobsMax = 4_000_000;

    private const int PartCount = 1000;

    /// <summary>Runs it with a seed, in this thread, from the beginning to the end.</summary>
    /// <param name="scenario">What is simulated.</param>
    /// <param name="seed">Of all that is random: the same seed gives the same result, bit for bit.</param>
    /// <param name="progress">Is told the share of the virtual time that has been simulated, 0 to 1, now and then;
    /// null for nobody.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="ConservationException">This program is wrong.</exception>
    /// <exception cref="ScenarioOverloadException">A guest gets much more work than it can do.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static SimulationResult Execute(
        Scenario scenario, ulong seed, Action<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        var machines = new List<MachineGuest>();
        try
        {
            return Execute(
                scenario, seed, [.. scenario.Hosts.Select(host => Build(host, seed, machines))], progress,
                cancellation);
        }
        finally
        {
            machines.ForEach(Dispose);
        }
    }

    private static SimulationResult Execute(
        Scenario scenario, ulong seed, List<Host> hosts, Action<double>? progress, CancellationToken cancellation)
    {
        var rack = RackOf(scenario, hosts);
        var end = scenario.Warmup + scenario.Duration;
        Advance(rack, 0, scenario.Warmup, end, progress, cancellation);
        var meters = hosts.Select(host => new HostMeasurement(host, rack.LinksOf(host.Name))).ToList();
        Advance(rack, scenario.Warmup, end, end, progress, cancellation);
        hosts.ForEach(Conservation.Check);
        return new SimulationResult(seed, [.. meters.SelectMany(meter => meter.Take())]);
    }

    private static RackPart RackOf(Scenario scenario, List<Host> hosts)
    {
        var rack = new RackPart(
            scenario.Name, new RackPlan([.. hosts.Select(host => host.Name)], scenario.Links), hosts);
        foreach (var host in scenario.Hosts)
        {
            foreach (var guest in host.Guests)
            {
                if (guest.Load.OwnAddress is { } address)
                {
                    rack.Place(address, host.Name);
                }
            }
        }

        return rack;
    }

    private static void Dispose(MachineGuest machine)
    {
        var console = (ConsoleDigest)machine.Machine.Console;
        machine.Dispose();
        console.Dispose();
    }

    /// <summary>A host with everybody on it.</summary>
    /// <param name="description">What it is.</param>
    /// <param name="seed">Of all that is random.</param>
    /// <param name="machines">Takes the machines, which have memory of the computer until they are disposed of.</param>
    private static Host Build(ScenarioHost description, ulong seed, List<MachineGuest> machines)
    {
        var host = new Host(description.Name, description.Hardware, description.Scheduler.Create(), seed);
        foreach (var guest in description.Everybody)
        {
            foreach (var name in guest.Names)
            {
                var random = new RandomStream(seed, $"{host.Name}/{name}/machine");
                var program = guest.Load.Create(guest.VcpuCount, random);
                if (program is MachineGuest machine)
                {
                    machines.Add(machine);
                }

                host.Add(name, program, guest.Share);
            }
        }

        return host;
    }

    private static void Advance(
        RackPart rack, long from, long to, long end, Action<double>? progress, CancellationToken cancellation)
    {
        var part = Math.Max(1, (end + PartCount - 1) / PartCount);
        for (var at = from; at < to;)
        {
            at = Math.Min(to, VirtualTime.After(at, part));
            cancellation.ThrowIfCancellationRequested();
            rack.RunUntil(at);
            foreach (var host in rack.Hosts)
            {
                CheckLoad(host);
            }

            progress?.Invoke((double)at / end);
        }
    }

    private static void CheckLoad(Host host)
    {
        var classes = host.Guests
            .SelectMany(guest => ((guest.Program as JobServer)?.Classes ?? []).Select(type => (guest, type))).ToList();
        if (classes.Sum(item => item.type.Meter.Present) > JobsMax)
        {
            var (guest, most) = classes.MaxBy(item => item.type.Meter.Present);
            var seconds = (host.Now / VirtualTime.Second).ToString(CultureInfo.InvariantCulture);
            throw new ScenarioOverloadException(
                $"host {host.Name}: more than {JobsMax} jobs are there after {seconds} virtual seconds, most of them "
                + $"of class {most.Source.Name} of {guest.Domain.Name}: it gets more work than it can do");
        }
    }
}
