using Vee.Machines.Harts;
using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;
using Vee.Machines.State;

namespace Vee.Machines.Linux;

// Deterministic interleaving: harts take turns of a seeded length, the one furthest behind in virtual time first.
public sealed partial class ProcessMachine
{
    // Turns are long enough to cost nothing and short enough that timers are a few microseconds late at most.
    private const long TurnMin = 2_000;
    private const ulong TurnSpread = 8_000;
    private const ulong InterleavingStream = 0x6861_7274_7365_6564;

    private readonly SeededRandom interleaving;

    // The turn that is under way. A budget may cut it anywhere; nothing is decided at such a cut, so that runs of
    // 10 and 90 instructions leave exactly what a run of 100 leaves.
    private int turnHart = -1;
    private long turnLeft;
    private bool isPrepared;

    /// <summary>Sees each instruction before it is executed, with its thread's id; slow.</summary>
    public Action<int, Hart>? InstructionObserver { get; set; }

    /// <summary>Executes instructions of all harts, interleaved, until something ends the run.</summary>
    /// <param name="budget">Instructions at most, at least 1.</param>
    /// <param name="timeMax">Virtual time, as <see cref="Now"/>, that no instruction takes a hart beyond; only what a
    /// system call costs is charged after it. Like a budget, it changes nothing that the guest can see.</param>
    /// <returns>Why it ended. Equal machines given equal budgets and input end equally, bit for bit.</returns>
    public MachineExit Run(long budget, long timeMax = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        while (true)
        {
            if (NothingToRun() is { } end)
            {
                return end;
            }

            var hart = harts[turnHart];
            var thread = threadOn[turnHart]!;
            if (!isPrepared)
            {
                Prepare(thread, hart);
                if (!SettleAfterCall(thread))
                {
                    continue;
                }

                isPrepared = true;
            }

            var slice = Math.Min(Math.Min(turnLeft, budget), InstructionsUntil(timeMax, hart));
            if (slice == 0)
            {
                return new MachineExit(
                    budget == 0 ? MachineExitReason.BudgetExhausted : MachineExitReason.TimeReached);
            }

            if (InstructionObserver is { } observer)
            {
                slice = 1;
                observer(thread.Id, hart);
            }

            var exit = engines[turnHart].Current.Run(hart, slice);
            budget -= exit.Executed;
            turnLeft -= exit.Executed;
            if (exit.Trap.Cause != TrapCause.None)
            {
                process.Clock.AdvanceTo(hart.Now);
                if (exit.Trap.Fault == AccessFault.Absent)
                {
                    return new MachineExit(MachineExitReason.PageAbsent) { Address = exit.Trap.Value };
                }

                Handle(exit.Trap, thread, hart);
                turnLeft = TakeYield() ? 0 : turnLeft;
                SettleAfterCall(thread);
            }

            if (turnLeft <= 0 && turnHart >= 0)
            {
                EndTurn(thread, hart);
            }
        }
    }

    /// <summary>Instructions that end before a time even if each is the slowest.</summary>
    private static long InstructionsUntil(long time, Hart hart)
    {
        if (time == long.MaxValue)
        {
            return time;
        }

        return hart.CyclesUntil(time + VirtualClock.Start) / hart.Costs.CyclesMax;
    }

    /// <summary>Why no instruction can be executed now; null when a hart has the turn.</summary>
    private MachineExit? NothingToRun() =>
        process.Ending is { } ending ? new MachineExit(MachineExitReason.Ended) { Ending = ending }
        : process.StopSignal != 0 ? Stopped()
        : turnHart < 0 && !TryBeginTurn() ? Idle()
        : null;

    private MachineExit Stopped() => new(MachineExitReason.Stopped) { Signal = process.StopSignal };

    private MachineExit Idle()
    {
        var deadline = Math.Min(process.Threads.NextDeadline, process.Timers.NextDeadline);
        return new MachineExit(MachineExitReason.Idle)
        {
            Deadline = deadline == GuestThread.Never ? null : deadline - VirtualClock.Start,
        };
    }

    private void Expire()
    {
        var now = process.Clock.Instant;
        process.Timers.Expire(now);
        process.Threads.Expire(now);
    }

