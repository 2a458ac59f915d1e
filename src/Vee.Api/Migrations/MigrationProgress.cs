using System.ComponentModel.DataAnnotations;
using Vee.Api.Schema;

namespace Vee.Api.Migrations;

/// <summary>How far a migration is.</summary>
public sealed record MigrationProgress
{
    /// <summary>Stands for an expected downtime that nobody can tell yet: the first round has to end before.</summary>
    public const long DowntimeUnknownUs = (long)Bounds.Integer;

    /// <summary>When this was so, in wall time.</summary>
    [Required]
    public DateTime ObservedAt { get; init; }

    /// <summary>Virtual time since it began, in milliseconds.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long ElapsedVirtualMs { get; init; }

    /// <summary>Passes over its pages, the current one included.</summary>
    [Required]
    [Range(0, int.MaxValue)]
    public int Rounds { get; init; }

    /// <summary>Pages of the machine that hold something.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long PagesTotal { get; init; }

    /// <summary>Pages that have to be sent, or sent again.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long PagesRemaining { get; init; }

    /// <summary>Pages that were sent, each as often as it was.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long PagesSent { get; init; }

    /// <summary>Pages that change all the time and wait for the stop.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long HotPagesHeld { get; init; }

    /// <summary>Bytes on the wire.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long BytesSent { get; init; }

    /// <summary>Bytes that the same pages are as they are.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long BytesRaw { get; init; }

    /// <summary>Bits that go over the wire in a second of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long BitsPerVirtualSecond { get; init; }

    /// <summary>Pages that change in a second of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DirtyPagesPerVirtualSecond { get; init; }

    /// <summary>How long a stop would be now, in microseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DowntimeExpectedVirtualUs { get; init; }

    /// <summary>
    /// Pages that each vCPU may dirty in a second of virtual time; not given while nothing is limited.
    /// </summary>
    [Range(1, Bounds.Integer)]
    public long? DirtyLimitPagesPerVirtualSecond { get; init; }

    /// <summary>For how long the vCPU was held back that was so most, in milliseconds of virtual time.</summary>
    [Range(0, Bounds.Integer)]
    public long? ThrottleMaxVirtualMs { get; init; }
}

/// <summary>One pass over the pages that had changed when it began.</summary>
public sealed record RoundStatus
{
    /// <summary>Number, from 0.</summary>
    [Required]
    [Range(0, int.MaxValue)]
    public int Round { get; init; }

    /// <summary>When it began, in milliseconds of virtual time since the migration began.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long BegunVirtualMs { get; init; }

    /// <summary>How long it took, in milliseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DurationVirtualMs { get; init; }

    /// <summary>Pages that were sent.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Pages { get; init; }

    /// <summary>Bytes on the wire.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Bytes { get; init; }

    /// <summary>Pages that had changed meanwhile.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DirtyPagesAfter { get; init; }

    /// <summary>How long a stop would have been then, in microseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DowntimeExpectedVirtualUs { get; init; }
}
