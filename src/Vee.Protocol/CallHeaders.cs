namespace Vee.Protocol;

/// <summary>Headers of calls to an agent.</summary>
public static class CallHeaders
{
    /// <summary>The incarnation that a call is meant for; without it, whichever runs.</summary>
    public const string Incarnation = "vee-incarnation";

    /// <summary>
    /// W3C trace context of ExpectMachine and MigrateMachine: the span that the agent's are part of. Without it, or
    /// with one that cannot be read, the agent writes none.
    /// </summary>
    public const string TraceParent = "traceparent";
}
