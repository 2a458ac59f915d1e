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
    public int WaitingThreadCount =>
        process.Ending is null && process.StopSignal == 0 ? process.Threads.RunnableCount : 0;

    /// <summary>The standard streams.</summary>
    public IConsole Console => process.Console;

    /// <summary>When something happens by itself while no hart executes; null for never.</summary>
    public long? NextDeadline => Idle().Deadline;

    /// <summary>A hart's own time, as <see cref="Now"/>.</summary>
    public long TimeOf(int index) => harts[index].Now - VirtualClock.Start;

    /// <summary>Whether a hart would execute: it has a thread, or one waits for a hart.</summary>
    public bool HasWorkFor(int index) =>
        HasThread(index) || WaitingThreadCount > 0;

    /// <summary>Whether a hart has a thread that can go on.</summary>
    public bool HasThread(int index) =>
        process.Ending is null && process.StopSignal == 0 && threadOn[index] is not null;

    /// <summary>Clocks a hart anew, as when it goes on on another core.</summary>
    /// <param name="index">The hart.</param>
    /// <param name="frequencyHertz">Cycles per second of virtual time, 1 MHz to 100 GHz.</param>
    public void SetFrequency(int index, ulong frequencyHertz) => harts[index].SetFrequency(frequencyHertz);

    /// <summary>
    /// Begins a stretch in which a hart executes without an end between: its time passes to the beginning, timers that
    /// are due expire, and signals reach its thread.
    /// </summary>
    /// <param name="index">The hart.</param>
    /// <param name="time">The beginning, as <see cref="Now"/>; a hart that is further stays where it is.</param>
    public void BeginQuantum(int index, long time)
    {
        var hart = harts[index];
        hart.AdvanceTo(time + VirtualClock.Start);
        // Others may have stored to the reserved line meanwhile.
        hart.ClearReservation();
        process.Clock.AdvanceTo(hart.Now);
        isHartPrepared[index] = false;
        hasExecuted[index] = false;
    }

    /// <summary>Executes one hart in the quantum that was begun.</summary>
    /// <param name="index">The hart.</param>
    /// <param name="timeMax">As for <see cref="Run"/>: the end of the quantum.</param>
    /// <param name="budget">Instructions at most; what is left can be executed by another call.</param>
    /// <returns>
    /// TimeReached, BudgetExhausted, Ended, Stopped, PageAbsent, or Idle when no thread wants this hart, without a
    /// deadline.
    /// </returns>
    /// <remarks>
    /// Equal calls on equal machines have equal results, bit for bit. A call that takes effect for other harts does so
    /// at once, although their own time may not have come so far: the quantum bounds how far.
    /// </remarks>
    public MachineExit RunQuantum(int index, long timeMax, long budget = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        // Nobody else has it; what is shared with parallel harts expects it to be held.
        lock (kernel)
        {
            return RunQuantum_NeedsLock(index, timeMax, budget);
        }
    }

    private MachineExit RunQuantum_NeedsLock(int index, long timeMax, long budget)
    {
        var hart = harts[index];
        while (true)
        {
            if (EndOrStop() is { } end)
            {
                return end;
            }

            if (!isHartPrepared[index])
            {
                if (TakeForHart(index) is null)
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

            var exit = engines[index].Run(hart, slice);
            budget -= exit.Executed;
            hasExecuted[index] = true;
            if (exit.Trap.Fault == AccessFault.Absent)
            {
                return new MachineExit(MachineExitReason.PageAbsent) { Address = exit.Trap.Value };
            }

            FinishParallelTurn(exit, threadOn[index]!, hart);
            isHartPrepared[index] = threadOn[index] is not null;
        }
    }

    private MachineExit? EndOrStop() =>
        process.Ending is { } ending ? new MachineExit(MachineExitReason.Ended) { Ending = ending }
        : process.StopSignal != 0 ? Stopped()
        : null;
}
