using Vee.Hypervisor.Migration;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>What can happen next in <see cref="ProtocolState"/>.</summary>
/// <param name="broken">A rule that somebody does not keep.</param>
internal sealed class ProtocolSteps(BrokenRule broken = BrokenRule.None)
{
    private const int WritesMax = 2;

    /// <summary>All that a state can become.</summary>
    /// <param name="state">The state.</param>
    /// <param name="withFaults">Whether somebody may die; messages may be lost all the same.</param>
    public IEnumerable<(string What, ProtocolState Next)> Of(ProtocolState state, bool withFaults)
    {
        var steps = Writes(state).Concat(SourceSteps(state)).Concat(TargetSteps(state)).Concat(OperatorSteps(state));
        return (withFaults ? steps.Concat(Faults(state)) : steps)
            .Select(step => (step.What, Noted(step.Next))).Where(step => step.Item2 != state);
    }

    private static ProtocolState Noted(ProtocolState state) => state with
    {
        NewestToken = state.AnewExecutes ? ProtocolState.TokenAnew
            : state.TargetExecutes ? Math.Max(state.NewestToken, ProtocolState.TokenOfTarget) : state.NewestToken,
    };

    private static IEnumerable<(string What, ProtocolState Next)> Writes(ProtocolState state)
    {
        if (state.Acknowledged == WritesMax)
        {
            yield break;
        }

        var more = state with { Acknowledged = state.Acknowledged + 1 };
        if (state.SourceExecutes)
        {
            yield return ("the source's machine writes", more with { SourceMemory = state.SourceMemory + 1 });
        }

        if (state.TargetExecutes)
        {
            yield return ("the target's machine writes", more with { TargetMemory = state.TargetMemory + 1 });
        }
    }

    private IEnumerable<(string What, ProtocolState Next)> SourceSteps(ProtocolState state)
    {
        if (!state.IsSourceHere)
        {
            yield break;
        }

        var protocol = ProtocolState.SourceAt(state.Source);
        if (!state.IsSourceOver)
        {
            protocol.Pause();
            yield return ("the source pauses", state with { Source = protocol.Stand });
        }

        if (!state.IsSourceOver && ProtocolState.SourceAt(state.Source).MayGiveUp && !HasAny(state, Sent.Ahead0))
        {
            // Too early, or what was sent is damaged on its way: nothing but the comparison tells.
            yield return ("the source sends all", Send(state, At(Sent.Whole0, state.SourceMemory)));
            yield return ("the source sends all but pages", Send(
                state with { IsPostCopy = true }, At(Sent.Whole0, state.SourceMemory)));
        }

        // When it wants to, when it is told to, when the target has given up.
        yield return ("the source gives up", GiveUpAtSource(state));
        foreach (var step in OfferSteps(state))
        {
            yield return step;
        }

        for (var memory = 0; memory <= WritesMax; memory++)
        {
            if (Has(state, At(Sent.Ready0, memory)))
            {
                var isEqual = memory == state.SourceMemory || broken == BrokenRule.SourceDoesNotCompare;
                yield return ("the source hears Ready", Grant(state, isEqual));
            }
        }

        if (state.IsIncomplete && state.TargetExecutes)
        {
            yield return ("pages come", state with { IsIncomplete = false });
        }

        if (Has(state, Sent.DeleteSource))
        {
            yield return ("the source deletes n", state with { IsSourceHere = false });
        }
    }

    /// <summary>The grant that goes ahead of the comparison.</summary>
    private IEnumerable<(string What, ProtocolState Next)> OfferSteps(ProtocolState state)
    {
        var protocol = ProtocolState.SourceAt(state.Source);
        // All is sent once: with the grant, or for the target to answer.
        var isAsked = HasAny(state, Sent.Whole0) && broken != BrokenRule.SourceGrantsAheadOfAnAnswerThatIsDue;
        if (!state.IsSourceOver && !isAsked && protocol.TryOffer())
        {
            var next = state with
            {
                Source = protocol.Stand,
                IsOwnerDead = state.IsOwnerDead || !state.IsTargetHere,
            };
            yield return ("the source sends all and grants", Send(next, At(Sent.Ahead0, state.SourceMemory)));
            yield return ("the source sends all but pages and grants", Send(
                next with { IsPostCopy = true }, At(Sent.Ahead0, state.SourceMemory)));
        }

        protocol = ProtocolState.SourceAt(state.Source);
        if ((state.TargetExecutes || Has(state, Sent.Confirm)) && protocol.TryConfirm())
        {
            yield return ("the source hears that it runs, or that nobody can tell any more", state with
            {
                Source = protocol.Stand,
                HasGranted = true,
            });
        }

        protocol = ProtocolState.SourceAt(state.Source);
        var isTold = Has(state, Sent.TargetAbort) || Has(state, Sent.TakeBack)
            || broken == BrokenRule.SourceTakesBackByItself;
        if (isTold && protocol.TryTakeBack())
        {
            yield return ("the source takes it back", Send(
                state with { Source = protocol.Stand, IsSourceOver = true }, Sent.SourceAbort));
        }
    }

