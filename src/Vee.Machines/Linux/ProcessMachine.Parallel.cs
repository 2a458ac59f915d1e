using Vee.Machines.Harts;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux;

// Parallel harts: each is run by a host thread of the caller's. Instructions of different harts overlap; everything
// else, system calls included, happens under one lock.
public sealed partial class ProcessMachine
{
    // Longer than an interleaved turn: taking the lock is what a turn costs, and there is no order to keep.
    private const long ParallelTurn = 50_000;

    private readonly object kernel = new();

    // What is left of each hart's turn; calls are part of it, or a thread that makes many would never be relieved.
    private readonly long[] parallelTurnLeft;
    private int idleHarts;
    private bool isStopping;

    // Harts that execute instructions now, and harts that wait for there to be none, to take memory away.
    private int executingHarts;
    private int exclusiveCalls;

    /// <summary>
    /// Runs one hart until the process ends, all harts are idle or <see cref="StopHarts"/> is called. Call it from one
    /// host thread per hart, for all harts of the machine; how the host schedules them decides what happens.
    /// </summary>
    /// <param name="index">The hart, 0..<see cref="ProcessOptions.HartCount"/>-1.</param>
    /// <returns>
    /// Ended, PageAbsent, BudgetExhausted after <see cref="StopHarts"/>, or Idle or Stopped: those only on the thread
    /// of the last hart that became idle, which lets time pass or brings input or SIGCONT and calls again, while the
    /// others wait.
    /// </returns>
    public MachineExit RunHart(int index)
    {
        var hart = harts[index];
        while (true)
        {
            GuestThread thread;
            lock (kernel)
            {
                if (WaitForThread(index, out thread) is { } end)
                {
                    return end;
                }

                executingHarts++;
            }

            var exit = engines[index].Current.Run(hart, parallelTurnLeft[index]);
            lock (kernel)
            {
                executingHarts--;
                if (exclusiveCalls > 0)
                {
                    Monitor.PulseAll(kernel);
                }

                if (exit.Trap.Fault == AccessFault.Absent)
                {
                    return new MachineExit(MachineExitReason.PageAbsent) { Address = exit.Trap.Value };
                }

                FinishParallelTurn(exit, thread, hart);
            }
        }
    }

    /// <summary>Makes every <see cref="RunHart"/> return, now and from then on.</summary>
    public void StopHarts()
    {
        lock (kernel)
        {
            isStopping = true;
            Monitor.PulseAll(kernel);
        }
    }

    /// <summary>Waits, holding the lock, until there is a thread to run.</summary>
    /// <returns>Why there will be none, or null.</returns>
    private MachineExit? WaitForThread(int index, out GuestThread thread)
    {
        thread = null!;
        while (true)
        {
            if (process.Ending is { } ending)
            {
                Monitor.PulseAll(kernel);
                return new MachineExit(MachineExitReason.Ended) { Ending = ending };
            }

            if (isStopping)
            {
                return new MachineExit(MachineExitReason.BudgetExhausted);
            }

            if (exclusiveCalls > 0)
            {
                Monitor.Wait(kernel);
                continue;
            }

            if (TakeForHart(index) is { } found)
            {
                thread = found;
                return null;
            }

            if (process.Ending is not null)
            {
                continue;
            }

            if (idleHarts + 1 == harts.Length && process.StopSignal != 0)
            {
                return Stopped();
            }

            // A hart that keeps its thread while the process is stopped has been woken, but may not have looked yet.
            if (idleHarts + 1 == harts.Length && Array.TrueForAll(threadOn, mounted => mounted is null))
            {
                return Idle();
            }

            idleHarts++;
            Monitor.Wait(kernel);
            idleHarts--;
        }
    }

    /// <summary>The thread that a hart is to run, with its calls and signals seen to; null when there is
    /// none.</summary>
    private GuestThread? TakeForHart(int index)
    {
        while (process.Ending is null && process.StopSignal == 0)
        {
            Expire();
            if (threadOn[index] is null)
            {
                if (process.Threads.TakeRunnable() is not { } next)
                {
                    return null;
                }

                Mount(next, index);
                parallelTurnLeft[index] = ParallelTurn;
            }

            var thread = threadOn[index]!;
            Prepare(thread, harts[index]);
            if (thread.State == GuestThreadState.Running)
            {
                return thread;
            }

            Unmount(thread);
        }

        return null;
    }

    private void FinishParallelTurn(HartExit exit, GuestThread thread, Hart hart)
    {
        process.Clock.AdvanceTo(hart.Now);
        ref var left = ref parallelTurnLeft[hart.Index];
        left -= exit.Executed;
        if (exit.Trap.Cause != TrapCause.None)
        {
            HandleInParallel(exit.Trap, thread, hart);
            left = TakeYield() ? 0 : left;
        }

        if (thread.State != GuestThreadState.Running)
        {
            Unmount(thread);
        }
        else if (left <= 0)
        {
            left = ParallelTurn;
            if (process.Threads.RunnableCount > 0)
            {
                Unmount(thread);
                process.Threads.Yield(thread);
            }
        }

        if (idleHarts > 0 && (process.Threads.RunnableCount > 0 || process.Ending is not null))
        {
            Monitor.PulseAll(kernel);
        }
    }

    /// <summary>
    /// Handles a trap; a call that takes memory away waits until no hart executes instructions: an access that is under
    /// way has passed its check, and would meet host pages that are gone.
    /// </summary>
    private void HandleInParallel(Trap trap, GuestThread thread, Hart hart)
    {
        if (trap.Cause != TrapCause.EnvironmentCall || !dispatcher.TakesMemoryAway(hart))
        {
            Handle(trap, thread, hart);
            return;
        }

        exclusiveCalls++;
        while (executingHarts > 0)
        {
            Monitor.Wait(kernel);
        }

        Handle(trap, thread, hart);
        exclusiveCalls--;
        Monitor.PulseAll(kernel);
    }
}
