using System.ComponentModel.DataAnnotations;
using Vee.Api.Schema;

namespace Vee.Api.SimulatedHosts;

/// <summary>What a probe has seen since it began.</summary>
public sealed record ProbeStatus
{
    /// <summary>Name of the probe.</summary>
    [Required]
    [MaxLength(63)]
    public string Name { get; init; } = "";

    /// <summary>Requests that it meant to send.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Sent { get; init; }

    /// <summary>Those that were answered.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Answered { get; init; }

    /// <summary>Those that are not waited for any more.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Lost { get; init; }

    /// <summary>Answers that were slow.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Slow { get; init; }

    /// <summary>Connections that were refused or broke.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Breaks { get; init; }

    /// <summary>The longest time without an answer, in microseconds of virtual time: the blackout.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long LongestSilenceVirtualUs { get; init; }

    /// <summary>Half of the answers came in less, from when they were meant to be asked for.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long ResponseP50VirtualUs { get; init; }

    /// <summary>99 of 100 answers came in less.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long ResponseP99VirtualUs { get; init; }

    /// <summary>The slowest answer.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long ResponseMaxVirtualUs { get; init; }
}

/// <summary>How a task of a host has fared since it began.</summary>
public sealed record HostTaskStatus
{
    /// <summary>Name of the task.</summary>
    [Required]
    [MaxLength(63)]
    public string Name { get; init; } = "";

    /// <summary>Times that it was done.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long Done { get; init; }

    /// <summary>Half of the times it took less, in microseconds of virtual time.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long ResponseP50VirtualUs { get; init; }

    /// <summary>99 of 100 times it took less.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long ResponseP99VirtualUs { get; init; }

    /// <summary>99 of 100 times it waited for a core for less.</summary>
    [Required]
    [Range(0, Bounds.Integer)]
    public long WaitP99VirtualUs { get; init; }
}
