using System.Diagnostics;
using Vee.Cli.Terminals;
using Vee.Machines.Linux;

namespace Vee.Cli.Running;

/// <summary>How a machine's run came to its end.</summary>
internal enum LoopEnd : byte
{
    /// <summary>The process ended; the machine knows how.</summary>
    Ended = 1,

    /// <summary>Every thread waits for something that cannot come.</summary>
    Deadlock,

    /// <summary>The user insisted.</summary>
    Killed,
}

/// <summary>
/// Runs a machine in slices short enough that signals and input do not wait. The length of a slice
/// changes nothing that the guest can see.
/// </summary>
internal sealed class MachineLoop(
    ProcessMachine machine, HostConsole console, SignalInbox signals, JobControl jobs, IdleTime idle, WakeUp wakeUp,
    TimeProvider time)
{
    private const long BudgetMin = 1_000;
    private const long BudgetMax = 100_000_000;
    private static readonly TimeSpan SliceTarget = TimeSpan.FromMilliseconds(20);

    private long budget = 200_000;

    /// <summary>Runs until there is nothing more to run.</summary>
    internal LoopEnd Run()
    {
        while (!signals.IsKilled)
        {
            DeliverNews();
            var start = time.GetTimestamp();
            var exit = machine.Run(budget);
            switch (exit.Reason)
            {
                case MachineExitReason.BudgetExhausted:
                    AdaptBudget(time.GetElapsedTime(start));
                    break;
                case MachineExitReason.Ended:
                    return LoopEnd.Ended;
                case MachineExitReason.Idle:
                    if (!idle.TryPass(exit.Deadline))
                    {
                        return LoopEnd.Deadlock;
                    }

                    break;
                case MachineExitReason.Stopped:
                    jobs.StopWithGuest();
                    wakeUp.Wait(null);
                    break;
                default:
                    throw new UnreachableException($"A machine with all its pages ended with {exit.Reason}.");
            }
        }

        return LoopEnd.Killed;
    }

    private void DeliverNews()
    {
        jobs.Deliver();
        if (console.TakeNews())
        {
            machine.ConsoleChanged();
        }
    }

    private void AdaptBudget(TimeSpan took)
    {
        if (took > SliceTarget)
        {
            budget = Math.Max(BudgetMin, budget / 2);
        }
        else if (took < SliceTarget / 4)
        {
            budget = Math.Min(BudgetMax, budget * 2);
        }
    }
}
