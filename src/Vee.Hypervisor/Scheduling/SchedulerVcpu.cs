using Vee.Hypervisor.Hardware;

namespace Vee.Hypervisor.Scheduling;

/// <summary>A VM, or the host itself, as a scheduler sees it.</summary>
public sealed class SchedulingDomain
{
    /// <summary>The share that is neither more nor less than others have.</summary>
    public const int WeightDefault = 256;

    /// <summary>The most a weight can be.</summary>
    public const int WeightMax = 65535;

    /// <param name="index">Unique in its host, from 0 in the order of arrival.</param>
    /// <param name="name">For people.</param>
    /// <param name="weight">Its share against others', 1 to 65535.</param>
    /// <param name="capPercent">Hundredths of a core for all its vCPUs together at most; 0 for no limit.</param>
    public SchedulingDomain(int index, string name, int weight = WeightDefault, int capPercent = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, WeightMax);
        ArgumentOutOfRangeException.ThrowIfNegative(capPercent);
        Index = index;
        Name = name;
        Weight = weight;
        CapPercent = capPercent;
    }

    /// <summary>Unique in its host.</summary>
    public int Index { get; }

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>Its share against others'.</summary>
    public int Weight { get; set; }

    /// <summary>Hundredths of a core at most; 0 for no limit.</summary>
    public int CapPercent { get; set; }
}

/// <summary>A vCPU as a scheduler sees it.</summary>
public sealed class SchedulerVcpu
{
    private readonly bool[]? affinity;

    /// <param name="index">Unique in its host, from 0 in the order of arrival.</param>
    /// <param name="domain">Whose it is.</param>
    /// <param name="number">Which of the domain's, from 0.</param>
    /// <param name="affinity">Cores it may run on; null for all.</param>
    public SchedulerVcpu(int index, SchedulingDomain domain, int number, IReadOnlyList<int>? affinity = null)
    {
        Index = index;
        Domain = domain;
        Number = number;
        if (affinity is not null)
        {
            ArgumentOutOfRangeException.ThrowIfZero(affinity.Count);
            this.affinity = new bool[affinity.Max() + 1];
            foreach (var core in affinity)
            {
                this.affinity[core] = true;
            }
        }
    }

    /// <summary>Unique in its host.</summary>
    public int Index { get; }

    /// <summary>Whose it is.</summary>
    public SchedulingDomain Domain { get; }

    /// <summary>Which of the domain's.</summary>
    public int Number { get; }

    /// <summary>Whether it can run. Set by the host.</summary>
    public bool IsRunnable { get; internal set; }

    /// <summary>Whether a core runs it. Set by the host.</summary>
    public bool IsRunning { get; internal set; }

    /// <summary>The core that runs it, or ran it last; where it is queued is the scheduler's to choose. Set by the
    /// host when it runs; -1 before the first time.</summary>
    public int LastCore { get; internal set; } = -1;

    /// <summary>When it began to run, or ended. Set by the host.</summary>
    public long LastRunEdge { get; internal set; }

    /// <summary>Whether it may run on a core.</summary>
    public bool MayRunOn(int core) => affinity is null || (core < affinity.Length && affinity[core]);
}

/// <summary>A core as a scheduler sees it.</summary>
public sealed class SchedulerCore
{
    /// <param name="index">From 0, class by class in the order of the profile.</param>
    /// <param name="type">What it is.</param>
    public SchedulerCore(int index, CoreClass type)
    {
        Index = index;
        Type = type;
    }

    /// <summary>From 0, class by class in the order of the profile.</summary>
    public int Index { get; }

    /// <summary>What it is.</summary>
    public CoreClass Type { get; }

    /// <summary>What it runs; null while it idles. Set by the host.</summary>
    public SchedulerVcpu? Running { get; internal set; }
}
