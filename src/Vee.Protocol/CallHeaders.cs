namespace Vee.Protocol;

/// <summary>Headers of calls to an agent.</summary>
public static class CallHeaders
{
    /// <summary>The incarnation that a call is meant for; without it, whichever runs.</summary>
    public const string Incarnation = "vee-incarnation";
}
