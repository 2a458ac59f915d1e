namespace Vee.Agent.Guests;

// What the rack's turns do with the machine, and what its host tells of it meanwhile.
internal sealed partial class Guest
{
    /// <inheritdoc/>
    public void Executing() => executingSince = parts.Time.GetTimestamp();

    /// <inheritdoc/>
    public void Executed()
    {
        Publish();
        TellGoesOn(machine.FirstExecutedAt);
        Volatile.Write(ref busyTimestamps, busyTimestamps + parts.Time.GetTimestamp() - executingSince);
    }

    /// <inheritdoc/>
    public void Idled() => Attend();

    /// <inheritdoc/>
    public void Failed(Exception failure)
    {
        defect = failure;
        Attend();
    }

    /// <inheritdoc/>
    public void LookAfter()
    {
        isAttended = false;
        StopIfDue(parts.Time.GetTimestamp());
        if (IsOver)
        {
            return;
        }

        try
        {
            if (defect is not null)
            {
                Fail(defect);
            }
            else if (machine.Machine.Ending is { } ending)
            {
                End(GuestEnding.Of(machine.Machine, ending, program));
            }
            else if (machine.IsDeadlocked)
            {
                End(GuestEnding.Deadlock(machine.Machine));
            }
        }
#pragma warning disable CA1031 // Whatever it is, it goes into the machine's end.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Fail(failure);
        }
    }

    /// <inheritdoc/>
    public void StopIfDue(long timestamp)
    {
        if (IsOver || stopAt == Never)
        {
            return;
        }

        if (timestamp >= stopAt)
        {
            End(GuestEnding.Stopped("The machine had not ended by itself when its grace period passed."));
        }
        else
        {
            host.Line.Rack.ExpectStop(stopAt);
        }
    }

    /// <inheritdoc/>
    public void HoldStill() => machine.Hold();

    /// <inheritdoc/>
    public void GoOn() => Settle();

    /// <inheritdoc/>
    public void Fail(Exception failure)
    {
        LogFailed(parts.Logger, failure, Spec.Namespace, Spec.Name, Spec.Uid, Spec.Instance);
        End(GuestEnding.Failed(failure));
    }

    /// <summary>Writes down what others may read: the machine itself can be gone at any moment.</summary>
    private void Publish()
    {
        // In this order: time is never behind what was executed in it.
        Volatile.Write(ref reached, machine.Reached);
        Volatile.Write(ref retired, machine.RetiredCount);
        Volatile.Write(ref presentPages, machine.Machine.Memory.PresentPages);
        Volatile.Write(ref diskReadBytes, machine.Machine.DiskReadBytes);
        Volatile.Write(ref diskWrittenBytes, machine.Machine.DiskWrittenBytes);
    }

    /// <summary>Leaves work to be done with it; a bug that it shows is this machine's end alone.</summary>
    private void Post(Action task, bool isUrgent = false) => host.Line.Post(
        () =>
        {
            try
            {
                task();
                Attend();
            }
#pragma warning disable CA1031 // Whatever it is, it goes into the machine's end.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Fail(failure);
            }
        },
        isUrgent);

    private void Attend()
    {
        if (!isAttended)
        {
            isAttended = true;
            host.Line.Rack.Attend(this);
        }
    }

    /// <summary>Takes its place on the host.</summary>
    private Task SettleInAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Line.Post(
            () =>
            {
                try
                {
                    if (host.Line.Rack.HasFailed)
                    {
                        throw Refused.Precondition(
                            Protocol.Refusal.HostFailed,
                            $"host '{host.Spec.Name}' cannot go on: {host.Line.Time.Message}");
                    }

                    place = host.Line.Host.Add(
                        Spec.Uid, machine, new() { Weight = Spec.Weight, CapPercent = Spec.CapPercent });
                    host.Line.Guests.Add(this);
                    done.TrySetResult();
                }
#pragma warning disable CA1031 // Whoever waits for it is told.
                catch (Exception refusal)
#pragma warning restore CA1031
                {
                    done.TrySetException(refusal);
                }
            },
            isUrgent: true);
        return done.Task;
    }

    private void Leave()
    {
        // Whatever becomes of the host's time, its own is over.
        machine.Hold();
        host.Line.Guests.Remove(this);
        if (place is { IsHere: true } && !host.Line.Rack.HasFailed)
        {
            host.Line.Host.Remove(place);
        }

        Publish();
        parts.Meters.CountEnded(retired - retiredBefore, reached - reachedBefore);
    }
}
