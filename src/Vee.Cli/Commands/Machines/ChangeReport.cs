namespace Vee.Cli.Commands.Machines;

/// <summary>What became of a verb, for one machine.</summary>
internal sealed record ChangeReport
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>What was done, or what the machine is now.</summary>
    public required string Result { get; init; }

    /// <summary>Whether the machine is as asked; null when that was not waited for.</summary>
    public bool? IsAsAsked { get; init; }

    /// <summary>What the machine did when it was last looked at.</summary>
    public string? Status { get; init; }

    /// <summary>Reason of the Ready condition.</summary>
    public string? Reason { get; init; }

    /// <summary>Message of the Ready condition.</summary>
    public string? Message { get; init; }
}
