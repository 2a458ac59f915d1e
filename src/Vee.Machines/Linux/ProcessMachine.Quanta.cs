using Vee.Machines.Harts;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux;

// Scheduled harts: a hypervisor says which hart executes, when and until when, one at a time. Each hart has a time of
// its own, so a hart that waits for a core sees the time pass that it was not given.
public sealed partial class ProcessMachine
{
    // Whether a hart's thread has had its calls and signals seen to in this quantum. What a quantum is cut into by
    // budgets then changes nothing that the guest can see.
    private readonly bool[] isHartPrepared;

    // Whether a hart has executed in this quantum: one instruction it does, however slow its clock.
    private readonly bool[] hasExecuted;

    /// <summary>Threads that wait for a hart.</summary>
    public int WaitingThreadCount => CanExecute ? process.Threads.RunnableCount : 0;

    /// <summary>The standard streams.</summary>
    public IConsole Console => process.Console;

    /// <summary>When something happens by itself while no hart executes; null for never.</summary>
    public long? NextDeadline => Idle().Deadline;

    private bool HasSeveralHarts => harts.Length > 1;

    private bool CanExecute => process.Ending is null && process.StopSignal == 0;

    /// <summary>A hart's own time, as <see cref="Now"/>.</summary>
    public long TimeOf(int index) => harts[index].Now - VirtualClock.Start;

    /// <summary>Whether a hart would execute: it has a thread, or one waits for a hart and is ready by the hart's
    /// time.</summary>
    public bool HasWorkFor(int index) =>
        HasThread(index) || (CanExecute && process.Threads.IsAnyReady(harts[index].Now));

    /// <summary>Whether a hart has a thread that can go on.</summary>
    public bool HasThread(int index) => CanExecute && threadOn[index] is not null;

    /// <summary>Threads that wait for a hart and are ready by a time: some may be ready only later, when the hart that
    /// wakes them or lets go of them, and has been executed already, has come so far.</summary>
    /// <param name="time">As <see cref="Now"/>.</param>
    public int CountReady(long time) => CanExecute ? process.Threads.CountReady(time + VirtualClock.Start) : 0;

    /// <summary>When the next thread is ready that waits for a hart and is not by a time; null for never.</summary>
    /// <param name="after">As <see cref="Now"/>.</param>
    public long? NextReadyTime(long after) =>
        CanExecute && process.Threads.NextReadyTime(after + VirtualClock.Start) is var next and < GuestThread.Never
            ? next - VirtualClock.Start
            : null;

    /// <summary>
    /// What is done to the machine from outside from here on happens at a time, whatever times its harts have come to;
    /// timers that are due then expire.
    /// </summary>
    /// <param name="time">As <see cref="Now"/>.</param>
    public void TurnTo(long time)
    {
        process.Clock.TurnTo(time + VirtualClock.Start);
        Expire();
    }

    /// <summary>Charges and clocks a hart anew, as when it goes on on another core.</summary>
    /// <param name="index">The hart.</param>
    /// <param name="costs">What the core is like.</param>
    public void SetCosts(int index, CostModel costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        harts[index].SetCosts(costs);
        engines[index].Choose(costs);
    }

    /// <summary>
    /// Begins a stretch in which a hart executes without an end between: its time passes to the beginning. When it is
    /// executed, timers that are due at the beginning expire, and signals reach its thread.
    /// </summary>
    /// <param name="index">The hart.</param>
    /// <param name="time">The beginning, as <see cref="Now"/>; a hart that is further stays where it is.</param>
    public void BeginQuantum(int index, long time)
    {
        var hart = harts[index];
        hart.AdvanceTo(time + VirtualClock.Start);
        // Others may have stored to the reserved line meanwhile.
        hart.ClearReservation();
        isHartPrepared[index] = false;
        hasExecuted[index] = false;
    }

