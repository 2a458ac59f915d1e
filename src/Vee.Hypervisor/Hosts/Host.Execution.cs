using System.Diagnostics;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Scheduling;

namespace Vee.Hypervisor.Hosts;

// How cores execute: a turn of a core to a vCPU is a row of steps, until the scheduler decides otherwise.
public sealed partial class Host
{
    // A core's number and the generation of what it does share the argument of an event.
    private const int CoreBits = 11;
    private const int CoreMask = (1 << CoreBits) - 1;

    private enum CoreEvent
    {
        /// <summary>A step or a slice ends.</summary>
        Due = 1,

        /// <summary>The scheduler wants to be asked.</summary>
        Reschedule,
    }

    private void HandleCore(CoreEvent what, long argument)
    {
        var core = cores[(int)(argument & CoreMask)];
        switch (what)
        {
            case CoreEvent.Due when argument >> CoreBits != core.Generation:
                // The core does something else by now.
                break;
            case CoreEvent.Due:
                Continue(core);
                break;
            case CoreEvent.Reschedule when !core.HasStep || core.IsStepDivisible || Now >= core.StepEnd:
                Continue(core);
                break;
            case CoreEvent.Reschedule:
                // The step cannot be divided; its end asks.
                break;
            default:
                throw new UnreachableException($"there is no core event {what}");
        }
    }

    /// <summary>What follows now: the end of a step, of a slice, or another decision.</summary>
    private void Continue(HostCore core)
    {
        if (core.HasStep && Now >= core.StepEnd)
        {
            Settle(core, EndStep(core));
        }

        if (core.Current is null || core.IsRescheduled || Now >= core.SliceEnd)
        {
            Decide(core);
        }
        else if (!core.HasStep)
        {
            BeginStep(core, Now);
        }
    }

    /// <summary>Tells the scheduler what a vCPU wants after its step.</summary>
    private void Settle(HostCore core, VcpuOutcome outcome)
    {
        var vcpu = core.Current!.Scheduled;
        switch (outcome)
        {
            case VcpuOutcome.GoOn:
                break;
            case VcpuOutcome.Block:
                vcpu.IsRunnable = false;
                Note(SchedulingEvent.Block, core.Scheduled.Index, vcpu.Index, 0);
                scheduler.Block(vcpu);
                core.IsRescheduled = true;
                break;
            case VcpuOutcome.Yield:
                Note(SchedulingEvent.Yield, core.Scheduled.Index, vcpu.Index, 0);
                scheduler.Yield(vcpu);
                core.IsRescheduled = true;
                break;
            default:
                throw new UnreachableException($"a step ended with {outcome}");
        }
    }

    private void Decide(HostCore core)
    {
        core.IsRescheduled = false;
        var decision = scheduler.Schedule(core.Scheduled.Index);
        var next = decision.Vcpu is { } chosen ? vcpus[chosen.Index] : null;
        core.SliceEnd = next is null ? VirtualTime.Never : VirtualTime.After(Now, decision.Slice);
        if (next == core.Current)
        {
            if (next is not null && core.HasStep)
            {
                ArmDue(core);
            }
            else if (next is not null)
            {
                BeginStep(core, Now);
            }

            return;
        }

        Switch(core, next);
        if (next is not null)
        {
            BeginStep(core, VirtualTime.After(Now, TurnCost(core, next)));
        }
    }

    private void Switch(HostCore core, HostVcpu? next)
    {
        if (core.Current is { } old)
        {
            if (core.HasStep)
            {
                Interrupt(core);
            }

            Note(SchedulingEvent.Switch, core.Scheduled.Index, next?.Scheduled.Index ?? -1,
                Now - old.Scheduled.LastRunEdge);
            old.Scheduled.IsRunning = false;
            old.Scheduled.LastRunEdge = Now;
            Enter(old, old.Scheduled.IsRunnable ? RunState.Runnable : RunState.Blocked, core.Scheduled.Index);
        }

        // Whatever was due for the one before is not any more.
        core.Generation++;
        core.Run(next, Now);
    }

    private long TurnCost(HostCore core, HostVcpu next)
    {
        var costs = Hardware.Costs;
        var isElsewhere = next.Scheduled.LastCore >= 0 && next.Scheduled.LastCore != core.Scheduled.Index;
        // A core that idled meanwhile still holds whom it ran last.
        var work = (core.LastRun == next.Scheduled.Index ? 0 : costs.ContextSwitch.Nanoseconds)
            + (isElsewhere ? costs.VcpuMigration.Nanoseconds : 0);
        core.LastRun = next.Scheduled.Index;
        next.Scheduled.IsRunning = true;
        next.Scheduled.LastCore = core.Scheduled.Index;
        next.Scheduled.LastRunEdge = Now;
        Enter(next, RunState.Running, core.Scheduled.Index);
        return Work.DurationOn(core.Scheduled.Type, work);
    }

    private void BeginStep(HostCore core, long start)
    {
        var step = core.Current!.Program.Begin(core.Scheduled.Type, start);
        core.HasStep = true;
        core.IsStepDivisible = step.IsDivisible;
        core.TurnStart = Now;
        core.StepStart = start;
        core.StepEnd = VirtualTime.After(start, step.Duration);
        ArmDue(core);
    }

    private void ArmDue(HostCore core)
    {
        core.Generation++;
        var due = core.IsStepDivisible ? Math.Min(core.StepEnd, core.SliceEnd) : core.StepEnd;
        events.Add(
            Math.Max(Now, due),
            new HostEvent(
                CoreTarget, (int)CoreEvent.Due, (core.Generation << CoreBits) | (long)core.Scheduled.Index));
    }

    private VcpuOutcome EndStep(HostCore core)
    {
        var vcpu = core.Current!;
        var elapsed = Math.Max(0, Now - core.StepStart);
        vcpu.SwitchTime += Now - core.TurnStart - elapsed;
        core.HasStep = false;
        return vcpu.Program.End(elapsed);
    }

    /// <summary>Ends a step that is not over because its core turns to somebody else.</summary>
    private void Interrupt(HostCore core)
    {
        if (Now < core.StepStart)
        {
            // The core was still turning to it: it has not executed, and begins again another time.
            core.Current!.SwitchTime += Now - core.TurnStart;
            core.HasStep = false;
        }
        else if (EndStep(core) != VcpuOutcome.GoOn)
        {
            throw new InvalidOperationException(
                $"{core.Current!.Guest.Domain.Name}: a step that was divided has to go on later");
        }
    }

    private void Enter(HostVcpu vcpu, RunState state, int core)
    {
        vcpu.Enter(state, Now);
        Note(SchedulingEvent.RunStateChange, core, vcpu.Scheduled.Index, (long)state);
    }

    private void Wake(HostVcpu vcpu)
    {
        if (!vcpu.Scheduled.IsRunnable)
        {
            vcpu.Scheduled.IsRunnable = true;
            if (vcpu.State == RunState.Blocked)
            {
                Enter(vcpu, RunState.Runnable, -1);
            }

            Note(SchedulingEvent.Wake, -1, vcpu.Scheduled.Index, 0);
            scheduler.Wake(vcpu.Scheduled);
        }
    }
}
