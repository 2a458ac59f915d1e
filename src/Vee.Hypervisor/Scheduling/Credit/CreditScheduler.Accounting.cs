using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Scheduling.Credit;

/// <content>Credits: who pays, who is given some, and what follows for priorities and caps.</content>
public sealed partial class CreditScheduler
{
    private static long DivideUp(long value, long by) => (value + by - 1) / by;

    /// <summary>Hands out the credits of a slice by weight. It stops while no vCPU is active.</summary>
    private void Account()
    {
        if (activeDomains.Count == 0)
        {
            balance = 0;
            isAccounting = false;
            return;
        }

        Port.Arm(AccountTimer, VirtualTime.After(Port.Now, options.SliceNanoseconds));
        var weightTotal = 0L;
        foreach (var domain in activeDomains)
        {
            weightTotal += WeightOf(domain);
        }

        var debt = -Math.Min(0, balance);
        var available = (creditsPerSlice * cores.Length) + debt;
        var weightLeft = weightTotal;
        var someoneLacks = false;
        balance = 0;
        for (var index = 0; index < activeDomains.Count;)
        {
            var domain = activeDomains[index];
            var weight = WeightOf(domain);
            weightLeft -= weight;
            var peak = PeakOf(domain, DivideUp(debt * weight, weightTotal));
            var fair = DivideUp(available * weight, weightTotal);
            if (fair < peak)
            {
                someoneLacks = true;
            }
            else
            {
                if (weightLeft > 0)
                {
                    available += DivideUp((fair - peak) * weightTotal, weightLeft);
                }

                if (someoneLacks)
                {
                    // Next time it comes before them, so that they are given what it cannot use.
                    activeDomains.RemoveAt(index);
                    activeDomains.Insert(0, domain);
                }

                fair = peak;
            }

            balance += Grant(domain, fair);
            if (domain.Active.Count == 0)
            {
                activeDomains.Remove(domain);
            }
            else
            {
                index++;
            }
        }

        epoch++;
    }

    private long WeightOf(CreditDomain domain) =>
        domain.Domain.Weight * (options.WeighsVcpus ? (long)domain.Active.Count : 1);

    /// <summary>The most credits that the active vCPUs of a VM can use in a slice.</summary>
    private long PeakOf(CreditDomain domain, long share)
    {
        var peak = (creditsPerSlice * domain.Active.Count) + share;
        return domain.Domain.CapPercent > 0 ? Math.Min(peak, CapOf(domain)) : peak;
    }

    private long CapOf(CreditDomain domain) => DivideUp(domain.Domain.CapPercent * creditsPerSlice, 100);

    /// <summary>Gives credits to the active vCPUs of a VM, and each its priority.</summary>
    /// <returns>The credits that they have then.</returns>
    private long Grant(CreditDomain domain, long fair)
    {
        var count = domain.Active.Count;
        var each = DivideUp(fair, count);
        var capEach = domain.Domain.CapPercent > 0 ? DivideUp(CapOf(domain), count) : long.MaxValue;
        var sum = 0L;
        for (var index = 0; index < domain.Active.Count;)
        {
            var vcpu = domain.Active[index];
            vcpu.Credit += each;
            if (vcpu.Credit < 0)
            {
                BecomeOver(vcpu, capEach);
            }
            else
            {
                BecomeUnder(vcpu);
            }

            sum += vcpu.Credit;
            index += vcpu.IsActive ? 1 : 0;
        }

        return sum;
    }

    private void BecomeOver(CreditVcpu vcpu, long capEach)
    {
        EndBoost(vcpu);
        vcpu.Priority = CreditPriority.Over;
        if (vcpu.Credit < -capEach && !vcpu.IsParked)
        {
            Park(vcpu);
        }

        vcpu.Credit = Math.Max(vcpu.Credit, -creditsPerSlice);
    }

    private void BecomeUnder(CreditVcpu vcpu)
    {
        EndBoost(vcpu);
        vcpu.Priority = CreditPriority.Under;
        if (vcpu.IsParked)
        {
            Unpark(vcpu);
        }

        if (vcpu.Credit > creditsPerSlice)
        {
            StopAccounting(vcpu);
            vcpu.Credit = options.HalvesCreditOnLeaving ? vcpu.Credit / 2 : 0;
        }
    }

