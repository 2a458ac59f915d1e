using Vee.Api;

namespace Vee.Operator.Decisions.Machines;

/// <summary>What the conditions of a machine say. Every type is always there.</summary>
internal sealed record MachineConditions
{
    /// <summary>What the machine does, in one word.</summary>
    public required string PrintableStatus { get; init; }

    public required ConditionDraft Ready { get; init; }

    public required ConditionDraft Scheduled { get; init; }

    public required ConditionDraft Running { get; init; }

    public ConditionDraft Paused { get; init; } =
        new(ConditionTypes.Paused, ConditionDraft.False, Reasons.AsSpecified, "");

    public ConditionDraft RestartRequired { get; init; } =
        new(ConditionTypes.RestartRequired, ConditionDraft.False, Reasons.UpToDate, "");

    public ConditionDraft Migrating { get; init; } =
        new(ConditionTypes.Migrating, ConditionDraft.False, Reasons.NotNeeded, "");

    /// <summary>Whether the operator is at work on it.</summary>
    public bool IsReconciling { get; init; }

    /// <summary>Whether nothing changes until somebody changes something.</summary>
    public bool IsStalled { get; init; }

    public IEnumerable<ConditionDraft> All()
    {
        yield return Ready;
        yield return Scheduled;
        yield return Running;
        yield return Paused;
        yield return RestartRequired;
        yield return Migrating;
        yield return AbnormalWhenTrue(ConditionTypes.Reconciling, IsReconciling);
        yield return AbnormalWhenTrue(ConditionTypes.Stalled, IsStalled);
    }

    /// <summary>A machine that executes or is held still, as asked.</summary>
    public static MachineConditions Settled(string status, string reason, string message, bool running, string host) =>
        new()
        {
            PrintableStatus = status,
            Ready = new(ConditionTypes.Ready, ConditionDraft.True, reason, message),
            Scheduled = On(host),
            Running = new(
                ConditionTypes.Running, running ? ConditionDraft.True : ConditionDraft.False, reason, message),
        };

    /// <summary>A machine on its way to somewhere.</summary>
    public static MachineConditions Underway(string status, string reason, string message, string? host) => new()
    {
        PrintableStatus = status,
        Ready = new(ConditionTypes.Ready, ConditionDraft.False, reason, message),
        Scheduled = host is null ? NotScheduled(reason, message) : On(host),
        Running = new(ConditionTypes.Running, ConditionDraft.False, reason, message),
        IsReconciling = true,
    };

    /// <summary>A machine that waits for somebody to change something.</summary>
    public static MachineConditions Stuck(string status, string reason, string message) => new()
    {
        PrintableStatus = status,
        Ready = new(ConditionTypes.Ready, ConditionDraft.False, reason, message),
        Scheduled = NotScheduled(reason, message),
        Running = new(ConditionTypes.Running, ConditionDraft.False, reason, message),
        IsStalled = true,
    };

    /// <summary>A machine of which nothing is known.</summary>
    public static MachineConditions Unreachable(string message, string host) => new()
    {
        PrintableStatus = "Unknown",
        Ready = new(ConditionTypes.Ready, ConditionDraft.Unknown, Reasons.AgentUnreachable, message),
        Scheduled = On(host),
        Running = new(ConditionTypes.Running, ConditionDraft.Unknown, Reasons.AgentUnreachable, message),
        Paused = new(ConditionTypes.Paused, ConditionDraft.Unknown, Reasons.AgentUnreachable, message),
        IsReconciling = true,
    };

    public static ConditionDraft NotScheduled(string reason, string message) =>
        new(ConditionTypes.Scheduled, ConditionDraft.False, reason, message);

    private static ConditionDraft On(string host) =>
        new(ConditionTypes.Scheduled, ConditionDraft.True, Reasons.HostFound, $"on host {host}");

    private ConditionDraft AbnormalWhenTrue(string type, bool isTrue) => new(
        type, isTrue ? ConditionDraft.True : ConditionDraft.False,
        isTrue ? Ready.Reason : Reasons.AsSpecified, isTrue ? Ready.Message : "");
}
