using Vee.Cli.Terminals;
using Vee.Machines.Linux;

namespace Vee.Cli.Running;

/// <summary>
/// Runs each hart on a thread of its own. The last hart to become idle lets time pass for all; another thread watches
/// for signals and input meanwhile.
/// </summary>
internal sealed class ParallelRunner(
    ProcessMachine machine, HostConsole console, SignalInbox signals, JobControl jobs, WakeUp wakeUp, TimeProvider time)
{
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(20);

    // The idle hart's own: the watching thread takes what happens first and passes it on.
    private readonly WakeUp idleWakeUp = new();
    private readonly Lock state = new();
    private readonly List<Exception> failures = [];
    private LoopEnd? end;
    private int running;

    /// <summary>Runs until there is nothing more to run.</summary>
    internal LoopEnd Run()
    {
        var idle = new IdleTime(machine, console, signals, idleWakeUp, time);
        running = machine.Harts.Count;
        var threads = machine.Harts
            .Select(hart => new Thread(() => RunHart(hart.Index, idle)) { Name = $"hart {hart.Index}" })
            .ToArray();
        foreach (var thread in threads)
        {
            thread.Start();
        }

        while (Volatile.Read(ref running) > 0)
        {
            wakeUp.Wait(Watch);
            Attend();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        return failures.Count == 0
            ? end ?? LoopEnd.Ended
            : throw new AggregateException("A hart's thread failed.", failures);
    }

    private void Attend()
    {
        if (signals.IsKilled)
        {
            Finish(LoopEnd.Killed);
        }

        // One change: between taking news and telling the machine, an idle hart must not look and find nothing.
        var isChanged = false;
        machine.ChangeWhileRunning(changed =>
        {
            isChanged = jobs.Deliver();
            if (console.TakeNews())
            {
                changed.ConsoleChanged();
                isChanged = true;
            }
        });
        if (isChanged)
        {
            idleWakeUp.Set();
        }
    }

    private void RunHart(int index, IdleTime idle)
    {
        try
        {
            while (true)
            {
                var exit = machine.RunHart(index);
                if (exit.Reason == MachineExitReason.Stopped)
                {
                    jobs.StopWithGuest();
                    idleWakeUp.Wait(null);
                }
                else if (exit.Reason != MachineExitReason.Idle)
                {
                    break;
                }
                else if (!idle.TryPass(exit.Deadline))
                {
                    Finish(LoopEnd.Deadlock);
                    break;
                }
            }
        }
#pragma warning disable CA1031 // Whatever it is, the thread that started the harts throws it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            lock (state)
            {
                failures.Add(failure);
            }

            Stop();
        }
        finally
        {
            Interlocked.Decrement(ref running);
            wakeUp.Set();
        }
    }

    private void Finish(LoopEnd how)
    {
        lock (state)
        {
            end ??= how;
        }

        Stop();
    }

    private void Stop()
    {
        machine.StopHarts();
        idleWakeUp.Set();
    }
}
