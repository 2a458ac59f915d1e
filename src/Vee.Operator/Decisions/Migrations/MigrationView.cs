using Vee.Api.Migrations;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>A migration as one of its two agents told of it last.</summary>
internal sealed record MigrationView
{
    public required long Number { get; init; }

    /// <summary>Uid of the VirtualMachine.</summary>
    public required string Uid { get; init; }

    /// <summary>Number of the machine's instance on this side.</summary>
    public required long Instance { get; init; }

    public required MigrationRole Role { get; init; }

    public required MigrationStage Stage { get; init; }

    /// <summary>Why; set when it has failed.</summary>
    public MigrationFailure? Failure { get; init; }

    public MigrationProgress? Progress { get; init; }

    public IReadOnlyList<EscalationStatus> Escalations { get; init; } = [];

    public IReadOnlyList<RoundStatus> Rounds { get; init; } = [];

    /// <summary>What it came to; the source knows when it is done.</summary>
    public MigrationOutcome? Result { get; init; }

    /// <summary>Whether the source never executes the machine again by itself.</summary>
    public bool IsGivenAway => Stage
        is MigrationStage.Offered or MigrationStage.Granted or MigrationStage.Fetching or MigrationStage.Done;
}

/// <summary>Which side of a migration an agent is.</summary>
internal enum MigrationRole
{
    Source,

    Target,
}

/// <summary>How far one side is. In this order, though steps are left out.</summary>
internal enum MigrationStage
{
    /// <summary>The source asks, the target waits.</summary>
    Preparing,

    /// <summary>Rounds of pages; the machine executes on the source.</summary>
    Copying,

    /// <summary>The machine stands still.</summary>
    Switching,

    /// <summary>The target has all of it and waits for the grant.</summary>
    Ready,

    /// <summary>The source has given it to the target, if that has all of it, and has heard nothing for too long: the
    /// target knows who has it.</summary>
    Offered,

    /// <summary>The source has given it away and has not heard that it executes.</summary>
    Granted,

    /// <summary>It executes on the target, and pages still follow.</summary>
    Fetching,

    /// <summary>It executes on the target.</summary>
    Done,

    /// <summary>It was given up, and executes on the source if it lives.</summary>
    Failed,
}
