using System.Diagnostics;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Linux;
using Vee.Machines.Memory;
using Vee.Machines.State;

namespace Vee.Hypervisor.Guests;

// Harts as vCPUs: quanta, and what follows from them.
public sealed partial class MachineGuest
{
    private readonly Dictionary<CoreClass, CostModel> costs = new(ReferenceEqualityComparer.Instance);

    /// <summary>What instructions cost on a core: as in the machine's model, but for what the core says.</summary>
    private CostModel CostsOn(CoreClass core)
    {
        if (!costs.TryGetValue(core, out var known))
        {
            known = machine.Options.Costs.At((ulong)core.FrequencyMHz * 1_000_000).With(
                core.CyclesPerInstruction.ToDictionary(
                    cycles => Enum.Parse<InstructionClass>(cycles.Key, ignoreCase: true), cycles => cycles.Value));
            costs.Add(core, known);
        }

        return known;
    }

    private sealed class HartVcpu(MachineGuest guest, int index) : IVcpu
    {
        private VcpuOutcome outcome;

        public int Index => index;

        /// <summary>Whether it blocks for want of a thread and nobody has woken it.</summary>
        public bool IsIdle { get; set; } = true;

        /// <summary>The page that it blocks for.</summary>
        public PageNumber? AwaitedPage { get; private set; }

        /// <summary>Virtual time of the host since when it does.</summary>
        public long AwaitedSince { get; private set; }

        /// <summary>What it dirties of pages that are being sent.</summary>
        public DirtyQuota Quota { get; } = new();

        /// <summary>Whether it does not execute until it is woken.</summary>
        public bool IsBlocked { get; private set; }

        /// <summary>The page is here.</summary>
        public void StopAwaiting() => AwaitedPage = null;

        public VcpuStep Begin(CoreClass core, long start)
        {
            IsBlocked = false;
            if (!guest.MayExecute(index) || guest.hasFailed)
            {
                outcome = VcpuOutcome.Block;
                return new VcpuStep(0, IsDivisible: false);
            }

            if (Quota.TryWait(start))
            {
                outcome = VcpuOutcome.Block;
                return new VcpuStep(0, IsDivisible: false);
            }

            guest.Observer?.Executing();
            // As it is if executing shows a defect.
            outcome = VcpuOutcome.Block;
            var step = new VcpuStep(0, IsDivisible: false);
            guest.Guard(() => step = Execute(core, start));
            guest.executing = null;
            guest.Observer?.Executed();
            return step;
        }

        private VcpuStep Execute(CoreClass core, long start)
        {
            var machine = guest.machine;
            var begin = start - guest.bornAt;
            var retired = machine.Harts[index].Retired;
            var dirtied = machine.Memory.DirtiedCount;
            machine.SetCosts(index, guest.CostsOn(core));
            machine.BeginQuantum(index, begin);
            guest.executing = this;
            MachineExit exit;
            do
            {
                exit = machine.RunQuantum(index, begin + guest.quantum, guest.sliceBudget);
            }
            while (exit.Reason == MachineExitReason.BudgetExhausted);

            guest.FirstExecutedAt ??= machine.Harts[index].Retired == retired ? null : start;
            guest.NoteEnd(guest.bornAt + machine.TimeOf(index));
            Quota.Add(machine.Memory.DirtiedCount - dirtied, start, guest.bornAt + machine.TimeOf(index));
            if (exit.Reason == MachineExitReason.PageAbsent)
            {
                AwaitedPage = PageNumber.Of(exit.Address);
                AwaitedSince = guest.bornAt + machine.TimeOf(index);
                guest.IsStalled |= machine.IsStalled;
            }
            else if (guest.IsAnyIdle && !guest.IsStalled)
            {
                // What this hart does for those that idle comes when it does it, and may do so at once.
                guest.ExpectNext(after: guest.port.Now - 1);
            }

            outcome = exit.Reason switch
            {
                MachineExitReason.TimeReached => VcpuOutcome.GoOn,
                MachineExitReason.Idle or MachineExitReason.Ended or MachineExitReason.Stopped
                    or MachineExitReason.PageAbsent => VcpuOutcome.Block,
                _ => throw new UnreachableException($"a quantum ended with {exit.Reason}"),
            };
            return new VcpuStep(Math.Max(0, machine.TimeOf(index) - begin), IsDivisible: false);
        }

        public VcpuOutcome End(long elapsed)
        {
            var result = VcpuOutcome.Block;
            guest.Guard(() => result = Settle());
            // Only now: it is not blocked yet, and cannot be woken.
            IsBlocked = result == VcpuOutcome.Block;
            IsIdle = IsBlocked && AwaitedPage is null && !Quota.IsWaiting;
            guest.LookWhetherIdle();
            return result;
        }

        private VcpuOutcome Settle()
        {
            var machine = guest.machine;
            if (guest.IsStalled && !machine.IsStalled)
            {
                guest.EndStall();
            }

            if (Quota.IsWaiting && machine.Ending is null && !guest.IsStill)
            {
                guest.Throttle(this);
                return VcpuOutcome.Block;
            }

            Quota.EndWait(guest.port.Now);
            if (machine.Ending is not null)
            {
                guest.TellEnd();
                return VcpuOutcome.Block;
            }

            if (AwaitedPage is { } page)
            {
                return Await(page);
            }

            if (guest.IsStill || guest.hasFailed)
            {
                return VcpuOutcome.Block;
            }

            // A thread may have become ready for this hart since it looked.
            var result = outcome == VcpuOutcome.Block && machine.HasWorkFor(index) ? VcpuOutcome.GoOn : outcome;
            var takesOne = result == VcpuOutcome.GoOn && !machine.HasThread(index);
            if (!takesOne)
            {
                guest.WakeWaiting();
            }

            // Only now: it is not blocked yet, and cannot be woken.
            IsIdle = result == VcpuOutcome.Block;
            // If its core goes on with it, it takes a thread now; others are woken for what is left then.
            guest.ExpectNext(after: takesOne ? guest.port.Now - 1 : guest.port.Now);
            return result;
        }

        private VcpuOutcome Await(PageNumber page)
        {
            if (guest.machine.Memory.IsAbsent(page))
            {
                guest.PageWanted?.Invoke(page);
            }
            else if (guest.MayExecute(index))
            {
                StopAwaiting();
                return VcpuOutcome.GoOn;
            }

            return VcpuOutcome.Block;
        }

        public void Save(StateWriter state)
        {
            state.Boolean("isIdle", IsIdle);
            state.UInt64("outcome", (ulong)outcome);
        }

        public void Restore(StateReader state)
        {
            IsIdle = state.Boolean("isIdle");
            outcome = (VcpuOutcome)state.UInt64("outcome", (ulong)VcpuOutcome.Yield);
        }
    }
}
