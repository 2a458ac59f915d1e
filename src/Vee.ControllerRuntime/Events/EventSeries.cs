using k8s.Models;

namespace Vee.ControllerRuntime.Events;

/// <summary>What makes two events the same event again.</summary>
internal readonly record struct EventIdentity(
    string RegardingUid,
    string RegardingName,
    string? RelatedUid,
    string Type,
    string Reason,
    string Action,
    string Note);

/// <summary>One thing that happened, and how often since.</summary>
/// <param name="identity">What happened to what.</param>
/// <param name="first">The event as it is created.</param>
internal sealed class EventSeries(EventIdentity identity, Eventsv1Event first)
{
    internal EventIdentity Identity => identity;

    internal Eventsv1Event First => first;

    /// <summary>How often it was seen.</summary>
    internal int Count { get; set; } = 1;

    /// <summary>How often the server knows it was seen; zero before it is created.</summary>
    internal int CountSent { get; set; }

    internal DateTimeOffset LastSeen { get; set; }

    internal DateTimeOffset LastSent { get; set; }

    internal bool IsDirty => CountSent < Count;
}
