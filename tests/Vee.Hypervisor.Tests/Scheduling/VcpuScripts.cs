using Vee.Hypervisor.Events;
using Vee.Hypervisor.Randomness;

namespace Vee.Hypervisor.Tests.Scheduling;

internal enum VcpuAction
{
    None = 0,

    /// <summary>Needs a core for so long.</summary>
    Work,

    /// <summary>Needs a core until the clock shows so much, as it sees it while it runs.</summary>
    WorkUntil,

    /// <summary>Needs no core until the clock shows so much; forever until somebody wakes it.</summary>
    SleepUntil,

    Yield,
}

/// <summary>What a guest does next.</summary>
internal readonly record struct VcpuStep(VcpuAction Action, long Nanoseconds = 0)
{
    public static VcpuStep Work(long duration) => new(VcpuAction.Work, duration);

    public static VcpuStep WorkUntil(long time) => new(VcpuAction.WorkUntil, time);

    public static VcpuStep SleepUntil(long time) => new(VcpuAction.SleepUntil, time);

    public static VcpuStep Yield => new(VcpuAction.Yield);
}

/// <summary>What a guest does, one step after another.</summary>
internal interface IVcpuScript
{
    VcpuStep Next(long now);
}

/// <summary>Needs a core all the time.</summary>
internal sealed class Busy : IVcpuScript
{
    public VcpuStep Next(long now) => VcpuStep.Work(VirtualTime.Never);
}

/// <summary>Does nothing until the test wakes it, then works so long, and so on.</summary>
internal sealed class OnDemand(long work) : IVcpuScript
{
    private bool isWorking = true;

    public VcpuStep Next(long now) =>
        (isWorking = !isWorking) ? VcpuStep.Work(work) : VcpuStep.SleepUntil(VirtualTime.Never);
}

/// <summary>Works, then sleeps, over and over.</summary>
internal sealed class Periodic(long work, long sleep) : IVcpuScript
{
    private bool isWorking;

    public VcpuStep Next(long now) =>
        (isWorking = !isWorking) ? VcpuStep.Work(work) : VcpuStep.SleepUntil(now + sleep);
}

/// <summary>Works, then yields, over and over.</summary>
internal sealed class Yielding(long work) : IVcpuScript
{
    private bool isWorking;

    public VcpuStep Next(long now) => (isWorking = !isWorking) ? VcpuStep.Work(work) : VcpuStep.Yield;
}

/// <summary>Works between ticks and sleeps over each of them.</summary>
/// <param name="tick">Time between ticks.</param>
/// <param name="margin">How long before a tick it stops and after it begins.</param>
/// <param name="workBefore">What it works first, as others do.</param>
internal sealed class TickThief(long tick, long margin, long workBefore) : IVcpuScript
{
    private bool isWorking;
    private long left = workBefore;

    public VcpuStep Next(long now)
    {
        if (left > 0)
        {
            var work = VcpuStep.Work(left);
            left = 0;
            isWorking = true;
            return work;
        }

        var next = now - (now % tick) + tick;
        return (isWorking = !isWorking) ? VcpuStep.WorkUntil(next - margin) : VcpuStep.SleepUntil(next + margin);
    }
}

/// <summary>Works, sleeps and yields by chance.</summary>
internal sealed class RandomSteps(ulong seed, string name) : IVcpuScript
{
    private readonly RandomStream random = new(seed, name);
    private bool isWorking;

    public VcpuStep Next(long now)
    {
        if (isWorking = !isWorking)
        {
            var scale = random.Next(3) switch { 0 => 100_000UL, 1 => 3_000_000UL, _ => 40_000_000UL };
            return VcpuStep.Work(1 + (long)random.Next(scale));
        }

        return random.Next(4) == 0
            ? VcpuStep.Yield
            : VcpuStep.SleepUntil(now + 1 + (long)random.Next(random.Next(2) == 0 ? 1_000_000UL : 25_000_000UL));
    }
}