    private ProtocolState GiveUpAtSource(ProtocolState state)
    {
        var protocol = ProtocolState.SourceAt(state.Source);
        return protocol.TryGiveUp()
            ? Send(state with { Source = protocol.Stand, IsSourceOver = true }, Sent.SourceAbort)
            : broken == BrokenRule.SourceResumesAfterTheGrant ? state with { Source = SourceStand.Owner }
            : state;
    }

    private static ProtocolState Grant(ProtocolState state, bool isEqual)
    {
        var protocol = ProtocolState.SourceAt(state.Source);
        return protocol.TryGrant(isEqual)
            ? Send(
                state with
                {
                    Source = protocol.Stand,
                    HasGranted = true,
                    IsOwnerDead = state.IsOwnerDead || !state.IsTargetHere,
                },
                Sent.Grant)
            : state;
    }

    private IEnumerable<(string What, ProtocolState Next)> TargetSteps(ProtocolState state)
    {
        if (!state.IsTargetHere)
        {
            yield break;
        }

        for (var memory = 0; memory <= WritesMax; memory++)
        {
            if (state.Target == TargetStand.Receiving && Has(state, At(Sent.Whole0, memory)))
            {
                var protocol = ProtocolState.TargetAt(state.Target);
                protocol.Complete();
                yield return ("the target has all", Send(
                    state with { Target = protocol.Stand, ReceivedMemory = memory }, At(Sent.Ready0, memory)));
            }
        }

        for (var memory = 0; memory <= WritesMax; memory++)
        {
            if (state.Target == TargetStand.Receiving && Has(state, At(Sent.Ahead0, memory)))
            {
                yield return ("the target has all, and it is granted", TakeWhole(state, memory));
                yield return ("the target has something else", broken == BrokenRule.TargetTakesWhatItHasNotCompared
                    ? TakeWhole(state, 0) : Send(GiveUpAtTarget(state), Sent.TargetAbort));
            }
        }

        if (state.Target == TargetStand.Receiving
            || (broken == BrokenRule.TargetGivesUpWhenItIsReady && state.Target == TargetStand.Ready))
        {
            yield return ("the target gives up", Send(GiveUpAtTarget(state), Sent.TargetAbort));
        }

        if (Has(state, Sent.SourceAbort) || Has(state, Sent.DeleteTarget))
        {
            yield return ("the target is told to give up", GiveUpAtTarget(state));
        }

        if (Has(state, Sent.Grant) || Has(state, Sent.Forward))
        {
            yield return ("the target hears the grant", Take(state, ProtocolState.TokenOfTarget));
        }

        if (Has(state, Sent.Forward) && state.Target == TargetStand.Receiving)
        {
            yield return ("the target hears of a grant that has not come", Send(
                GiveUpAtTarget(state), Sent.TargetAbort));
        }

        if (Has(state, Sent.LosePages) && state.IsIncomplete && state.TargetExecutes)
        {
            yield return ("the target is told that its pages are lost", state with { IsTargetHere = false });
        }

        if (Has(state, Sent.GrantOfBefore))
        {
            yield return ("the target hears a grant of before", Take(state, ProtocolState.TokenOfSource));
        }
    }

    private static ProtocolState GiveUpAtTarget(ProtocolState state)
    {
        var protocol = ProtocolState.TargetAt(state.Target);
        protocol.TryGiveUp();
        return state with { Target = protocol.Stand };
    }

    private ProtocolState TakeWhole(ProtocolState state, int memory)
    {
        var protocol = ProtocolState.TargetAt(state.Target);
        protocol.Complete();
        return Take(state with { Target = protocol.Stand, ReceivedMemory = memory }, ProtocolState.TokenOfTarget);
    }

    private ProtocolState Take(ProtocolState state, int token)
    {
        var protocol = ProtocolState.TargetAt(state.Target);
        var isTaken = protocol.TryTake(
            broken == BrokenRule.TargetTakesAnyToken ? ProtocolState.TokenOfTarget : token)
            || (broken == BrokenRule.TargetTakesAGrantTwice && state.Target == TargetStand.Owner);
        return isTaken
            ? state with
            {
                Target = protocol.Stand,
                TargetMemory = state.ReceivedMemory,
                IsIncomplete = state.IsPostCopy,
                // Its pages may have gone with their host before it was granted.
                IsOwnerDead = state.IsOwnerDead || (state.IsPostCopy && !state.IsSourceHere),
            }
            : state;
    }

