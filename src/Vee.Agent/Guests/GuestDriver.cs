using System.Diagnostics;
using Vee.Agent.Scheduling;
using Vee.Machines.Linux;
using Vee.Machines.Networking;

namespace Vee.Agent.Guests;

/// <summary>What the world has for a machine before it runs on.</summary>
internal interface IGuestNews
{
    /// <summary>Whether anything has come.</summary>
    bool HasNews { get; }

    /// <summary>Takes what came over the network, one message at a time.</summary>
    bool TryTakeMessage(out NetworkMessage? message);

    /// <summary>Takes the news that the console has input.</summary>
    bool TakeConsoleNews();
}

/// <summary>How far a drive came.</summary>
internal enum DriveResult : byte
{
    /// <summary>The turn is over; there is more to do.</summary>
    TurnOver = 1,

    /// <summary>Virtual time has caught up with the wall's.</summary>
    CaughtUp,

    /// <summary>It waits, for a time or for news.</summary>
    Idle,

    /// <summary>Every thread waits for something that cannot come.</summary>
    Deadlocked,

    /// <summary>A signal has stopped it.</summary>
    Suspended,

    /// <summary>The process has ended.</summary>
    Ended,
}

/// <summary>
/// Runs one machine in step with the wall: never ahead of the clock's limit, and as far behind it as this computer
/// cannot keep up. Used by one thread at a time; others may read the numbers.
/// </summary>
internal sealed class GuestDriver
{
    /// <summary>How long a turn takes at most, but for one run's surplus.</summary>
    internal static readonly TimeSpan TurnLength = TimeSpan.FromMilliseconds(1);

    // An idle machine's time passes up to this far behind the limit, so that what wakes it can be answered at once.
    private const long ReserveNanoseconds = 250_000;
    private const long BudgetMin = 1_000;
    private const long BudgetMax = 10_000_000;

    private readonly ProcessMachine machine;
    private readonly PacedClock clock;
    private readonly IGuestNews news;
    private readonly TimeProvider time;
    private readonly GuestMeters meters;
    private readonly long firstHartTime;

    private long budget = 100_000;
    private bool isIdle;
    private bool isSuspended;
    private long deadline = long.MaxValue;

    private long retired;
    private long now;
    private long busyTimestamps;
    private long presentPages;
    private long dueTime;

    internal GuestDriver(
        ProcessMachine machine, PacedClock clock, IGuestNews news, GuestMeters meters, TimeProvider time)
    {
        this.machine = machine;
        this.clock = clock;
        this.news = news;
        this.meters = meters;
        this.time = time;
        firstHartTime = machine.Harts[0].Now;
    }

    /// <summary>Instructions executed.</summary>
    internal long RetiredCount => Volatile.Read(ref retired);

    /// <summary>Virtual nanoseconds that have passed for the machine.</summary>
    internal long VirtualNanoseconds => Volatile.Read(ref now);

    /// <summary>Pages of its RAM in use.</summary>
    internal long PresentPages => Volatile.Read(ref presentPages);

    /// <summary>Virtual time of what it has to do next; long.MaxValue when it has nothing to do.</summary>
    internal long DueTime => Volatile.Read(ref dueTime);

    /// <summary>Wall time that was spent on it.</summary>
    internal TimeSpan Busy => time.GetElapsedTime(0, Volatile.Read(ref busyTimestamps));

    /// <summary>The wall's timestamp at which it goes on by itself; long.MaxValue for never.</summary>
    internal long WakeTimestamp => isSuspended || deadline == long.MaxValue
        ? long.MaxValue
        : clock.TimestampOf(deadline + ReserveNanoseconds);

    /// <summary>Runs the machine for a turn.</summary>
    internal DriveResult Drive()
    {
        var start = time.GetTimestamp();
        DriveResult result;
        do
        {
            result = DriveOnce();
        }
        while (result == DriveResult.TurnOver && time.GetElapsedTime(start) < TurnLength);

        Publish(result);
        Interlocked.Add(ref busyTimestamps, time.GetTimestamp() - start);
        return result;
    }

    /// <summary>Lets the time pass that an idle machine has not seen yet; before its time is held.</summary>
    internal void CatchUp()
    {
        if (isIdle || isSuspended)
        {
            AdvanceIdle(clock.Limit);
            Publish(DriveResult.Idle);
        }
    }

    /// <summary>Sends the process a signal.</summary>
    internal void SendSignal(int number) => machine.SendSignal(number);

    private DriveResult DriveOnce()
    {
        var limit = clock.Limit;
        if (isIdle || isSuspended)
        {
            // The limit is nearer than the reserve only when the machine has just begun.
            AdvanceIdle(limit - ReserveNanoseconds);
        }

        DeliverNews();
        var runStart = time.GetTimestamp();
        var exit = machine.Run(budget, limit);
        isSuspended = false;
        switch (exit.Reason)
        {
            case MachineExitReason.BudgetExhausted:
                isIdle = false;
                AdaptBudget(time.GetElapsedTime(runStart));
                return DriveResult.TurnOver;
            case MachineExitReason.TimeReached:
                isIdle = false;
                return DriveResult.CaughtUp;
            case MachineExitReason.Ended:
                return DriveResult.Ended;
            case MachineExitReason.Stopped:
                isSuspended = true;
                return DriveResult.Suspended;
            case MachineExitReason.Idle:
                isIdle = true;
                deadline = exit.Deadline ?? long.MaxValue;
                return news.HasNews || deadline <= clock.Limit - ReserveNanoseconds ? DriveResult.TurnOver
                    : IsDeadlocked() ? DriveResult.Deadlocked
                    : DriveResult.Idle;
            default:
                throw new UnreachableException($"A machine with all its pages ended with {exit.Reason}.");
        }
    }

    /// <summary>
    /// Input and connections can come as long as the machine is there, and so can signals: only threads that wait for
    /// each other and for no time are lost.
    /// </summary>
    private bool IsDeadlocked() =>
        deadline == long.MaxValue && !machine.IsFileAwaited && !machine.IsSignalAwaited;

    private void AdvanceIdle(long limit)
    {
        var to = isSuspended ? limit : Math.Min(limit, deadline);
        if (to > machine.Now)
        {
            machine.AdvanceTo(to);
        }
    }

    private void DeliverNews()
    {
        while (news.TryTakeMessage(out var message))
        {
            machine.Deliver(message!);
        }

        if (news.TakeConsoleNews())
        {
            machine.ConsoleChanged();
        }
    }

    private void AdaptBudget(TimeSpan took)
    {
        if (took > TurnLength / 2)
        {
            budget = Math.Max(BudgetMin, budget / 2);
        }
        else if (took < TurnLength / 4)
        {
            budget = Math.Min(BudgetMax, budget * 2);
        }
    }

    private void Publish(DriveResult result)
    {
        var retiredNow = 0UL;
        var latest = machine.Now;
        foreach (var hart in machine.Harts)
        {
            retiredNow += hart.Retired;
            latest = Math.Max(latest, hart.Now - firstHartTime);
        }

        meters.CountExecution((long)retiredNow - retired, latest - now);
        Volatile.Write(ref retired, (long)retiredNow);
        Volatile.Write(ref now, latest);
        Volatile.Write(ref presentPages, machine.Memory.PresentPages);
        Volatile.Write(ref dueTime, result switch
        {
            DriveResult.TurnOver => latest,
            DriveResult.Idle => deadline,
            _ => long.MaxValue,
        });
    }
}