    /// <summary>Gives free harts threads that wait for one, and the turn to the hart that is furthest behind.</summary>
    private bool TryBeginTurn()
    {
        Expire();
        FillHarts();
        for (var index = 0; index < harts.Length; index++)
        {
            if (threadOn[index] is not null && (turnHart < 0 || harts[index].Now < harts[turnHart].Now))
            {
                turnHart = index;
            }
        }

        turnLeft = TurnMin + (long)interleaving.Next(TurnSpread);
        isPrepared = false;
        return turnHart >= 0;
    }

    private void FillHarts()
    {
        for (var index = 0; index < harts.Length; index++)
        {
            if (threadOn[index] is null && process.Threads.TakeRunnable() is { } thread)
            {
                Mount(thread, index);
            }
        }
    }

    private void Mount(GuestThread thread, int index)
    {
        var hart = harts[index];
        hart.LoadContext(thread.Context);
        hart.AdvanceTo(thread.ReadyTime);
        thread.MountedAt = hart.Now;
        thread.Hart = hart;
        thread.State = GuestThreadState.Running;
        threadOn[index] = thread;
    }

    private void Unmount(GuestThread thread)
    {
        var hart = thread.Hart!;
        hart.SaveContext(thread.Context);
        thread.CpuTime += hart.Now - thread.MountedAt;
        process.EndedThreadsCpuTime += thread.State == GuestThreadState.Exited ? thread.CpuTime : 0;
        thread.Hart = null;
        threadOn[hart.Index] = null;
    }

    /// <summary>What a thread has to do before its next instruction: a call that waited, signals.</summary>
    private void Prepare(GuestThread thread, Hart hart)
    {
        process.Clock.AdvanceTo(hart.Now);
        if (thread.IsInCall)
        {
            dispatcher.Resume(thread, hart);
        }

        DeliverSignals(thread, hart);
    }

    private void DeliverSignals(GuestThread thread, Hart hart)
    {
        var isRunning = thread.State == GuestThreadState.Running;
        if (isRunning && (process.SignalDelivery.HasDeliverable(thread) || thread.Signals.MaskToRestore is not null))
        {
            process.SignalDelivery.Deliver(thread, hart);
        }
    }

    /// <summary>Takes a thread that waits or has ended off its hart and ends the turn.</summary>
    /// <returns>Whether the thread runs on.</returns>
    private bool SettleAfterCall(GuestThread thread)
    {
        if (thread.State == GuestThreadState.Running)
        {
            return true;
        }

        Unmount(thread);
        turnHart = -1;
        return false;
    }

    private void EndTurn(GuestThread thread, Hart hart)
    {
        process.Clock.AdvanceTo(hart.Now);

        // Another hart may store to the reserved line before this one's next turn.
        hart.ClearReservation();
        turnHart = -1;
        Expire();
        FillHarts();
        if (process.Threads.RunnableCount > 0)
        {
            Unmount(thread);
            process.Threads.Yield(thread);
        }
    }

    /// <summary>Whether the call that has just been handled gave the turn away.</summary>
    private bool TakeYield()
    {
        var isYielded = process.IsTurnYielded;
        process.IsTurnYielded = false;
        return isYielded;
    }

    private void Handle(Trap trap, GuestThread thread, Hart hart)
    {
        if (trap.Cause == TrapCause.EnvironmentCall)
        {
            dispatcher.Begin(thread, hart);
            DeliverSignals(thread, hart);
            return;
        }

        if (trap.Fault == AccessFault.OutOfMemory)
        {
            process.EndBySignal(SignalNumbers.Kill, new FatalTrap(thread.Id, hart, trap));
            return;
        }

        var (signal, code) = trap.Cause switch
        {
            TrapCause.IllegalInstruction => (SignalNumbers.Ill, SignalCodes.IllegalOpcode),
            TrapCause.Breakpoint => (SignalNumbers.Trap, SignalCodes.TrapBreakpoint),
            TrapCause.MisalignedAtomic => (SignalNumbers.Bus, SignalCodes.BusAlignment),
            _ when trap.Fault == AccessFault.Forbidden && process.Mappings.Allows(trap) =>
                (SignalNumbers.Bus, SignalCodes.BusNoMemory),
            _ => (SignalNumbers.Segv,
                trap.Fault == AccessFault.Forbidden ? SignalCodes.AddressForbidden : SignalCodes.AddressNotMapped),
        };
        var address = trap.Cause is TrapCause.IllegalInstruction or TrapCause.Breakpoint ? hart.Pc : trap.Value;
        process.SignalDelivery.DeliverFault(thread, hart, new SignalInfo(signal, code) { Value = address }, trap);
    }
}