    private IEnumerable<(string What, ProtocolState Next)> OperatorSteps(ProtocolState state)
    {
        if (!state.IsOperatorAlive)
        {
            yield return ("the operator is started", state with { IsOperatorAlive = true });
            yield break;
        }

        foreach (var step in Lookings(state).Concat(Commands(state)))
        {
            yield return step;
        }

        if (state.Record == ModelRecord.Reserved && state.Known.HasFlag(Known.TargetRuns))
        {
            yield return ("record: n + 1 at the target", state with { Record = ModelRecord.AtTarget });
        }

        if (state.Record == ModelRecord.Reserved && state.Known.HasFlag(Known.SourceGivenUp)
            && (state.Known & (Known.TargetGone | Known.TargetGivenUp)) != 0)
        {
            yield return ("record: n at the source", state with { Record = ModelRecord.AtSource });
        }

        if (state.Known.HasFlag(Known.SourceGone) && ((state.Known & (Known.TargetGone | Known.TargetGivenUp)) != 0
            || broken == BrokenRule.OperatorStartsAnewWhileTheTargetMayExecute))
        {
            yield return ("n + 2 is started", state with { Record = ModelRecord.Anew });
        }
    }

    /// <summary>What it sees when it looks; it may act on that much later.</summary>
    private static IEnumerable<(string What, ProtocolState Next)> Lookings(ProtocolState state)
    {
        var source = !state.IsSourceHere ? Known.SourceGone
            : state.Source == SourceStand.Granted ? Known.SourceGranted
            : state.Source == SourceStand.Offered ? Known.SourceOffered
            : state.IsSourceOver ? Known.SourceGivenUp : Known.None;
        yield return ("the operator looks at the source", state with { Known = state.Known | source });
        var target = !state.IsTargetHere ? Known.TargetGone
            : state.Target == TargetStand.GivenUp ? Known.TargetGivenUp
            : state.Target == TargetStand.Owner && state.IsIncomplete ? Known.TargetRuns
            : state.Target == TargetStand.Owner ? Known.TargetRuns | Known.TargetComplete
            : state.Target == TargetStand.Ready ? Known.TargetReady : Known.None;
        yield return ("the operator looks at the target", state with { Known = state.Known | target });
    }

    private IEnumerable<(string What, ProtocolState Next)> Commands(ProtocolState state)
    {
        var known = state.Known;
        yield return ("the operator cancels at the source", Send(state, Sent.Cancel));
        if ((known & (Known.SourceGranted | Known.SourceOffered)) != 0
            || broken == BrokenRule.OperatorForwardsWithoutGranted
            || (broken == BrokenRule.OperatorTakesReadyForGranted && known.HasFlag(Known.TargetReady)))
        {
            yield return ("the operator forwards the grant", Send(state, Sent.Forward));
        }

        if ((known & (Known.SourceGivenUp | Known.SourceGone)) != 0
            || broken == BrokenRule.OperatorDeletesAtTheTargetFirst)
        {
            yield return ("the operator deletes n + 1", Send(state, Sent.DeleteTarget));
        }

        if (known.HasFlag(Known.TargetGivenUp) || (known.HasFlag(Known.TargetGone)
            && broken == BrokenRule.OperatorTakesATargetThatIsGoneForOneThatHasGivenUp))
        {
            yield return ("the operator says that the target has given up", Send(state, Sent.TakeBack));
        }

        if (known.HasFlag(Known.SourceOffered | Known.TargetGone))
        {
            yield return ("the operator says that the target is gone for good", Send(state, Sent.Confirm));
        }

        if (known.HasFlag(Known.TargetRuns | Known.SourceGone))
        {
            yield return ("the operator says that pages are lost", Send(state, Sent.LosePages));
        }

        if (known.HasFlag(Known.TargetComplete)
            || (known.HasFlag(Known.TargetRuns) && broken == BrokenRule.OperatorDeletesASourceThatHasPages)
            || (known.HasFlag(Known.SourceGranted) && (known & (Known.TargetGone | Known.TargetGivenUp)) != 0)
            || (known.HasFlag(Known.SourceOffered | Known.TargetGone)
                && broken == BrokenRule.OperatorDeletesASourceThatMayTakeBack))
        {
            yield return ("the operator deletes n", Send(state, Sent.DeleteSource));
        }
    }

    private static IEnumerable<(string What, ProtocolState Next)> Faults(ProtocolState state)
    {
        if (state.IsOperatorAlive)
        {
            // Its record and what it has sent stay.
            yield return ("the operator dies", state with { IsOperatorAlive = false, Known = Known.None });
        }

        if (state.IsSourceHere)
        {
            yield return ("the source dies", state with
            {
                IsSourceHere = false,
                IsOwnerDead = state.IsOwnerDead || state.IsIncomplete || state.Target != TargetStand.Owner,
            });
        }

        if (state.IsTargetHere)
        {
            // If it is started anew, it has no place for a grant: as if it were not there.
            yield return ("the target dies", state with
            {
                IsTargetHere = false,
                IsOwnerDead = state.IsOwnerDead || state.IsLetGo || state.Target == TargetStand.Owner,
            });
        }
    }

    private static ProtocolState Send(ProtocolState state, Sent what) => state with { Sent = state.Sent | what };

    private static bool Has(ProtocolState state, Sent what) => (state.Sent & what) != 0;

    private static bool HasAny(ProtocolState state, Sent first) =>
        Enumerable.Range(0, WritesMax + 1).Any(memory => Has(state, At(first, memory)));

    private static Sent At(Sent first, int memory) => (Sent)((int)first << memory);
}
