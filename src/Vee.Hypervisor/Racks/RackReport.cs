using Vee.Hypervisor.Network;

namespace Vee.Hypervisor.Racks;

/// <summary>What one who simulates a part of a rack tells the others after each window.</summary>
/// <param name="Part">Who.</param>
/// <param name="Now">How far all its hosts have come: the end of the window.</param>
/// <param name="Bound">Nothing happens on its hosts before then, unless something arrives there; nothing that it has
/// sent arrives before then either.</param>
/// <param name="Arrivals">What its hosts have sent to hosts of others since the report before.</param>
public sealed record RackReport(string Part, long Now, long Bound, IReadOnlyList<Arrival> Arrivals)
{
    /// <summary>Addresses that have come to its hosts or gone since the report before.</summary>
    public IReadOnlyList<Placement> Placements { get; init; } = [];
}

/// <summary>Somebody's report contradicts what it promised before.</summary>
public sealed class RackPromiseException(string part, string message) : Exception(message)
{
    /// <summary>Whose.</summary>
    public string Part { get; } = part;
}
