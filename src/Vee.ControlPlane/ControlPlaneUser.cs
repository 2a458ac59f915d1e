namespace Vee.ControlPlane;

/// <summary>A user with a bearer token.</summary>
/// <param name="Name">As authorization sees it.</param>
/// <param name="Token">The secret, 1..4096 characters.</param>
/// <param name="Groups">For example <c>system:masters</c>, who may do everything.</param>
public sealed record ControlPlaneUser(string Name, string Token, params IReadOnlyList<string> Groups);
