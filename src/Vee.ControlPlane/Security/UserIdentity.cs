namespace Vee.ControlPlane.Security;

/// <summary>Who makes a request.</summary>
internal sealed record UserIdentity(string Name, string Uid, IReadOnlyList<string> Groups)
{
    internal const string Masters = "system:masters";
    internal const string Authenticated = "system:authenticated";
    internal const string Unauthenticated = "system:unauthenticated";

    internal static readonly UserIdentity Anonymous = new("system:anonymous", "", [Unauthenticated]);

    internal bool IsMaster => Groups.Contains(Masters, StringComparer.Ordinal);

    /// <summary>A user that is known, as a member of the group of all such users.</summary>
    internal static UserIdentity Known(string name, string uid, IReadOnlyList<string> groups) =>
        new(name, uid, [.. groups.Where(g => g != Authenticated), Authenticated]);
}
