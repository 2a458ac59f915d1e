namespace Vee.Agent.Guests;

/// <summary>A machine that is to come to a host: what is reserved for it, and what is around it already.</summary>
/// <param name="Spec">With its address.</param>
/// <param name="Host">Where it comes to.</param>
/// <param name="Fittings">Its console and ports.</param>
/// <param name="AreFittingsOwn">False when the instance that it comes from is at this agent, too, and has them.</param>
/// <param name="Migration">How it comes.</param>
internal sealed record ExpectedGuest(
    GuestSpec Spec, SimulatedHost Host, GuestFittings Fittings, bool AreFittingsOwn, MachineMigration Migration)
{
    internal GuestView View => new(Spec, GuestPhase.Expected) { Ports = Fittings.Gateway.Ports };
}
