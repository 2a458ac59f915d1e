using System.Runtime.CompilerServices;
using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Scheduling.Credit;

/// <summary>Constants and switches of the credit scheduler: its rules changed one by one since 2009.</summary>
/// <remarks>
/// <see cref="Modern"/> and <see cref="Of2009"/> are the two sets that are compared against; each switch can be
/// turned by itself to see what it is worth. What a value leaves out is the modern one.
/// </remarks>
public sealed record CreditOptions
{
    /// <summary>The scheduler as it is now.</summary>
    public static CreditOptions Modern => new();

    /// <summary>The scheduler as it was in 2009, which the papers compared with.</summary>
    public static CreditOptions Of2009 => new()
    {
        Name = "credit-2009",
        DebitsExactly = false,
        AccountsDebtors = false,
        TicklesAllIdlers = true,
        HalvesCreditOnLeaving = false,
        WeighsVcpus = false,
        YieldsBehindNext = false,
        RateLimitNanoseconds = 0,
        BoostsAfterMigration = true,
        SkipsLightQueues = false,
        BalanceIntervalNanoseconds = 0,
    };

    /// <summary>As in <c>SchedulerProfile</c> and experiments.</summary>
    /// <value>credit</value>
    public string Name { get; init; } = "credit";

    /// <summary>How long a vCPU runs before its core decides anew, and how often credits are handed out.</summary>
    /// <value>30 ms; 1 to 1000 ms</value>
    public long SliceNanoseconds
    {
        get;
        init => field = Within(value, VirtualTime.Millisecond, VirtualTime.Second);
    } = 30 * VirtualTime.Millisecond;

    /// <summary>Ticks in a slice; a slice that is too short for a tick each millisecond has one.</summary>
    /// <value>3; 1 to 100</value>
    public int TicksPerSlice { get; init => field = (int)Within(value, 1, 100); } = 3;

    /// <summary>What a millisecond of a core costs.</summary>
    /// <value>10; 1 to 1000</value>
    public int CreditsPerMillisecond { get; init => field = (int)Within(value, 1, 1000); } = 10;

    /// <summary>Whether a vCPU pays for the time it ran. If not, whoever runs at a tick pays the whole tick.</summary>
    /// <value>true (2009-08-25)</value>
    public bool DebitsExactly { get; init; } = true;

    /// <summary>
    /// Whether accounting begins also for a vCPU that paid more than it had, not only for one that a tick finds.
    /// </summary>
    /// <remarks>
    /// Ours. Without it who sleeps over each tick pays exactly and nobody ever looks: it keeps its boost for good.
    /// </remarks>
    /// <value>true</value>
    public bool AccountsDebtors { get; init; } = true;

    /// <summary>Whether every idle core is asked when a vCPU wakes that its own core has no time for, or one.</summary>
    /// <value>false (2010-04)</value>
    public bool TicklesAllIdlers { get; init; }

    /// <summary>Whether a vCPU that is no longer accounted keeps half of its credits, or none.</summary>
    /// <value>true (2010-08)</value>
    public bool HalvesCreditOnLeaving { get; init; } = true;

    /// <summary>Whether the weight is that of each active vCPU, or of the VM.</summary>
    /// <value>true (2010-08)</value>
    public bool WeighsVcpus { get; init; } = true;

    /// <summary>Whether a vCPU that yields goes behind the first one of a lower priority, too.</summary>
    /// <value>true (2010-08)</value>
    public bool YieldsBehindNext { get; init; } = true;

    /// <summary>How long a vCPU that can run is not preempted; 0 for no limit.</summary>
    /// <value>1 ms (2012); 0, or 0.1 to 500 ms and no more than a slice</value>
    public long RateLimitNanoseconds
    {
        get;
        init => field = value == 0
            ? value
            : Within(value, 100 * VirtualTime.Microsecond, 500 * VirtualTime.Millisecond);
    } = VirtualTime.Millisecond;

    /// <summary>Whether a vCPU that a tick moved to another core begins there as if it had been woken.</summary>
    /// <value>false (2016)</value>
    public bool BoostsAfterMigration { get; init; }

    /// <summary>Whether nothing is stolen from a core that has one runnable vCPU.</summary>
    /// <value>true (2017)</value>
    public bool SkipsLightQueues { get; init; } = true;

    /// <summary>How long a core that looked for something to steal does not look again; 0 for no limit.</summary>
    /// <value>1 ms (2023); 0 to 1000 ms</value>
    public long BalanceIntervalNanoseconds
    {
        get;
        init => field = Within(value, 0, VirtualTime.Second);
    } = VirtualTime.Millisecond;

    /// <summary>How long a vCPU is not stolen after it ran, because its core's cache holds its data.</summary>
    /// <value>0; 0 to 100 ms</value>
    public long MigrationDelayNanoseconds
    {
        get;
        init => field = Within(value, 0, 100 * VirtualTime.Millisecond);
    }

    /// <summary>Time between ticks of a core.</summary>
    internal long TickNanoseconds => SliceNanoseconds / TickCount;

    /// <summary>Credits of a core in a slice; also the most and the least that a vCPU may have.</summary>
    internal long CreditsPerSlice => SliceNanoseconds * CreditsPerMillisecond / VirtualTime.Millisecond;

    /// <summary>Credits of a core in a tick.</summary>
    internal long CreditsPerTick => CreditsPerSlice / TickCount;

    private int TickCount => SliceNanoseconds < TicksPerSlice * VirtualTime.Millisecond ? 1 : TicksPerSlice;

    /// <exception cref="ArgumentException">A slice would end before the rate limit lets it.</exception>
    internal void Check()
    {
        if (RateLimitNanoseconds > SliceNanoseconds)
        {
            throw new ArgumentException(
                $"a rate limit of {RateLimitNanoseconds} ns is longer than a slice of {SliceNanoseconds} ns");
        }
    }

    private static long Within(long value, long min, long max, [CallerMemberName] string name = "") =>
        value >= min && value <= max
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{min} to {max}");
}
