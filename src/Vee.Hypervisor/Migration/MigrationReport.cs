using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Pages;

namespace Vee.Hypervisor.Migration;

/// <summary>How far a migration is, as one side sees it. Zero is invalid.</summary>
public enum MigrationPhase
{
    /// <summary>No phase.</summary>
    None = 0,

    /// <summary>The source asks, the target waits.</summary>
    Preparing,

    /// <summary>Rounds of pages; the machine executes on the source.</summary>
    Copying,

    /// <summary>The machine stands still.</summary>
    Switching,

    /// <summary>The target has all of it and waits for the grant.</summary>
    Ready,

    /// <summary>The source has given it to the target, if that has all of it, and has heard nothing for too long: the
    /// target knows who has it.</summary>
    Offered,

    /// <summary>The source has given it away and has not heard that it goes on.</summary>
    Granted,

    /// <summary>It executes at the target, and pages follow it.</summary>
    PostCopying,

    /// <summary>It is the target's.</summary>
    Done,

    /// <summary>It was given up.</summary>
    Failed,
}

/// <summary>Why a migration was given up.</summary>
/// <param name="Reason">One word.</param>
/// <param name="Message">All of it as a sentence.</param>
/// <param name="IsRetryable">Whether another attempt may do better.</param>
public sealed record MigrationFailure(string Reason, string Message, bool IsRetryable);

/// <summary>One side of a migration as it is at an instant. Durations are nanoseconds of virtual time.</summary>
public sealed record MigrationReport
{
    /// <summary>How far it is.</summary>
    public required MigrationPhase Phase { get; init; }

    /// <summary>Why it was given up; null if it was not.</summary>
    public MigrationFailure? Failure { get; init; }

    /// <summary>Since it began.</summary>
    public long Elapsed { get; init; }

    /// <summary>Rounds that have begun.</summary>
    public int RoundCount { get; init; }

    /// <summary>Pages of the machine that hold something.</summary>
    public long PagesTotal { get; init; }

    /// <summary>Those that the target does not have as they are, as last counted.</summary>
    public long PagesRemaining { get; init; }

    /// <summary>Pages that were sent, each time counted.</summary>
    public long PagesSent { get; init; }

    /// <summary>Bytes of all messages to the other side.</summary>
    public long BytesSent { get; init; }

    /// <summary>Messages that were sent again.</summary>
    public long ResendCount { get; init; }

    /// <summary>What arrives at the target in a second, bits, as measured.</summary>
    public long BitsPerSecond { get; init; }

    /// <summary>Pages that became dirty in a second of the last round.</summary>
    public long DirtyPagesPerSecond { get; init; }

    /// <summary>How long the machine would stand still if it were stopped now.</summary>
    public long DowntimeExpected { get; init; }

    /// <summary>Pages that wait for the stop.</summary>
    public long HotPagesHeld { get; init; }

    /// <summary>Pages that each vCPU may dirty in a second, as limited last; 0 if it was not.</summary>
    public long DirtyLimit { get; init; }

    /// <summary>What each vCPU has dirtied, and how long it was held back for it.</summary>
    public IReadOnlyList<VcpuDirtying> Dirtying { get; init; } = [];

    /// <summary>What was done because rounds did not bring it nearer.</summary>
    public IReadOnlyList<Escalation> Escalations { get; init; } = [];

    /// <summary>The rounds, the last ones if there were many.</summary>
    public IReadOnlyList<RoundReport> Rounds { get; init; } = [];

    /// <summary>What came of it; set at the source when it is done.</summary>
    public MigrationResult? Result { get; init; }
}

/// <summary>A step of the ladder that was taken.</summary>
/// <param name="Step">Which.</param>
/// <param name="At">Nanoseconds since the migration began.</param>
/// <param name="Reason">Why.</param>
public sealed record Escalation(EscalationStep Step, long At, string Reason);

/// <summary>A pass over the pages that were dirty when it began.</summary>
public sealed record RoundReport
{
    /// <summary>From 0.</summary>
    public required int Number { get; init; }

    /// <summary>Nanoseconds since the migration began.</summary>
    public required long Begun { get; init; }

    /// <summary>Nanoseconds.</summary>
    public long Duration { get; init; }

    /// <summary>Pages that were sent.</summary>
    public long Pages { get; init; }

    /// <summary>Bytes of their frames.</summary>
    public long Bytes { get; init; }

    /// <summary>Pages that were dirty when it ended.</summary>
    public long DirtyAfter { get; init; }

    /// <summary>How long the machine would have stood still if it had been stopped then.</summary>
    public long DowntimeExpected { get; init; }
}

/// <summary>What came of a migration. Durations are nanoseconds of virtual time.</summary>
public sealed record MigrationResult
{
    /// <summary>From the beginning until the machine was the target's.</summary>
    public required long Total { get; init; }

    /// <summary>From the last instruction on the source to the first on the target; the parts add up to it.</summary>
    public required long Downtime { get; init; }

    /// <summary>Until harts and devices stood still.</summary>
    public required long Drain { get; init; }

    /// <summary>Until the last frame of pages was sent.</summary>
    public required long FinalMemory { get; init; }

    /// <summary>Until the state was sent.</summary>
    public required long State { get; init; }

    /// <summary>Until the target had compared, and the source had its word; 0 if the grant went ahead.</summary>
    public required long Verify { get; init; }

    /// <summary>Until the target had the grant, and had compared if that went ahead.</summary>
    public required long Grant { get; init; }

    /// <summary>Until the first instruction.</summary>
    public required long Resume { get; init; }

    /// <summary>What the downtime was expected to be.</summary>
    public required long DowntimePredicted { get; init; }

    /// <summary>
    /// What a stop with one round trip takes at least: draining and resuming as measured, the bytes that were left at
    /// the link's bandwidth, and the round trip. One whose grant goes ahead has half of one, and may be shorter.
    /// </summary>
    public required long DowntimeBound { get; init; }

    /// <summary>Bytes of the machine's state.</summary>
    public required long StateBytes { get; init; }

    /// <summary>Bytes of frames that were sent while it stood still.</summary>
    public required long FinalBytes { get; init; }

    /// <summary>Pages that were sent while it stood still.</summary>
    public required long FinalPages { get; init; }

    /// <summary>Digest of all pages, equal on both sides; of those that followed, as they were before.</summary>
    public required IReadOnlyList<byte> RootDigest { get; init; }

    /// <summary>Pages and bytes by form.</summary>
    public required IReadOnlyDictionary<PageKind, (long Pages, long Bytes)> Forms { get; init; }

    /// <summary>Time of reference cores that encoding took.</summary>
    public required long EncodeTime { get; init; }

    /// <summary>Pages that followed; null if none did.</summary>
    public PostCopyReport? PostCopy { get; init; }

    /// <summary>Changed pages that there was no room to keep the old bytes of.</summary>
    public required long BasesMissed { get; init; }
}

/// <summary>Who is told how a migration fares; in turns of whoever simulates the host.</summary>
public interface IMigrationObserver
{
    /// <summary>It has come to another phase, or some time has passed.</summary>
    void Changed(MigrationReport report);
}
