using Vee.Hypervisor.Events;
using Vee.Hypervisor.Pages;

namespace Vee.Hypervisor.Migration;

/// <summary>How a machine is moved. Zero is invalid.</summary>
public enum MigrationMode
{
    /// <summary>No mode.</summary>
    None = 0,

    /// <summary>Rounds of pages while the machine executes, then a short stop.</summary>
    PreCopy,

    /// <summary>The machine stands still while all of it is copied: the baseline.</summary>
    StopAndCopy,

    /// <summary>The machine executes at the target at once, and its pages follow. A source that dies meanwhile takes it
    /// along.</summary>
    PostCopy,

    /// <summary>One round; then, if the stop would be too long, as <see cref="PostCopy"/>.</summary>
    Hybrid,
}

/// <summary>What is done when rounds do not bring a machine nearer. Zero is invalid.</summary>
public enum EscalationStep
{
    /// <summary>No step.</summary>
    None = 0,

    /// <summary>Pages are made as small as can be.</summary>
    SmallerCodec,

    /// <summary>Twice as many pages are encoded at a time.</summary>
    MoreStreams,

    /// <summary>vCPUs that dirty pages faster than they can be sent sleep in between; half as many pages are allowed
    /// each time.</summary>
    DirtyLimit,

    /// <summary>It is given up.</summary>
    Abort,

    /// <summary>It executes at the target, and what is left of its pages follows.</summary>
    PostCopy,
}

/// <summary>How a machine is to be moved.</summary>
public sealed record MigrationOptions
{
    private const int StreamCountMax = 64;

    /// <summary>Rounds or none.</summary>
    public MigrationMode Mode { get; init; } = MigrationMode.PreCopy;

    /// <summary>Name of a page codec.</summary>
    public string Codec { get; init; } = PageCodecKinds.Standard;

    /// <summary>Bits in a second of virtual time that pages take of the link; 0 for all of it.</summary>
    public long BitsPerSecondMax { get; init; }

    /// <summary>Nanoseconds: the machine is stopped when it is expected to stand still for no longer.</summary>
    /// <value>300 ms</value>
    public long DowntimeMax { get; init; } = 300 * VirtualTime.Millisecond;

    /// <summary>Nanoseconds of virtual time until it is given up.</summary>
    public long CompletionTimeout { get; init; } = VirtualTime.Never;

    /// <summary>Nanoseconds of virtual time without an answer of the other side until it is given up.</summary>
    /// <value>150 s</value>
    public long ProgressTimeout { get; init; } = 150 * VirtualTime.Second;

    /// <summary>Nanoseconds of virtual time for which pages may follow a machine, as expected when it stops.</summary>
    /// <value>60 s</value>
    public long PostCopyMax { get; init; } = 60 * VirtualTime.Second;

    /// <summary>Whether pages may follow the machine.</summary>
    public bool HasPostCopy =>
        Mode is MigrationMode.PostCopy or MigrationMode.Hybrid || Ladder.Contains(EscalationStep.PostCopy);

    /// <summary>Pages that are encoded at a time, each on a core of its own.</summary>
    public int StreamCount { get; init; } = 1;

    /// <summary>What is done when rounds do not bring it nearer, in this order.</summary>
    public IReadOnlyList<EscalationStep> Ladder { get; init; } =
        [EscalationStep.SmallerCodec, EscalationStep.MoreStreams, EscalationStep.Abort];

    /// <summary>Whether the grant goes along with the state, on condition that the target has what it must have: half a
    /// round trip instead of one and a half. The source can then go on only when the target has said that it has not.
    /// A link that has lost something gets the comparison first all the same.</summary>
    public bool GrantsAhead { get; init; } = true;

    /// <summary>Whether changed pages are sent as what has changed in them.</summary>
    public bool KeepsBaseImages { get; init; } = true;

    /// <summary>Whether pages that change seldom go first.</summary>
    public bool SendsColdFirst { get; init; } = true;

    /// <summary>Whether pages that change all the time wait for the stop once they were sent.</summary>
    public bool HoldsBackHot { get; init; } = true;

    /// <summary>Whether frames hold columns, not page after page.</summary>
    public bool SendsColumns { get; init; } = true;

    /// <summary>Every defect as <c>field: what is wrong</c>.</summary>
    public IReadOnlyList<string> Defects()
    {
        var defects = new List<string>();
        Require(defects, "mode", Enum.IsDefined(Mode) && Mode != MigrationMode.None, $"there is no mode {Mode}");
        Require(
            defects, "codec", PageCodecKinds.Named(Codec) is not null,
            $"there is no '{Codec}', but {string.Join(", ", PageCodecKinds.All.Select(kind => kind.Name))}");
        Require(defects, "bitsPerSecondMax", BitsPerSecondMax >= 0, "is negative");
        Require(defects, "downtimeMax", DowntimeMax > 0, "must be above 0");
        Require(defects, "completionTimeout", CompletionTimeout > 0, "must be above 0");
        Require(defects, "progressTimeout", ProgressTimeout > 0, "must be above 0");
        Require(defects, "postCopyMax", PostCopyMax > 0, "must be above 0");
        Require(
            defects, "streamCount", StreamCount is >= 1 and <= StreamCountMax, $"must be 1 to {StreamCountMax}");
        Require(
            defects, "ladder", Ladder.All(step => Enum.IsDefined(step) && step != EscalationStep.None),
            "has a step that there is not");
        return defects;
    }

    private static void Require(List<string> defects, string field, bool condition, string what)
    {
        if (!condition)
        {
            defects.Add($"{field}: {what}");
        }
    }
}
