using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hosts;

namespace Vee.Hypervisor.Migration;

// The stop: what is left of memory, the state, the comparison, the grant.
public sealed partial class OutgoingMigration
{
    private const long SwitchTimeoutMin = 2 * VirtualTime.Second;
    private const int StatePieceBytes = 32 * 1024;

    private DowntimePrediction predicted;
    private Whole? whole;
    private long stoppedAt;
    private long drainedAt;
    private long memorySentAt;
    private long stateSentAt;
    private long grantedAt;
    private long runningAt;
    private long executedAt;
    private bool mayGrantAhead;
    private bool isHandOverDue;
    private bool isMovedAway;

    /// <summary>A link that has lost something, or leads nowhere now, may lose the answer: then it is better not to
    /// have granted.</summary>
    private bool GrantsAhead => mayGrantAhead && channel is { ResendCount: 0, IsResendDue: false }
        && host.LinkTo(machine.Peer) is not null;

    private long SwitchTimeout => Math.Max(SwitchTimeoutMin, 3 * RoundTrip);

    /// <summary>Stops the machine, unless it has done more in the last moment than is meant.</summary>
    private void StopIfShort()
    {
        var before = expected;
        expected = Predict(Pending(), isStopping: true);
        // The machine may have written a burst meanwhile: another round, and it may be between two.
        var isWorse = expected.Total * StillFalling > before.Total && extraRounds++ < ExtraRoundsMax;
        if (isPostCopy || (expected.Total <= options.DowntimeMax && !isWorse))
        {
            Stop();
        }
        else if (expected.Total <= options.DowntimeMax)
        {
            BeginRound();
        }
        else
        {
            extraRounds = 0;
            if (Escalate())
            {
                BeginRound();
            }
        }
    }

    private void Stop()
    {
        phase = MigrationPhase.Switching;
        predicted = isPostCopy || roundCount == 0
            ? Predict(isPostCopy ? Gone(Pending()) : Pending(), isStopping: true) : expected;
        protocol.Pause();
        machine.Guest.Freeze();
        Tell();
        AwaitDrained();
    }

    /// <summary>Harts end what they have begun.</summary>
    private void AwaitDrained()
    {
        if (machine.Guest.IsDrained)
        {
            SendRest();
        }
        else
        {
            port.SetTimer(machine.Guest.StoodStillAt, (int)Notice.Drained, 0);
        }
    }

    private void SendRest()
    {
        if (machine.Guest.Machine.Ending is { } ending)
        {
            TryGiveUp(new MigrationFailure("GuestEnded", $"the guest ended meanwhile: {ending}", IsRetryable: false));
            return;
        }

        stoppedAt = machine.Guest.StoodStillAt;
        drainedAt = port.Now;
        todo = isPostCopy ? Postpone(Pending()) : Pending();
        todoNext = 0;
        roundPages = 0;
        roundBytes = 0;
        isPassUnderWay = true;
        bandwidth.Restart();
        GoOn();
    }

    private void SendState()
    {
        memorySentAt = port.Now;
        pagesRemaining = late?.Left ?? 0;
        var state = new StateDigestSink(StatePieceBytes);
        machine.Guest.Machine.SaveWithoutPages(state);
        whole = new Whole(digest.Root(), state.Digest(), state.Length, machine.Guest.Place);
        var cost = MigrationCosts.CopyBytes(host.Hardware, state.Length);
        work.Queue(cost, () =>
        {
            if (isOver)
            {
                return;
            }

            foreach (var piece in state.Pieces)
            {
                channel.Send(MigrationMessage.Of(MigrationMessageKind.State, piece.Span));
            }

            SendLuggage(LuggageStage.Still);
            SendWhole();
        });
    }

    private void SendWhole()
    {
        stateSentAt = port.Now;
        if (Place() is null)
        {
            Forget();
        }
        else if (GrantsAhead && protocol.TryOffer())
        {
            // From here on it is the target that says who has it.
            grantedAt = port.Now;
            channel.Send(MigrationMessage.Of(whole! with { Grant = machine.Token }));
        }
        else
        {
            channel.Send(MigrationMessage.Of(whole!));
        }
    }

