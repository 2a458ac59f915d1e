namespace Vee.Api;

/// <summary>Types of conditions, each with what True says.</summary>
/// <remarks>
/// Ready is always present; Reconciling and Stalled are there for tools that follow kstatus and are True only when
/// something is going on or stuck. Source: Kubernetes API conventions, typical status properties; cli-utils, kstatus.
/// </remarks>
public static class ConditionTypes
{
    /// <summary>The object is as its spec asks: also a halted machine that is halted.</summary>
    public const string Ready = "Ready";

    /// <summary>A host has been found for the machine.</summary>
    public const string Scheduled = "Scheduled";

    /// <summary>The guest executes.</summary>
    public const string Running = "Running";

    /// <summary>The machine is held still.</summary>
    public const string Paused = "Paused";

    /// <summary>The spec changed in a way that takes effect at the next start.</summary>
    public const string RestartRequired = "RestartRequired";

    /// <summary>The machine moves to another host.</summary>
    public const string Migrating = "Migrating";

    /// <summary>The host has an agent.</summary>
    public const string Bound = "Bound";

    /// <summary>All links of the host that its spec asks for are there.</summary>
    public const string Linked = "Linked";

    /// <summary>The host has the probes and the work that its spec asks for.</summary>
    public const string Equipped = "Equipped";

    /// <summary>The host's virtual time does not keep up with the wall's, or stands: True is trouble.</summary>
    public const string TimeLag = "TimeLag";

    /// <summary>The operator is at work on it.</summary>
    public const string Reconciling = "Reconciling";

    /// <summary>Nothing will change until somebody changes something; the message says what.</summary>
    public const string Stalled = "Stalled";
}

/// <summary>Reasons of conditions and events.</summary>
public static class Reasons
{
    /// <summary>As the spec asks.</summary>
    public const string AsSpecified = "AsSpecified";

    /// <summary>The guest executes.</summary>
    public const string Running = "Running";

    /// <summary>Halted, as the spec asks.</summary>
    public const string Halted = "Halted";

    /// <summary>Paused, as the spec asks.</summary>
    public const string Paused = "Paused";

    /// <summary>The guest ended with status 0 and is not to be started again.</summary>
    public const string Succeeded = "Succeeded";

    /// <summary>The guest failed and is not to be started again.</summary>
    public const string Failed = "Failed";

    /// <summary>The guest ended; its next start waits for the back-off to pass.</summary>
    public const string BackOff = "BackOff";

    /// <summary>On its way to running.</summary>
    public const string Starting = "Starting";

    /// <summary>On its way to an end.</summary>
    public const string Stopping = "Stopping";

    /// <summary>Not running because no host was found yet.</summary>
    public const string NotScheduled = "NotScheduled";

    /// <summary>A host was found.</summary>
    public const string HostFound = "HostFound";

    /// <summary>No host fits; the message names each and what it lacks.</summary>
    public const string NoHostFits = "NoHostFits";

    /// <summary>There is no host at all.</summary>
    public const string NoHosts = "NoHosts";

    /// <summary>Nothing to place while halted.</summary>
    public const string NotNeeded = "NotNeeded";

    /// <summary>No builtin, ConfigMap or key of that name.</summary>
    public const string ImageNotFound = "ImageNotFound";

    /// <summary>The program's bytes have another digest than the spec asks for.</summary>
    public const string ImageDigestMismatch = "ImageDigestMismatch";

    /// <summary>The bytes are no ELF program, or a damaged one.</summary>
    public const string ImageInvalid = "ImageInvalid";

    /// <summary>An ELF program for another machine.</summary>
    public const string ImageArchitecture = "ImageArchitecture";

    /// <summary>The program does not fit into the machine's memory.</summary>
    public const string ImageTooLarge = "ImageTooLarge";

    /// <summary>No agent offers this type of machine.</summary>
    public const string MachineTypeUnsupported = "MachineTypeUnsupported";

