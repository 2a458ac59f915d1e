using Microsoft.Extensions.Logging;
using Vee.Agent.Gateways;

namespace Vee.Agent.Guests;

/// <summary>What every machine of an agent uses.</summary>
/// <param name="AgentName">The agent, for messages.</param>
/// <param name="Meters">Counts.</param>
/// <param name="Traffic">Counts what passes through gateways.</param>
/// <param name="Time">The wall's time.</param>
/// <param name="Logger">Says what became of machines.</param>
internal sealed record GuestParts(
    string AgentName,
    GuestMeters Meters,
    Traffic Traffic,
    TimeProvider Time,
    ILogger<Guest> Logger);

/// <summary>Who is told what becomes of a machine, on the thread that runs it. Must not wait.</summary>
internal interface IGuestObserver
{
    /// <summary>Its view has changed.</summary>
    void Changed(Guest guest);
}
