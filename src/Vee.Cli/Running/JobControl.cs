using System.Runtime.InteropServices;
using Vee.Machines.Linux;

namespace Vee.Cli.Running;

/// <summary>
/// Signals on their way to the guest, and what a stopped guest means for us: we stop too, so that the shell that
/// started us has its job back, and go on with the guest when we are sent SIGCONT.
/// </summary>
internal sealed class JobControl(ProcessMachine machine, SignalInbox signals)
{
    private const int Continue = 18;
    private const int Stop = 19;

    // Of one stop of the guest's we make one of ours: a signal that only waits for SIGCONT must not stop us again.
    private bool hasStopped;

    /// <summary>Sends the guest what we were sent.</summary>
    /// <returns>Whether there was anything.</returns>
    internal bool Deliver()
    {
        var isAny = false;
        machine.ChangeWhileRunning(guest =>
        {
            while (signals.TryTake(out var number))
            {
                hasStopped &= number != Continue;
                guest.SendSignal(number);
                isAny = true;
            }
        });
        return isAny;
    }

    /// <summary>Stops us if the guest is stopped and we were not for it; returns when we go on.</summary>
    internal void StopWithGuest()
    {
        machine.ChangeWhileRunning(guest =>
        {
            if (guest.IsStopped && !hasStopped)
            {
                // SIGSTOP, whatever stopped the guest: our handler of SIGTSTP is what forwards that.
                hasStopped = true;
                _ = SendSignal(Environment.ProcessId, Stop);
            }
        });
    }

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int number);
}