    private void SendLuggage(LuggageStage stage)
    {
        foreach (var piece in machine.Luggage(stage).Chunk(StatePieceBytes))
        {
            channel.Send(MigrationMessage.Of(MigrationMessageKind.Luggage, piece));
        }
    }

    /// <summary>The target says what it has: the same digests, or other ones.</summary>
    private void GrantIfEqual(ReadOnlySpan<byte> digests)
    {
        if (whole is null)
        {
            return;
        }

        if (Place() is null)
        {
            Forget();
            return;
        }

        var isEqual = digests.SequenceEqual([.. whole.Root, .. whole.StateDigest]);
        if (!isEqual)
        {
            TryGiveUp(new MigrationFailure(
                "IntegrityMismatch", $"host '{machine.Peer}' has other pages or another state than were sent",
                IsRetryable: true));
        }
        else if (protocol.TryGrant(isEqual))
        {
            // The tombstone is set: only now may the grant leave.
            grantedAt = port.Now;
            phase = MigrationPhase.Granted;
            channel.Send(MigrationMessage.Of(MigrationMessageKind.Grant, machine.Token));
            Tell();
            BeginLatePages();
        }
    }

    /// <summary>The target has taken it.</summary>
    /// <param name="at">When, as it says: between the grant and now, whatever that is.</param>
    private void TakeRunning(long at)
    {
        var wasOffered = protocol.Stand == SourceStand.Offered;
        if (!protocol.TryConfirm())
        {
            return;
        }

        runningAt = Math.Clamp(at, grantedAt, port.Now);
        phase = MigrationPhase.Granted;
        Tell();
        HandOver();
        if (wasOffered && !isOver)
        {
            BeginLatePages();
        }
    }

    /// <summary>It goes on there: what has come for it since it stood still follows it, as soon as a link leads there.
    /// </summary>
    private void HandOver()
    {
        isHandOverDue = host.LinkTo(machine.Peer) is null;
        if (isHandOverDue || Place() is not { } place)
        {
            return;
        }

        if (machine.Guest.Address == 0)
        {
            host.Remove(place);
        }
        else
        {
            host.MoveAway(place, machine.Peer, machine.Guest.TakeWaiting());
        }

        isMovedAway = true;
        MovedAway?.Invoke();
        SendLuggage(LuggageStage.Last);
        phase = IsComplete ? phase : MigrationPhase.PostCopying;
        SayOver();
        Conclude();
    }

    /// <summary>Somebody has taken the machine away, with all that comes for it.</summary>
    private void Forget()
    {
        if (!TryGiveUp(new MigrationFailure("GuestGone", "the machine is not here any more", IsRetryable: false)))
        {
            phase = MigrationPhase.Done;
            End();
            Tell();
        }
    }

    /// <summary>It has left, and is known to have executed there.</summary>
    private void Conclude()
    {
        if (!isMovedAway || executedAt == 0 || !IsComplete)
        {
            return;
        }

        phase = MigrationPhase.Done;
        var link = LinkBytesPerSecond();
        var resume = Math.Max(0, executedAt - runningAt);
        var drain = drainedAt - stoppedAt;
        result = new MigrationResult
        {
            Total = runningAt - begunAt,
            Downtime = executedAt - stoppedAt,
            Drain = drain,
            FinalMemory = memorySentAt - drainedAt,
            State = stateSentAt - memorySentAt,
            Verify = grantedAt - stateSentAt,
            Grant = runningAt - grantedAt,
            Resume = resume,
            DowntimePredicted = predicted.Total,
            DowntimeBound = drain + resume + RoundTrip
                + (long)((roundBytes + whole!.StateBytes) * (double)VirtualTime.Second / link),
            StateBytes = whole.StateBytes,
            FinalBytes = roundBytes,
            FinalPages = roundPages,
            RootDigest = whole.Root,
            Forms = forms,
            EncodeTime = encodeTime,
            BasesMissed = pages.ImagesMissed,
            PostCopy = PostCopied(),
        };
        pages.Dispose();
        Tell();
        Concluded?.Invoke();
    }

    /// <returns>Its place on the host; null when it has left.</returns>
    private HostGuest? Place() => host.Guests.FirstOrDefault(guest => guest.Program == machine.Guest);
}
