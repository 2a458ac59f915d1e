using System.ComponentModel.DataAnnotations;
using Vee.Api.Schema;

namespace Vee.Api.Migrations;

/// <summary>What a migration came to. The parts of the pause add up to it.</summary>
public sealed record MigrationOutcome
{
    /// <summary>All of it, in milliseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long TotalVirtualMs { get; init; }

    /// <summary>All of it, in milliseconds of wall time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long TotalWallMs { get; init; }

    /// <summary>
    /// The pause: from the last instruction on the source to the first on the target, in microseconds of virtual time.
    /// </summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DowntimeVirtualUs { get; init; }

    /// <summary>The pause in milliseconds of wall time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DowntimeWallMs { get; init; }

    /// <summary>The pause as it was expected when it began, in microseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DowntimePredictedVirtualUs { get; init; }

    /// <summary>What a pause with one round trip takes at least on these hosts and this link, in microseconds of
    /// virtual time; half of that round trip is not needed if the grant goes ahead.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DowntimeBoundVirtualUs { get; init; }

    /// <summary>Part of the pause: until what was on its way had gone.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DrainVirtualUs { get; init; }

    /// <summary>Part of the pause: the last pages.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long FinalMemoryVirtualUs { get; init; }

    /// <summary>Part of the pause: all of the machine that is not its pages.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long StateVirtualUs { get; init; }

    /// <summary>Part of the pause: until the source knows what the target has; none if the grant goes ahead.
    /// </summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long VerifyVirtualUs { get; init; }

    /// <summary>Part of the pause: until the target has been given it, and has compared if the grant goes ahead.
    /// </summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long GrantVirtualUs { get; init; }

    /// <summary>Part of the pause: the target begins to execute.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long ResumeVirtualUs { get; init; }

    /// <summary>Work of encoding, in milliseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long EncodeVirtualMs { get; init; }

    /// <summary>Bytes of the state.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long StateBytes { get; init; }

    /// <summary>Bytes of the last pages.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long FinalBytes { get; init; }

    /// <summary>Kept pages that were given up for want of room before they were of use.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long BaseEvictions { get; init; }

    /// <summary>SHA-256 of pages and state, in hexadecimal, as both sides have found it.</summary>
    [MaxLength(64)]
    public string? RootDigest { get; init; }

    /// <summary>Pages and bytes by the form in which they were sent.</summary>
    [MaxLength(32)]
    [ListMapKey("form")]
    public IReadOnlyList<FormStatus>? Forms { get; init; }

    /// <summary>Pages that followed the machine; not set when none did.</summary>
    public PostCopyOutcome? PostCopy { get; init; }

    /// <summary>
    /// What probes that ask the machine say of the longest time without an answer: since each began, not only of this
    /// migration. Filled in some seconds after the end.
    /// </summary>
    [MaxLength(32)]
    public IReadOnlyList<ProbeBlackout>? Probes { get; init; }
}

/// <summary>Pages that followed a machine which executed on its target already.</summary>
public sealed record PostCopyOutcome
{
    /// <summary>From its first instruction there until it had all, in microseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long DurationVirtualUs { get; init; }

    /// <summary>Pages.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Pages { get; init; }

    /// <summary>Bytes on the wire.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Bytes { get; init; }

    /// <summary>Pages that a vCPU waited for.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Faults { get; init; }

    /// <summary>Until half of those had come, in microseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long WaitMedianVirtualUs { get; init; }

    /// <summary>Until 99 of 100 had come, in microseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long WaitPercentile99VirtualUs { get; init; }

    /// <summary>Until the last had come, in microseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long WaitMaxVirtualUs { get; init; }

    /// <summary>That vCPUs waited, added up, in microseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long WaitTotalVirtualUs { get; init; }

    /// <summary>Pages that came otherwise than the source has them, and were asked for again.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Mismatches { get; init; }
}

/// <summary>Pages that were sent in one form.</summary>
public sealed record FormStatus
{
    /// <summary>The form, for example word-mask.</summary>
    [Required]
    [MaxLength(StatusText.WordLength)]
    public string Form { get; init; } = "";

    /// <summary>Pages.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Pages { get; init; }

    /// <summary>Bytes on the wire.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Bytes { get; init; }
}

/// <summary>What a probe that asks the machine has seen.</summary>
public sealed record ProbeBlackout
{
    /// <summary>The SimulatedHost that has the probe.</summary>
    [Required]
    [MaxLength(63)]
    public string HostName { get; init; } = "";

    /// <summary>Name of the probe.</summary>
    [Required]
    [MaxLength(63)]
    public string Name { get; init; } = "";

    /// <summary>The longest time without an answer since it began, in microseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long LongestSilenceVirtualUs { get; init; }
}
