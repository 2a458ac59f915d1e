namespace Vee.Operator.Decisions;

/// <summary>A condition without its times and generation, which whoever writes it adds.</summary>
/// <param name="Type">One of <see cref="Api.ConditionTypes"/>.</param>
/// <param name="Status">True, False or Unknown.</param>
/// <param name="Reason">One of <see cref="Api.Reasons"/>.</param>
/// <param name="Message">For people.</param>
internal sealed record ConditionDraft(string Type, string Status, string Reason, string Message)
{
    public const string True = "True";
    public const string False = "False";
    public const string Unknown = "Unknown";
}