    /// <summary>The agent does not answer; the machine may or may not run on.</summary>
    public const string AgentUnreachable = "AgentUnreachable";

    /// <summary>The agent started anew, so what it held is gone.</summary>
    public const string AgentRestarted = "AgentRestarted";

    /// <summary>A port of the agent that the spec asks for is taken.</summary>
    public const string PortUnavailable = "PortUnavailable";

    /// <summary>The agent refused; the message says why.</summary>
    public const string AgentRefused = "AgentRefused";

    /// <summary>The running machine has what the spec asks for.</summary>
    public const string UpToDate = "UpToDate";

    /// <summary>The spec changed after the start.</summary>
    public const string SpecChanged = "SpecChanged";

    /// <summary>An agent has room for the host.</summary>
    public const string AgentFound = "AgentFound";

    /// <summary>No agent fits; the message has the arithmetic.</summary>
    public const string NoAgentFits = "NoAgentFits";

    /// <summary>No agent is known.</summary>
    public const string NoAgents = "NoAgents";

    /// <summary>Somebody states that the host's agent is gone for good.</summary>
    public const string OutOfService = "OutOfService";

    /// <summary>The object is being deleted.</summary>
    public const string Deleting = "Deleting";

    /// <summary>The host's time passes as it should.</summary>
    public const string KeepsUp = "KeepsUp";

    /// <summary>The agent's computer is too slow for what it simulates.</summary>
    public const string Lags = "Lags";

    /// <summary>The host's time stands until another agent of its rack answers.</summary>
    public const string Stands = "Stands";

    /// <summary>The machine's host is simulated, and its time stands.</summary>
    public const string TimeStands = "TimeStands";

    /// <summary>A link is not there; the message says of each why.</summary>
    public const string LinkPending = "LinkPending";

    /// <summary>Another machine has the address that this one asks for.</summary>
    public const string AddressTaken = "AddressTaken";

    /// <summary>What a probe is to ask has no address yet; the message says of each why.</summary>
    public const string TargetPending = "TargetPending";

    /// <summary>The machine moves to another host.</summary>
    public const string Migrating = "Migrating";

    /// <summary>It is on its target.</summary>
    public const string Migrated = "Migrated";

    /// <summary>Nobody knows who has the machine, until an agent answers; the message says which.</summary>
    public const string OutcomeUnknown = "OutcomeUnknown";

    /// <summary>There is no machine of that name, or it is being deleted.</summary>
    public const string MachineGone = "MachineGone";

    /// <summary>The machine does not execute.</summary>
    public const string MachineNotRunning = "MachineNotRunning";

    /// <summary>Another migration of the machine is under way.</summary>
    public const string AlreadyMigrating = "AlreadyMigrating";

    /// <summary>The machine is on the host that it is to go to.</summary>
    public const string AlreadyThere = "AlreadyThere";

    /// <summary>There is no policy of that name.</summary>
    public const string PolicyNotFound = "PolicyNotFound";

    /// <summary>The limits on migrations at once are reached.</summary>
    public const string WaitsForTurn = "WaitsForTurn";

    /// <summary>Pages of the machine have not come yet from where it was before.</summary>
    public const string PagesFollow = "PagesFollow";

    /// <summary>It was not done within its deadline.</summary>
    public const string DeadlineExceeded = "DeadlineExceeded";

    /// <summary>Somebody asked that it be given up.</summary>
    public const string Aborted = "Aborted";

    /// <summary>The next attempt waits for the back-off to pass.</summary>
    public const string Retrying = "Retrying";

    /// <summary>The machine was lost with an agent, or ended, before it was over.</summary>
    public const string MachineLost = "MachineLost";

    /// <summary>What rounds could not do was tried in another way.</summary>
    public const string Escalated = "Escalated";

    /// <summary>Two policies of one priority select one machine.</summary>
    public const string Conflict = "Conflict";

    /// <summary>Every address is taken.</summary>
    public const string NoAddress = "NoAddress";
}