    /// <summary>Executes one hart in the quantum that was begun.</summary>
    /// <param name="index">The hart.</param>
    /// <param name="timeMax">As for <see cref="Run"/>: the end of the quantum.</param>
    /// <param name="budget">Instructions at most; what is left can be executed by another call.</param>
    /// <returns>
    /// TimeReached, BudgetExhausted, Ended, Stopped, PageAbsent, or Idle when the hart has no thread (any more),
    /// without a deadline. After PageAbsent the same hart goes on in another quantum, at best when the page is there.
    /// </returns>
    /// <remarks>
    /// Equal calls on equal machines have equal results, bit for bit. A thread is woken at the time of the hart that
    /// wakes it, and only a hart that has come so far takes it. Where a thread leaves one of several harts, the quantum
    /// ends: who comes next is decided when all have come so far. Anything else that takes effect for other harts does
    /// so at once, although their own time may not have come so far: the quantum bounds how far.
    /// </remarks>
    public MachineExit RunQuantum(int index, long timeMax, long budget = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        if (coroutine is { } own)
        {
            return RunIncomplete(own, index, timeMax, budget);
        }

        // Nobody else has it; what is shared with parallel harts expects it to be held.
        lock (kernel)
        {
            return RunQuantum_NeedsLock(index, timeMax, budget);
        }
    }

    private MachineExit RunQuantum_NeedsLock(int index, long timeMax, long budget)
    {
        var hart = harts[index];
        process.Clock.TurnTo(hart.Now);
        while (true)
        {
            if (EndOrStop() is { } end)
            {
                return end;
            }

            if (!isHartPrepared[index])
            {
                var isLeft = hasExecuted[index] && threadOn[index] is null && HasSeveralHarts;
                if (isLeft || !TryTakeInQuantum(index))
                {
                    return EndOrStop() ?? new MachineExit(MachineExitReason.Idle);
                }

                isHartPrepared[index] = true;
            }

            var room = InstructionsUntil(timeMax, hart);
            room = room == 0 && !hasExecuted[index] ? 1 : room;
            var slice = Math.Min(Math.Min(parallelTurnLeft[index], budget), room);
            if (slice == 0)
            {
                return new MachineExit(
                    budget == 0 ? MachineExitReason.BudgetExhausted : MachineExitReason.TimeReached);
            }

            var exit = engines[index].Current.Run(hart, slice);
            budget -= exit.Executed;
            hasExecuted[index] = true;
            if (exit.Trap.Fault == AccessFault.Absent)
            {
                process.Clock.AdvanceTo(hart.Now);
                parallelTurnLeft[index] = Math.Max(1, parallelTurnLeft[index] - exit.Executed);
                return new MachineExit(MachineExitReason.PageAbsent) { Address = exit.Trap.Value };
            }

            FinishInQuantum(exit, threadOn[index]!, hart);
            isHartPrepared[index] = threadOn[index] is not null;
        }
    }

    /// <summary>Gives a hart a thread that is ready, with its calls and signals seen to.</summary>
    /// <returns>False when there is none.</returns>
    private bool TryTakeInQuantum(int index)
    {
        var hart = harts[index];
        while (CanExecute)
        {
            Expire();
            if (threadOn[index] is null)
            {
                if (process.Threads.TakeRunnable(hart.Now) is not { } next)
                {
                    return false;
                }

                Mount(next, index);
                parallelTurnLeft[index] = ParallelTurn;
            }

            var thread = threadOn[index]!;
            Prepare(thread, hart);
            if (thread.State == GuestThreadState.Running)
            {
                return true;
            }

            LeaveToWait(thread, hart);
        }

        return false;
    }

    private void FinishInQuantum(HartExit exit, GuestThread thread, Hart hart)
    {
        process.Clock.AdvanceTo(hart.Now);
        ref var left = ref parallelTurnLeft[hart.Index];
        left -= exit.Executed;
        if (exit.Trap.Cause != TrapCause.None)
        {
            Handle(exit.Trap, thread, hart);
            left = TakeYield() ? 0 : left;
            if (HasSeveralHarts)
            {
                // A call costs time, and its thread leaves only after it. Nobody could take it earlier from the only
                // hart.
                process.Clock.AdvanceTo(hart.Now);
            }
        }

        if (thread.State != GuestThreadState.Running)
        {
            LeaveToWait(thread, hart);
        }
        else if (left <= 0)
        {
            left = ParallelTurn;
            if (process.Threads.IsAnyReady(hart.Now))
            {
                Unmount(thread);
                process.Threads.Yield(thread);
            }
        }
    }

    /// <summary>Takes a thread off its hart that waits or has ended. Nobody wakes it before it has begun to wait.
    /// </summary>
    private void LeaveToWait(GuestThread thread, Hart hart)
    {
        Unmount(thread);
        thread.ReadyTime = hart.Now;
    }

    private MachineExit? EndOrStop() =>
        process.Ending is { } ending ? new MachineExit(MachineExitReason.Ended) { Ending = ending }
        : process.StopSignal != 0 ? Stopped()
        : null;
}
