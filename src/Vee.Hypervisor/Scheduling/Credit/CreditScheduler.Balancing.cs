using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Scheduling.Credit;

/// <content>Cores: where vCPUs begin, who is asked to run them, and who takes them from whom.</content>
public sealed partial class CreditScheduler
{
    /// <summary>The core that the fewest vCPUs have, of those where a new one may run.</summary>
    private CreditCore FirstCoreOf(SchedulerVcpu vcpu)
    {
        Span<int> counts = stackalloc int[cores.Length];
        foreach (var other in vcpus.Values)
        {
            counts[other.Core.Index]++;
        }

        CreditCore? best = null;
        foreach (var core in cores)
        {
            if (vcpu.MayRunOn(core.Index) && (best is null || counts[core.Index] < counts[best.Index]))
            {
                best = core;
            }
        }

        return best ?? throw new ArgumentException($"vCPU {vcpu.Index} may run on none of the cores");
    }

    /// <summary>
    /// The core that suits a vCPU: its own unless another vCPU waits there and some other core idles. That one may be
    /// slower, and a faster one is no reason to go.
    /// </summary>
    private CreditCore Pick(CreditVcpu vcpu)
    {
        var own = vcpu.Core;
        var picked = own.Queue.Count == 0 ? own : NextIdler(vcpu, own.Index) ?? own;
        Record(SchedulingEvent.Picked, picked, vcpu, 0);
        return picked;
    }

    /// <summary>The next core that idles, has no work to come, and may run a vCPU; null if there is none.</summary>
    private CreditCore? NextIdler(CreditVcpu vcpu, int after)
    {
        for (var step = 1; step <= cores.Length; step++)
        {
            var core = cores[(after + step) % cores.Length];
            if (core is { IsIdle: true, IsAsked: false } && vcpu.Vcpu.MayRunOn(core.Index))
            {
                return core;
            }
        }

        return null;
    }

    /// <summary>Has some core look at a vCPU that waits from now on.</summary>
    private void Tickle(CreditVcpu vcpu)
    {
        var own = vcpu.Core;
        if (own is { IsIdle: true, IsAsked: false })
        {
            Ask(own, vcpu);
        }
        else if (!TickleIdlers(vcpu) && vcpu.Priority > own.CurrentPriority)
        {
            Ask(own, vcpu);
        }
    }

    private bool TickleIdlers(CreditVcpu vcpu)
    {
        if (NextIdler(vcpu, lastTickled) is not { } idler)
        {
            return false;
        }

        if (!options.TicklesAllIdlers)
        {
            lastTickled = idler.Index;
            Ask(idler, vcpu);
            return true;
        }

        foreach (var core in cores)
        {
            if (core.IsIdle && vcpu.Vcpu.MayRunOn(core.Index))
            {
                Ask(core, vcpu);
            }
        }

        return true;
    }

    private void Ask(CreditCore core, CreditVcpu vcpu)
    {
        if (!core.IsAsked)
        {
            core.IsAsked = true;
            Record(SchedulingEvent.Tickle, core, vcpu, 0);
            Port.Reschedule(core.Index);
        }
    }

    /// <summary>What a core runs whose own next vCPU is out of credits, or that has none.</summary>
    private CreditVcpu? Balanced(CreditCore here, CreditVcpu? own, long now)
    {
        // The limit keeps a core that has something to run from looking all the time; one that has nothing looks.
        if (own is not null && now < here.BalanceNotBefore)
        {
            return own;
        }

        here.BalanceNotBefore = VirtualTime.After(now, options.BalanceIntervalNanoseconds);
        return Steal(here, own?.Priority ?? CreditPriority.Idle, now) ?? own;
    }

    /// <summary>The first vCPU in others' queues that is more urgent than what a core has itself.</summary>
    private CreditVcpu? Steal(CreditCore here, CreditPriority above, long now)
    {
        for (var step = 1; step < cores.Length; step++)
        {
            var peer = cores[(here.Index + step) % cores.Length];
            if (peer.Queue.Count == 0 || !HasEnough(peer))
            {
                continue;
            }

            Record(SchedulingEvent.StealCheck, here, null, peer.Index);
            for (var vcpu = peer.Queue.First; vcpu is not null; vcpu = vcpu.Next)
            {
                if (vcpu.Priority > above && vcpu.Vcpu.MayRunOn(here.Index) && !vcpu.HasYielded && !IsHot(vcpu, now))
                {
                    Record(SchedulingEvent.Stolen, here, vcpu, peer.Index);
                    return vcpu;
                }
            }
        }

        return null;
    }

    /// <summary>Whether a core will not miss one vCPU. One that idles takes the first of its queue itself.</summary>
    private bool HasEnough(CreditCore peer) =>
        peer.RunnableCount > 1 || (!options.SkipsLightQueues && !peer.IsIdle);

    private bool IsHot(CreditVcpu vcpu, long now) =>
        options.MigrationDelayNanoseconds > 0
        && vcpu.Vcpu.LastCore >= 0
        && now - vcpu.Vcpu.LastRunEdge < options.MigrationDelayNanoseconds;

    /// <summary>Where a vCPU goes that a tick wants to move; null if it stays after all.</summary>
    private CreditCore? LeavesFor(CreditVcpu current)
    {
        if (!current.IsMigrating)
        {
            return null;
        }

        current.IsMigrating = false;
        return current.CanRun && Pick(current) is var target && target != current.Core ? target : null;
    }

    private void Migrate(CreditVcpu vcpu, CreditCore target)
    {
        vcpu.Core = target;
        vcpu.HasYielded = false;
        if (options.BoostsAfterMigration)
        {
            Boost(vcpu);
        }

        Enqueue(vcpu);
    }
}
