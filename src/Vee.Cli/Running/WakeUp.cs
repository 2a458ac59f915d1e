namespace Vee.Cli.Running;

/// <summary>Ends the wait of the thread that runs a machine, whatever it waits for.</summary>
/// <remarks>
/// A monitor and not an event, because a late caller must not find it disposed: input may arrive after the end.
/// </remarks>
internal sealed class WakeUp
{
    private readonly object state = new();
    private bool hasHappened;

    /// <summary>Something happened; remembered until the next wait. Any thread may call it.</summary>
    internal void Set()
    {
        lock (state)
        {
            hasHappened = true;
            Monitor.Pulse(state);
        }
    }

    /// <summary>Waits until something happens or the time is over; null waits without limit.</summary>
    internal void Wait(TimeSpan? limit)
    {
        // Waits of the runtime are limited to 2^31 milliseconds; the caller looks again after any wait.
        var milliseconds = limit is { } time
            ? (int)Math.Clamp(Math.Ceiling(time.TotalMilliseconds), 0, 1 << 30)
            : Timeout.Infinite;
        lock (state)
        {
            if (!hasHappened)
            {
                Monitor.Wait(state, milliseconds);
            }

            hasHappened = false;
        }
    }
}
