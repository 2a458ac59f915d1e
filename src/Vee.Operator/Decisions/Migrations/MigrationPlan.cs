using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>The one thing to do next on an agent.</summary>
internal abstract record MigrationStep
{
    private MigrationStep()
    {
    }

    /// <summary>Have the target make room.</summary>
    internal sealed record Expect(StartSpec Spec, MigrationRecord Record, string SourceHost) : MigrationStep;

    /// <summary>Have the source begin.</summary>
    internal sealed record Migrate(MigrationRecord Record, long Instance, MigrationSettings Settings) : MigrationStep;

    /// <summary>Have the target end the machine: its source, which had pages of it, is gone.</summary>
    internal sealed record LosePages(long Number, AgentReference Agent) : MigrationStep;
}

/// <summary>What is to be said and done.</summary>
internal sealed record MigrationPlan
{
    /// <summary>The whole status as it is to be, conditions apart.</summary>
    public required VirtualMachineMigrationStatus Status { get; init; }

    public required IReadOnlyList<ConditionDraft> Conditions { get; init; }

    /// <summary>
    /// What the machine's status is to say of the move: written only if the machine is still the one that was read, and
    /// before any agent is asked.
    /// </summary>
    public MigrationRecord? Reservation { get; init; }

    /// <summary>What to do on an agent after the status is written.</summary>
    public MigrationStep? Step { get; init; }

    /// <summary>When to look again although nothing happens.</summary>
    public TimeSpan? RequeueAfter { get; init; }

    /// <summary>What people are told.</summary>
    public IReadOnlyList<MachineNote> Notes { get; init; } = [];
}