    private void Park(CreditVcpu vcpu)
    {
        vcpu.IsParked = true;
        Record(SchedulingEvent.Park, vcpu.Core, vcpu, 0);
        vcpu.Queue?.Remove(vcpu);
        if (vcpu.Core.Current == vcpu)
        {
            Ask(vcpu.Core, vcpu);
        }
    }

    private void Unpark(CreditVcpu vcpu)
    {
        vcpu.IsParked = false;
        Record(SchedulingEvent.Unpark, vcpu.Core, vcpu, 0);
        if (vcpu.CanRun && vcpu.Core.Current != vcpu)
        {
            Enqueue(vcpu);
        }
    }

    /// <summary>What a core does every so often while it runs something.</summary>
    private void Tick(CreditCore here)
    {
        var now = Port.Now;
        if (here.Current is not { } current)
        {
            return;
        }

        Port.Arm(TickTimer(here), VirtualTime.After(now, tickNanoseconds));
        if (EndBoost(current))
        {
            current.Priority = CreditPriority.Under;
        }

        if (options.DebitsExactly)
        {
            Charge(current, now);
        }
        else
        {
            Pay(current, options.CreditsPerTick);
        }

        if (!current.IsActive)
        {
            StartAccounting(current);
        }
        else if (current.CanRun && Pick(current) != here)
        {
            current.IsMigrating = true;
            Ask(here, current);
        }

        if (here.SortedEpoch != epoch)
        {
            here.SortedEpoch = epoch;
            here.Queue.Sort();
        }
    }

    /// <summary>Has a vCPU pay for what it ran since it last paid.</summary>
    private void Charge(CreditVcpu vcpu, long now)
    {
        if (!options.DebitsExactly)
        {
            return;
        }

        var used = ((now - vcpu.PaidUntil) * options.CreditsPerMillisecond) + vcpu.Residue;
        var (credits, residue) = Math.DivRem(used, VirtualTime.Millisecond);
        vcpu.Residue = residue;
        vcpu.PaidUntil = now;
        if (credits > 0)
        {
            Pay(vcpu, credits);
            if (vcpu.Credit < 0 && !vcpu.IsActive && options.AccountsDebtors)
            {
                StartAccounting(vcpu);
            }
        }
    }

    private void Pay(CreditVcpu vcpu, long credits)
    {
        vcpu.Credit -= credits;
        Record(SchedulingEvent.Burn, vcpu.Core, vcpu, vcpu.Credit);
    }

    private bool EndBoost(CreditVcpu vcpu)
    {
        if (vcpu.Priority != CreditPriority.Boost)
        {
            return false;
        }

        Record(SchedulingEvent.BoostEnd, vcpu.Core, vcpu, 0);
        return true;
    }

    private void StartAccounting(CreditVcpu vcpu)
    {
        vcpu.IsActive = true;
        if (vcpu.Domain.Active.Count == 0)
        {
            activeDomains.Insert(0, vcpu.Domain);
        }

        vcpu.Domain.Active.Insert(0, vcpu);
        Record(SchedulingEvent.AccountStart, vcpu.Core, vcpu, vcpu.Credit);
        if (!isAccounting)
        {
            isAccounting = true;
            Port.Arm(AccountTimer, NextAccounting(Port.Now));
        }
    }

    /// <summary>
    /// When the next accounting is due that keeps the beat. It comes half a tick after a tick: at the very instant of
    /// one, the order of two timers would say who has paid before it.
    /// </summary>
    private long NextAccounting(long now)
    {
        var offset = tickNanoseconds / 2;
        return NextMultiple(now + options.SliceNanoseconds - offset, options.SliceNanoseconds)
            + offset - options.SliceNanoseconds;
    }

    /// <summary>Takes a vCPU from the active ones of its VM; the VM's own place is the caller's to clear.</summary>
    private void StopAccounting(CreditVcpu vcpu)
    {
        vcpu.IsActive = false;
        vcpu.Domain.Active.Remove(vcpu);
        Record(SchedulingEvent.AccountStop, vcpu.Core, vcpu, vcpu.Credit);
    }
}
