namespace Vee.Protocol;

/// <summary>
/// What a caller's certificate entitles to. A role stands in the subject as OU, or in the subject alternative names as
/// the URI <see cref="UriPrefix"/> followed by the role.
/// </summary>
public static class Roles
{
    /// <summary>May make every call.</summary>
    public const string Operator = "operator";

    /// <summary>May look, and use consoles: Describe, Watch, Attach and ReadLog.</summary>
    public const string User = "user";

    /// <summary>An agent: may join racks.</summary>
    public const string Agent = "agent";

    /// <summary>What a role follows as URI.</summary>
    public const string UriPrefix = "urn:vee:role:";
}
