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

        if (!state.IsSourceOver && state.Source != SourceStand.Granted)
        {
            // Too early, or what was sent is damaged on its way: nothing but the comparison tells.
            yield return ("the source sends all", Send(state, At(Sent.Whole0, state.SourceMemory)));
            yield return ("the source sends all but pages", Send(
                state with { IsPostCopy = true }, At(Sent.Whole0, state.SourceMemory)));
        }

        // When it wants to, when it is told to, when the target has given up.
        yield return ("the source gives up", GiveUpAtSource(state));
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

        if (state.Record == ModelRecord.Reserved && state.Known.HasFlag(Known.SourceGivenUp | Known.TargetGone))
        {
            yield return ("record: n at the source", state with { Record = ModelRecord.AtSource });
        }

        if (state.Known.HasFlag(Known.SourceGone) && (state.Known.HasFlag(Known.TargetGone)
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
            : state.IsSourceOver ? Known.SourceGivenUp : Known.None;
        yield return ("the operator looks at the source", state with { Known = state.Known | source });
        var target = !state.IsTargetHere || state.Target == TargetStand.GivenUp ? Known.TargetGone
            : state.Target == TargetStand.Owner && state.IsIncomplete ? Known.TargetRuns
            : state.Target == TargetStand.Owner ? Known.TargetRuns | Known.TargetComplete
            : state.Target == TargetStand.Ready ? Known.TargetReady : Known.None;
        yield return ("the operator looks at the target", state with { Known = state.Known | target });
    }

    private IEnumerable<(string What, ProtocolState Next)> Commands(ProtocolState state)
    {
        var known = state.Known;
        yield return ("the operator cancels at the source", Send(state, Sent.Cancel));
        if (known.HasFlag(Known.SourceGranted) || broken == BrokenRule.OperatorForwardsWithoutGranted
            || (broken == BrokenRule.OperatorTakesReadyForGranted && known.HasFlag(Known.TargetReady)))
        {
            yield return ("the operator forwards the grant", Send(state, Sent.Forward));
        }

        if ((known & (Known.SourceGivenUp | Known.SourceGone)) != 0
            || broken == BrokenRule.OperatorDeletesAtTheTargetFirst)
        {
            yield return ("the operator deletes n + 1", Send(state, Sent.DeleteTarget));
        }

        if (known.HasFlag(Known.TargetRuns | Known.SourceGone))
        {
            yield return ("the operator says that pages are lost", Send(state, Sent.LosePages));
        }

        if (known.HasFlag(Known.TargetComplete)
            || (known.HasFlag(Known.TargetRuns) && broken == BrokenRule.OperatorDeletesASourceThatHasPages)
            || known.HasFlag(Known.SourceGranted | Known.TargetGone))
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
                IsOwnerDead = state.IsOwnerDead || state.HasGranted || state.Target == TargetStand.Owner,
            });
        }
    }

    private static ProtocolState Send(ProtocolState state, Sent what) => state with { Sent = state.Sent | what };

    private static bool Has(ProtocolState state, Sent what) => (state.Sent & what) != 0;

    private static Sent At(Sent first, int memory) => (Sent)((int)first << memory);
}
