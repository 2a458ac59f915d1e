using System.ComponentModel.DataAnnotations;
using Vee.Api.Schema;

namespace Vee.Api.SimulatedHosts;

/// <summary>What a host is to be.</summary>
[Rule("!has(self.hostWork) || self.hostWork.tasks.all(t, !has(t.pages) || (has(self.hardware.costs) && "
    + "has(self.hardware.costs.perPage) && t.pages.what in self.hardware.costs.perPage))",
    "what is done to pages must be a name of hardware.costs.perPage", FieldPath = ".hostWork")]
public sealed record SimulatedHostSpec
{
    /// <summary>Its simulated hardware. Cannot be changed while the host is bound to an agent.</summary>
    [Required]
    public HardwareSpec Hardware { get; init; } = new();

    /// <summary>Who runs on its cores when. Cannot be changed while the host is bound to an agent.</summary>
    public SchedulerSpec? Scheduler { get; init; }

    /// <summary>How its time passes. Cannot be changed while the host is bound to an agent.</summary>
    public TimeSpec? Time { get; init; }

    /// <summary>
    /// Seed of all that is random about it. Cannot be changed while the host is bound to an agent. 0 if not given.
    /// </summary>
    [Range(0, Bounds.Integer)]
    public long? Seed { get; init; }

    /// <summary>
    /// Links to other hosts, which it then shares a line of virtual time with. A link that only one of two hosts has
    /// holds both ways; if both have it, each says what it is like from itself.
    /// </summary>
    [MaxLength(64)]
    [ListMapKey("to")]
    public IReadOnlyList<LinkSpec>? Links { get; init; }

    /// <summary>
    /// Clients that need no core and tell in status and metrics what they see of a service. A host without machines is
    /// the place for them.
    /// </summary>
    [MaxLength(32)]
    [ListMapKey("name")]
    public IReadOnlyList<ProbeSpec>? Probes { get; init; }

    /// <summary>Work of the host itself. None if not given.</summary>
    public HostWorkSpec? HostWork { get; init; }

    /// <summary>Labels that the agent must have. Any agent if not given.</summary>
    [MaxLength(16)]
    [Items(MaxLength = 63, Pattern = Patterns.LabelValue)]
    [Rule(Patterns.LabelKeysRule, Patterns.LabelKeysMessage)]
    public IReadOnlyDictionary<string, string>? AgentSelector { get; init; }

    /// <summary>
    /// Keeps new machines away, and moves those that run to other hosts that fit and that a link leads to; those that
    /// cannot move stay. False if not given.
    /// </summary>
    public bool? Unschedulable { get; init; }

    /// <summary>
    /// States that the host's agent is gone for good, which nobody but you can know while it does not answer: its
    /// machines are then started elsewhere. The host is bound anew when this is taken back. False if not given.
    /// </summary>
    public bool? OutOfService { get; init; }
}

/// <summary>Who runs on the cores of a host when.</summary>
public sealed record SchedulerSpec
{
    /// <summary>
    /// How vCPUs share cores: credit (Xen's, as it became), credit-2009 (as it was) or first-come. Credit if not given.
    /// </summary>
    [AllowedValues(SchedulerPolicies.Credit, SchedulerPolicies.Credit2009, SchedulerPolicies.FirstCome)]
    public string? Policy { get; init; }

    /// <summary>
    /// Options of the policy: a whole number, a time such as 30ms, true or false. As the policy has them if not given.
    /// </summary>
    [MaxLength(32)]
    [Items(MaxLength = 16, Pattern = Patterns.SchedulerOption)]
    [Rule(Patterns.NameKeysRule, "an option has a name of 1 to 63 characters")]
    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

/// <summary>Values of <see cref="SchedulerSpec.Policy"/>.</summary>
public static class SchedulerPolicies
{
    /// <summary>Xen's credit scheduler as it became.</summary>
    public const string Credit = "credit";

    /// <summary>Xen's credit scheduler as it was in 2009.</summary>
    public const string Credit2009 = "credit-2009";

    /// <summary>One after another.</summary>
    public const string FirstCome = "first-come";
}

/// <summary>How the time of a host passes.</summary>
public sealed record TimeSpec
{
    /// <summary>
    /// Paced: never ahead of the wall's, as outside clients need. FreeRunning: as fast as the agent can, up to where
    /// somebody lets it. Paced if not given.
    /// </summary>
    [AllowedValues(TimeModes.Paced, TimeModes.FreeRunning)]
    public string? Mode { get; init; }
}

/// <summary>Values of <see cref="TimeSpec.Mode"/>.</summary>
public static class TimeModes
{
    /// <summary>Virtual time is never ahead of the wall's.</summary>
    public const string Paced = "Paced";

    /// <summary>Virtual time passes as fast as events execute.</summary>
    public const string FreeRunning = "FreeRunning";
}

/// <summary>A link to another host, and what it is like from here to there.</summary>
public sealed record LinkSpec
{
    /// <summary>Name of the other SimulatedHost.</summary>
    [Required]
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string To { get; init; } = "";

    /// <summary>Bits in a second of virtual time, for example 10Gbit, 999Tbit at most. 1Gbit if not given.</summary>
    [Length(4, 20)]
    [Rule(Patterns.BandwidthRule, Patterns.BandwidthMessage)]
    public string? Bandwidth { get; init; }

    /// <summary>How long a bit is on its way, 1us to 3600s of virtual time. 50us if not given.</summary>
    [Length(2, 12)]
    [Rule(Patterns.TimeRule + " && duration(self) >= duration('1us') && duration(self) <= duration('3600s')",
        "a latency is 1us to 3600s: a whole number and ns, us, ms or s")]
    public string? Latency { get; init; }

    /// <summary>
    /// Up to so much more, by chance, 0 to 3600s of virtual time; nothing overtakes. 0 if not given.
    /// </summary>
    [Length(1, 12)]
    [Rule(Patterns.TimeRule + " && duration(self) <= duration('3600s')",
        "a jitter is 0 to 3600s: a whole number and ns, us, ms or s")]
    public string? Jitter { get; init; }

    /// <summary>The chance that a message is lost, as text: "0" to "1", for example "0.005". 0 if not given.</summary>
    [Length(1, 11)]
    [RegularExpression(Patterns.Chance)]
    public string? Loss { get; init; }
}
