using System.ComponentModel.DataAnnotations;
using Vee.Api.Schema;

namespace Vee.Api.Migrations;

/// <summary>How a machine is moved.</summary>
public record MigrationSettings
{
    /// <summary>
    /// PreCopy (rounds of pages while the machine executes, then a short stop), StopAndCopy (it stands still while all
    /// of it is copied), PostCopy (it executes on the target at once, and its pages follow) or Hybrid (one round, then
    /// as PostCopy if the stop would be too long). A source that dies while pages follow takes the machine along.
    /// PreCopy if not given.
    /// </summary>
    [AllowedValues(
        MigrationModes.PreCopy, MigrationModes.StopAndCopy, MigrationModes.PostCopy, MigrationModes.Hybrid)]
    public string? Mode { get; init; }

    /// <summary>How pages are written. Vee if not given: of each page, the form that costs least on the link.</summary>
    [AllowedValues(
        MigrationCodecs.None, MigrationCodecs.Deflate, MigrationCodecs.Zstd, MigrationCodecs.Xbrle2011,
        MigrationCodecs.Xbrle2011Delta, MigrationCodecs.Xbzrle, MigrationCodecs.Vee, MigrationCodecs.VeeFast,
        MigrationCodecs.VeeSmall)]
    public string? Codec { get; init; }

    /// <summary>Bits in a second of virtual time that it may take of the link. All of it if not given.</summary>
    [Length(4, 20)]
    [Rule(Patterns.BandwidthRule, Patterns.BandwidthMessage)]
    public string? Bandwidth { get; init; }

    /// <summary>
    /// The longest stop that is meant to be, in milliseconds of virtual time; rounds go on until less is expected. 300
    /// if not given.
    /// </summary>
    [Range(1, 3_600_000)]
    public int? MaxDowntimeVirtualMs { get; init; }

    /// <summary>Seconds of virtual time until it is given up; 0 for never. 0 if not given.</summary>
    [Range(0, 86_400)]
    public int? CompletionTimeoutVirtualSeconds { get; init; }

    /// <summary>Seconds of virtual time without progress until it is given up. 150 if not given.</summary>
    [Range(1, 86_400)]
    public int? ProgressTimeoutVirtualSeconds { get; init; }

    /// <summary>
    /// Seconds of virtual time for which pages may follow the machine, as expected when it stops; where it would take
    /// longer there is no post-copy. 60 if not given.
    /// </summary>
    [Range(1, 86_400)]
    public int? PostCopyMaxVirtualSeconds { get; init; }

    /// <summary>Pages that are encoded at the same time. 1 if not given.</summary>
    [Range(1, 64)]
    public int? Streams { get; init; }

    /// <summary>
    /// What is done, one after another, when rounds do not bring the end nearer: SmallerCodec, MoreStreams, DirtyLimit
    /// (its vCPUs that write sleep in between), PostCopy, Abort. SmallerCodec, MoreStreams and Abort if not given.
    /// </summary>
    [MaxLength(5)]
    [Items(MinLength = 5, MaxLength = 12, Pattern = "^(SmallerCodec|MoreStreams|DirtyLimit|PostCopy|Abort)$")]
    [Rule("self.all(s, self.exists_one(t, t == s))", "each step may be taken once")]
    public IReadOnlyList<string>? Ladder { get; init; }

    /// <summary>What follows an attempt that failed and may do better.</summary>
    public RetrySpec? Retry { get; init; }

    /// <summary>Parts that are left out, so that what they are good for can be measured. None if not given.</summary>
    public AblationSpec? Without { get; init; }
}

/// <summary>Values of <see cref="MigrationSettings.Mode"/>.</summary>
public static class MigrationModes
{
    /// <summary>Rounds of pages while the machine executes, then a short stop.</summary>
    public const string PreCopy = "PreCopy";

    /// <summary>The machine stands still while all of it is copied.</summary>
    public const string StopAndCopy = "StopAndCopy";

    /// <summary>The machine executes on the target at once, and pages follow.</summary>
    public const string PostCopy = "PostCopy";

    /// <summary>Rounds first, then as PostCopy.</summary>
    public const string Hybrid = "Hybrid";
}

/// <summary>Values of <see cref="MigrationSettings.Codec"/>.</summary>
public static class MigrationCodecs
{
    /// <summary>Pages as they are.</summary>
    public const string None = "none";

    /// <summary>DEFLATE of each page.</summary>
    public const string Deflate = "deflate";

    /// <summary>Zstandard of each page.</summary>
    public const string Zstd = "zstd";

    /// <summary>Deltas as in the paper of 2011, the final stage raw.</summary>
    public const string Xbrle2011 = "xbrle2011";

    /// <summary>The same, deltas in the final stage, too.</summary>
    public const string Xbrle2011Delta = "xbrle2011-delta";

    /// <summary>Deltas as QEMU writes them.</summary>
    public const string Xbzrle = "xbzrle";

    /// <summary>Of each page, the form that costs least on the link at hand.</summary>
    public const string Vee = "vee";

    /// <summary>The same, encoding fast.</summary>
    public const string VeeFast = "vee-fast";

    /// <summary>The same, writing little.</summary>
    public const string VeeSmall = "vee-small";
}

/// <summary>Values of the steps of <see cref="MigrationSettings.Ladder"/>.</summary>
public static class EscalationSteps
{
    /// <summary>A codec that writes less and costs more.</summary>
    public const string SmallerCodec = "SmallerCodec";

    /// <summary>More pages are encoded at the same time.</summary>
    public const string MoreStreams = "MoreStreams";

    /// <summary>The vCPUs that write are executed less.</summary>
    public const string DirtyLimit = "DirtyLimit";

    /// <summary>The machine executes on the target, and pages follow.</summary>
    public const string PostCopy = "PostCopy";

    /// <summary>It is given up.</summary>
    public const string Abort = "Abort";
}

/// <summary>What follows an attempt that failed and may do better.</summary>
public sealed record RetrySpec
{
    /// <summary>Attempts in all. 3 if not given.</summary>
    [Range(1, 10)]
    public int? Attempts { get; init; }

    /// <summary>Seconds of wall time before the second attempt, twice as many before each one after. 10 if not given.
    /// </summary>
    [Range(0, 3600)]
    public int? BackOffWallSeconds { get; init; }
}

/// <summary>Parts of a migration that are left out.</summary>
public sealed record AblationSpec
{
    /// <summary>What was sent is not kept, so there are no deltas. False if not given.</summary>
    public bool? BaseImages { get; init; }

    /// <summary>Pages go in the order of their addresses, not those first that change seldom. False if not given.
    /// </summary>
    public bool? ColdFirst { get; init; }

    /// <summary>Pages that change all the time are sent in each round. False if not given.</summary>
    public bool? HoldBack { get; init; }

    /// <summary>Frames hold page after page, not columns. False if not given.</summary>
    public bool? Columns { get; init; }

    /// <summary>The target's answer is waited for before the machine is given away: it stands still for another round
    /// trip, and executes on by itself at the source if the target dies meanwhile. False if not given.</summary>
    public bool? GrantAhead { get; init; }
}
