using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Vee.Cli.Running;

/// <summary>Signals sent to us, kept for the guest. A second interrupt within a second ends us instead.</summary>
internal sealed class SignalInbox : IDisposable
{
    private const int GuestInterrupt = 2;

    // SIGUSR1, SIGUSR2 and SIGALRM: the runtime has no names for them, and takes the host's numbers.
    private static readonly int[] FurtherSignals = [10, 12, 14];

    private static readonly TimeSpan SecondInterrupt = TimeSpan.FromSeconds(1);

    // How long a run has to end by itself once it is told to; it may be stuck writing to a pipe nobody reads.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentQueue<int> pending = new();
    private readonly ManualResetEventSlim ended = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private readonly WakeUp wakeUp;
    private readonly TimeProvider time;
    private long? lastInterrupt;

    internal SignalInbox(WakeUp wakeUp, TimeProvider time, bool isTerminal)
    {
        this.wakeUp = wakeUp;
        this.time = time;
        Forward(PosixSignal.SIGHUP, 1);
        Forward(PosixSignal.SIGINT, GuestInterrupt);
        Forward(PosixSignal.SIGQUIT, 3);
        Forward(PosixSignal.SIGTERM, 15);
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Forward(PosixSignal.SIGCONT, 18);
        Forward(PosixSignal.SIGTSTP, 20);
        foreach (var number in FurtherSignals)
        {
            Forward((PosixSignal)number, number);
        }

        if (isTerminal)
        {
            Forward(PosixSignal.SIGWINCH, 28);
        }
    }

    /// <summary>Whether the user insists on ending the run.</summary>
    internal bool IsKilled { get; private set; }

    /// <summary>Whether there is a signal for the guest.</summary>
    internal bool HasPending => !pending.IsEmpty;

    /// <summary>Takes the next signal for the guest.</summary>
    internal bool TryTake(out int number) => pending.TryDequeue(out number);

    public void Dispose()
    {
        ended.Set();
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }
    }

    private void Forward(PosixSignal signal, int guestNumber) =>
        registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Receive(guestNumber);
        }));

    private void Receive(int number)
    {
        if (number == GuestInterrupt)
        {
            var now = time.GetTimestamp();
            if (lastInterrupt is { } last && time.GetElapsedTime(last, now) < SecondInterrupt)
            {
                IsKilled = true;
                wakeUp.Set();
                if (!ended.Wait(Grace))
                {
                    Environment.Exit(ExitStatus.Interrupted);
                }

                return;
            }

            lastInterrupt = now;
        }

        pending.Enqueue(number);
        wakeUp.Set();
    }
}
