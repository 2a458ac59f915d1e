using Vee.Hypervisor.Scheduling.Credit;
using Xunit;

namespace Vee.Hypervisor.Tests.Scheduling;

/// <summary>What is true whenever the scheduler has answered everything.</summary>
internal static class CreditInvariants
{
    /// <summary>Checks a bench now.</summary>
    /// <param name="bench">The bench.</param>
    /// <param name="scheduler">Its scheduler.</param>
    /// <param name="mayWait">Whether a vCPU may wait while a core idles that it may run on.</param>
    public static void Check(SchedulerBench bench, CreditScheduler scheduler, bool mayWait)
    {
        foreach (var core in scheduler.Cores)
        {
            Assert.False(core.IsAsked, "an answered core is not asked");
            Assert.Same(core.Core.Running, core.Current?.Vcpu);
            var count = 0;
            for (var vcpu = core.Queue.First; vcpu is not null; vcpu = vcpu.Next)
            {
                count++;
                Assert.Same(core, vcpu.Core);
                Assert.Same(core.Queue, vcpu.Queue);
                Assert.True(vcpu.CanRun && !vcpu.Vcpu.IsRunning, "who waits can run and does not");
                Assert.True(vcpu.Vcpu.MayRunOn(core.Index), "who waits may run there");
            }

            Assert.Equal(core.Queue.Count, count);
        }

        foreach (var vcpu in bench.Vcpus)
        {
            var known = scheduler.StateOf(vcpu.Vcpu);
            var running = bench.Cores.Count(core => core.Running == vcpu.Vcpu);
            Assert.Equal(vcpu.Vcpu.IsRunning ? 1 : 0, running);
            Assert.Equal(known.CanRun, vcpu.Vcpu.IsRunning || known.Queue is not null);
            Assert.Equal(known.IsActive, known.Domain.Active.Contains(known));
            Assert.InRange(known.Priority, CreditPriority.Over, CreditPriority.Boost);
            Assert.False(known.Priority == CreditPriority.Boost && known.IsParked, "who is parked is not boosted");
            if (!mayWait && known.Queue is not null)
            {
                Assert.DoesNotContain(scheduler.Cores, core => core.IsIdle && vcpu.Vcpu.MayRunOn(core.Index));
            }
        }
    }
}
