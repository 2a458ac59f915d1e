namespace Vee.Agent.Services;

/// <summary>Ends the streams when the agent stops: they would last for ever.</summary>
/// <param name="Stopping">Cancelled when the agent stops, after its machines have ended.</param>
internal sealed record StreamLifetime(CancellationToken Stopping);
