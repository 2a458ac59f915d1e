using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scheduling;
using Xunit;

namespace Vee.Hypervisor.Tests.Hosts;

/// <summary>Hosts and guests for tests; what is not said is free of cost and as it mostly is.</summary>
internal static class TestHost
{
    public const long Second = 1_000_000_000;
    public const long Millisecond = 1_000_000;

    public static HardwareProfile Cores(params (int Count, int Capacity)[] classes) => new()
    {
        Name = "test",
        Cores = [.. classes.Select((c, i) => new CoreClass { Name = $"c{i}", Count = c.Count, Capacity = c.Capacity })],
        MemoryBytes = 1L << 30,
    };

    public static HardwareProfile Cores(int count) => Cores((count, 1024));

    public static Host Of(HardwareProfile hardware, IVcpuScheduler? scheduler = null, ulong seed = 1) =>
        new("h", hardware, scheduler ?? new FirstComeScheduler(), seed);

    public static JobSource Open(string name, Distribution gap, Distribution work) => new()
    {
        Name = name,
        Arrivals = new Arrivals.Open(gap),
        Phases = [new JobPhase.Cpu(work)],
    };

    public static JobSource Closed(string name, int clients, Distribution think, Distribution work) => new()
    {
        Name = name,
        Arrivals = new Arrivals.Closed(clients, think),
        Phases = [new JobPhase.Cpu(work)],
    };

    public static Distribution Exponential(double meanMs) => new Distribution.Exponential(meanMs * Millisecond);

    public static Distribution Constant(double ms) => new Distribution.Constant((long)(ms * Millisecond));

    /// <summary>Whatever else happens: time is neither made nor lost, and nobody runs twice.</summary>
    public static void AssertConserved(Host host)
    {
        var vcpus = host.Guests.SelectMany(g => g.Vcpus).ToList();
        Assert.Equal(
            host.Cores.Sum(c => c.BusyTime(host.Now)), vcpus.Sum(v => v.TimeIn(RunState.Running, host.Now)));
        Assert.All(host.Cores, c => Assert.InRange(c.BusyTime(host.Now), 0, host.Now));
        Assert.All(vcpus, v => Assert.Equal(
            host.Now, Enum.GetValues<RunState>().Sum(s => v.TimeIn(s, host.Now))));
        Assert.Equal(
            vcpus.Count(v => v.State == RunState.Running), host.Cores.Count(c => c.Current is not null));
        foreach (var meter in new[] { host.Disk, host.NicOut, host.NicIn }.Select(s => s.MeterAt(host.Now)))
        {
            Assert.Equal(meter.PresentTime(host.Now), meter.TimeSpent(host.Now));
        }

        foreach (var type in host.Guests.Select(g => g.Program).OfType<JobServer>().SelectMany(s => s.Classes))
        {
            Assert.Equal(type.Meter.PresentTime(host.Now), type.Meter.TimeSpent(host.Now));
            Assert.Equal(type.Meter.Arrivals - type.Meter.Departures, type.Meter.Present);
        }
    }
}
