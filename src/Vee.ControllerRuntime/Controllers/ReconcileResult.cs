namespace Vee.ControllerRuntime.Controllers;

/// <summary>What is to become of a key after one visit.</summary>
public sealed record ReconcileResult
{
    private ReconcileResult(TimeSpan? after, string? reason, string? message)
    {
        After = after;
        Reason = reason;
        Message = message;
    }

    /// <summary>All is as it should be; the next visit comes with the next event.</summary>
    public static ReconcileResult Done { get; } = new(null, null, null);

    /// <summary>The wait before the next visit; null when none is asked for.</summary>
    public TimeSpan? After { get; }

    /// <summary>Why trying again is pointless, in CamelCase; null when it is not.</summary>
    public string? Reason { get; }

    /// <summary>The same for people.</summary>
    public string? Message { get; }

    /// <summary>Nothing but a change of the object can help: no retry, counted as an error.</summary>
    public bool IsTerminal => Reason is not null;

    /// <summary>Nothing more is to be done now.</summary>
    public bool IsDone => After is null && Reason is null;

    /// <summary>Visit the key again after a while, or earlier when an event comes.</summary>
    /// <param name="after">More than zero, at most 24 hours.</param>
    public static ReconcileResult RequeueAfter(TimeSpan after) =>
        after > TimeSpan.Zero && after <= TimeSpan.FromDays(1)
            ? new(after, null, null)
            : throw new ArgumentOutOfRangeException(nameof(after), after, "more than zero, at most 24 hours");

    /// <summary>Nothing but a change of the object can help.</summary>
    /// <param name="reason">CamelCase.</param>
    /// <param name="message">For people.</param>
    public static ReconcileResult Terminal(string reason, string message) =>
        reason.Length > 0
            ? new(null, reason, message)
            : throw new ArgumentException("a terminal result has a reason", nameof(reason));
}
