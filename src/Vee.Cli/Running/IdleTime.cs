using Vee.Cli.Terminals;
using Vee.Machines.Linux;

namespace Vee.Cli.Running;

/// <summary>What happens while every thread of a guest waits: time passes, or input is waited for.</summary>
internal sealed class IdleTime(
    ProcessMachine machine, HostConsole console, SignalInbox signals, WakeUp wakeUp, TimeProvider time)
{
    // A writer that is merely slow to start is not to change a run.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // How long a pipe has been waited for since something came out of it.
    private TimeSpan silence;
    private int heardPieces;

    /// <summary>Waits for what the idle machine waits for, or skips the time until it wakes by itself.</summary>
    /// <param name="deadline">When something happens by itself, in virtual time; null for never.</param>
    /// <returns>False when nothing can wake it.</returns>
    internal bool TryPass(long? deadline)
    {
        if (console.IsInputAwaited && machine.IsFileAwaited)
        {
            AwaitInput(deadline);
            return true;
        }

        // Looked at after the question above: input that has come since is news.
        if (console.HasNews || signals.HasPending)
        {
            return true;
        }

        if (deadline is { } at)
        {
            AdvanceTo(at);
            return true;
        }

        return TryAwaitSignal();
    }

    /// <summary>Waits for a signal if a thread does.</summary>
    /// <returns>False when nothing can come.</returns>
    private bool TryAwaitSignal()
    {
        var isSignalAwaited = false;
        var isOver = false;
        machine.ChangeWhileRunning(idle =>
        {
            isSignalAwaited = idle.IsSignalAwaited;
            isOver = !isSignalAwaited && !idle.HasWork && !console.HasNews && !signals.HasPending;
        });
        if (isSignalAwaited)
        {
            wakeUp.Wait(null);
        }

        return !isOver;
    }

    /// <summary>
    /// At a terminal, time passes while a person thinks, up to the deadline. A pipe's writer is waited for without
    /// letting time pass, because how fast it is on the wall is none of the guest's business; but one that says nothing
    /// may never say anything, and then the guest's deadline has to come.
    /// </summary>
    private void AwaitInput(long? deadline)
    {
        var start = time.GetTimestamp();
        if (!console.IsTerminal(0) && !IsWriterSilent(deadline, out var patience))
        {
            wakeUp.Wait(patience);
            silence += time.GetElapsedTime(start);
            return;
        }

        wakeUp.Wait(deadline is { } at ? TimeSpan.FromTicks((at - machine.Now) / TimeSpan.NanosecondsPerTick) : null);
        var now = machine.Now + (time.GetElapsedTime(start).Ticks * TimeSpan.NanosecondsPerTick);
        AdvanceTo(Math.Min(now, deadline ?? now));
    }

    /// <summary>Whether a pipe's writer has been waited for long enough to let time pass.</summary>
    /// <param name="deadline">What else the guest waits for; without that there is no reason to.</param>
    /// <param name="patience">How long it is waited for otherwise; null for ever.</param>
    private bool IsWriterSilent(long? deadline, out TimeSpan? patience)
    {
        if (heardPieces != console.InputPieceCount)
        {
            heardPieces = console.InputPieceCount;
            silence = TimeSpan.Zero;
        }

        patience = deadline is null ? null : Patience - silence;
        return patience <= TimeSpan.Zero;
    }

    private void AdvanceTo(long at) => machine.ChangeWhileRunning(idle =>
    {
        // With parallel harts, news may have set another hart to work since this one found nothing to do.
        if (!idle.HasWork)
        {
            idle.AdvanceTo(at);
        }
    });
}
