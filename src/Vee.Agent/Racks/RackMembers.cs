using Vee.Hypervisor.Racks;

namespace Vee.Agent.Racks;

/// <summary>A plan of a rack as this agent has a part in it.</summary>
/// <param name="Uid">The rack.</param>
/// <param name="Generation">Grows with each plan.</param>
/// <param name="OwnName">This agent.</param>
/// <param name="Peers">The other agents.</param>
/// <param name="Plan">All hosts and links.</param>
internal sealed record RackMembers(
    string Uid, long Generation, string OwnName, IReadOnlyList<RackPeer> Peers, RackPlan Plan)
{
    // Epochs of one plan count in the lower bits.
    private const int GenerationShift = 20;

    /// <summary>The first epoch of the plan.</summary>
    internal long FirstEpoch => (Generation - 1) << GenerationShift;

    /// <summary>A host that is in no rack with others.</summary>
    internal static RackMembers Alone(string host) => new("", 1, "alone", [], new RackPlan([host], []));
}

/// <summary>Another agent of a rack.</summary>
/// <param name="Name">Of the agent.</param>
/// <param name="Address">Where it takes calls.</param>
/// <param name="Hosts">Names of its hosts in the rack.</param>
internal sealed record RackPeer(string Name, string Address, IReadOnlyList<string> Hosts);

/// <summary>What one part tells another before the next window.</summary>
/// <param name="Epoch">What all have agreed on.</param>
/// <param name="Number">Counts the windows of the epoch.</param>
/// <param name="Report">How far it is, and what it has sent.</param>
/// <param name="Limit">How far it lets time pass.</param>
internal sealed record RackWindow(long Epoch, long Number, RackReport Report, long Limit);

/// <summary>What one part says when it has stopped.</summary>
/// <param name="Epoch">What it wants all to agree on.</param>
/// <param name="Now">How far its furthest host is.</param>
/// <param name="IsPaced">Whether its hosts follow the wall's time.</param>
/// <param name="Placements">The addresses of its guests.</param>
internal sealed record RackHello(long Epoch, long Now, bool IsPaced, IReadOnlyList<Placement> Placements);

/// <summary>How a line of time is, for those who watch.</summary>
/// <param name="Phase">Whether it passes.</param>
/// <param name="Message">Why not.</param>
internal readonly record struct TimeView(TimePhase Phase, string Message)
{
    internal static TimeView Passes => new(TimePhase.Passes, "");
}

/// <summary>Whether time passes. Zero is invalid.</summary>
internal enum TimePhase : byte
{
    Invalid = 0,
    Passes = 1,
    Lags = 2,
    Stands = 3,
}
