using Vee.Hypervisor.Migration;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>A rule of "Who may execute" (docs/migration.md) that somebody does not keep.</summary>
internal enum BrokenRule
{
    None = 0,
    SourceResumesAfterTheGrant,
    SourceDoesNotCompare,
    TargetTakesAnyToken,
    TargetTakesAGrantTwice,
    TargetGivesUpWhenItIsReady,
    OperatorForwardsWithoutGranted,
    OperatorTakesReadyForGranted,
    OperatorDeletesAtTheTargetFirst,
    OperatorStartsAnewWhileTheTargetMayExecute,
    OperatorDeletesASourceThatHasPages,
    SourceGrantsAheadOfAnAnswerThatIsDue,
    SourceTakesBackByItself,
    TargetTakesWhatItHasNotCompared,
    OperatorTakesATargetThatIsGoneForOneThatHasGivenUp,
    OperatorDeletesASourceThatMayTakeBack,
}

/// <summary>What the operator's record says.</summary>
internal enum ModelRecord
{
    Reserved = 0,
    AtSource,
    AtTarget,
    Anew,
}

/// <summary>What was ever sent: it may be lost, and come at any time, in any order, and any number of times.</summary>
[Flags]
internal enum Sent
{
    None = 0,
    GrantOfBefore = 1 << 0,
    Grant = 1 << 1,
    SourceAbort = 1 << 2,
    TargetAbort = 1 << 3,
    Cancel = 1 << 4,
    Forward = 1 << 5,
    DeleteTarget = 1 << 6,
    DeleteSource = 1 << 7,
    LosePages = 1 << 16,

    // With what memory: one bit for each number of writes.
    Whole0 = 1 << 8,
    Ready0 = 1 << 12,

    // The grant along with what the target must have.
    Ahead0 = 1 << 20,

    // The operator's word that the target has given up, or that it is gone for good.
    TakeBack = 1 << 24,
    Confirm = 1 << 25,
}

/// <summary>What the operator has been told. All of it stays true, but for <see cref="TargetReady"/> and
/// <see cref="SourceOffered"/>.</summary>
[Flags]
internal enum Known
{
    None = 0,
    SourceGranted = 1 << 0,
    SourceGivenUp = 1 << 1,
    SourceGone = 1 << 2,
    TargetRuns = 1 << 3,
    TargetGone = 1 << 4,
    TargetReady = 1 << 5,
    TargetComplete = 1 << 6,
    TargetGivenUp = 1 << 7,
    SourceOffered = 1 << 8,
}

/// <summary>All parties at an instant. Memory is the number of writes that it holds.</summary>
internal readonly record struct ProtocolState(
    SourceStand Source, bool IsSourceHere, bool IsSourceOver, TargetStand Target, bool IsTargetHere, Sent Sent,
    bool IsOperatorAlive, Known Known, ModelRecord Record)
{
    public const int TokenOfSource = 1;
    public const int TokenOfTarget = 2;
    public const int TokenAnew = 3;

    /// <summary>Just after the reservation: the target expects the machine, the source copies.</summary>
    public static ProtocolState First => new(
        SourceStand.Owner, true, false, TargetStand.Receiving, true, Sent.GrantOfBefore, true, Known.None,
        ModelRecord.Reserved) { NewestToken = TokenOfSource };

    public int Acknowledged { get; init; }

    public int SourceMemory { get; init; }

    public int ReceivedMemory { get; init; }

    public int TargetMemory { get; init; }

    /// <summary>Whether pages are to follow the machine.</summary>
    public bool IsPostCopy { get; init; }

    /// <summary>Whether pages that the target's machine needs have not come.</summary>
    public bool IsIncomplete { get; init; }

    /// <summary>The newest token under which somebody has executed.</summary>
    public int NewestToken { get; init; }

    public bool HasGranted { get; init; }

    /// <summary>Whether a host has died that the machine belonged to, or was given to.</summary>
    public bool IsOwnerDead { get; init; }

    /// <summary>Whether the source has let go of it: only the target can say who has it.</summary>
    public bool IsLetGo => HasGranted || Source == SourceStand.Offered;

    public bool SourceExecutes => IsSourceHere && SourceAt(Source).MayExecute;

    public bool TargetExecutes => IsTargetHere && TargetAt(Target).MayExecute;

    public bool AnewExecutes => Record == ModelRecord.Anew;

    public bool MayStillExecute => (IsSourceHere && Source != SourceStand.Granted)
        || (IsTargetHere && Target != TargetStand.GivenUp);

    /// <summary>Somebody executes, and nobody has anything to do any more.</summary>
    public bool IsEnd => Record switch
    {
        ModelRecord.AtSource => SourceExecutes && !(IsTargetHere && Target != TargetStand.GivenUp),
        ModelRecord.AtTarget => TargetExecutes && !IsIncomplete && !IsSourceHere,
        ModelRecord.Anew => true,
        _ => false,
    };

    /// <summary>What must never be and is; null when all is well.</summary>
    public string? Violation
    {
        get
        {
            (bool Executes, int Token, int Memory)[] parties =
            [
                (SourceExecutes, TokenOfSource, SourceMemory), (TargetExecutes, TokenOfTarget, TargetMemory),
                (AnewExecutes, TokenAnew, 0),
            ];
            var executing = parties.Where(party => party.Executes).ToList();
            var (newest, acknowledged) = (NewestToken, Acknowledged);
            return executing.Count > 1 ? "two execute"
                : executing.Any(party => party.Token < newest) ? "one executes under an older token"
                : HasGranted && SourceExecutes ? "the source executes after it has granted"
                : AnewExecutes && MayStillExecute ? "it was started anew and may still execute elsewhere"
                : !IsOwnerDead && IsIncomplete && TargetExecutes && !IsSourceHere ? "pages are deleted that are needed"
                : !IsOwnerDead && executing.Any(party => party.Memory != acknowledged)
                    ? "a write that was acknowledged is lost"
                : null;
        }
    }

    /// <summary>The engine's own class, where it stands.</summary>
    public static SourceProtocol SourceAt(SourceStand stand)
    {
        var protocol = new SourceProtocol();
        if (stand != SourceStand.Owner)
        {
            protocol.Pause();
        }

        if (stand == SourceStand.Granted)
        {
            protocol.TryGrant(isEqual: true);
        }
        else if (stand == SourceStand.Offered)
        {
            protocol.TryOffer();
        }

        return protocol;
    }

    /// <inheritdoc cref="SourceAt"/>
    public static TargetProtocol TargetAt(TargetStand stand)
    {
        var protocol = new TargetProtocol(TokenOfTarget);
        if (stand is TargetStand.Ready or TargetStand.Owner)
        {
            protocol.Complete();
        }

        if (stand == TargetStand.Owner)
        {
            protocol.TryTake(TokenOfTarget);
        }

        if (stand == TargetStand.GivenUp)
        {
            protocol.TryGiveUp();
        }

        return protocol;
    }
}
