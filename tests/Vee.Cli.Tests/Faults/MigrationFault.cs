namespace Vee.Cli.Tests.Faults;

/// <summary>What befalls a migration.</summary>
public enum MigrationFault
{
    /// <summary>kill -9 of the agent that the machine leaves; it is started again at once.</summary>
    SourceDies,

    /// <summary>kill -9 of the agent that the machine goes to; it is started again at once.</summary>
    TargetDies,

    /// <summary>kill -9 of the operator, which is not there until the agents have come to an end.</summary>
    OperatorDies,

    /// <summary>The API server cannot be reached until the agents have come to an end.</summary>
    ApiVanishes,

    /// <summary>Operator and source do not reach each other for a while.</summary>
    SourceCutFromOperator,

    /// <summary>Operator and target do not reach each other for a while.</summary>
    TargetCutFromOperator,

    /// <summary>The agents do not reach each other for a while.</summary>
    AgentsCut,

    /// <summary>Its user gives the migration up.</summary>
    Cancelled,

    /// <summary>The machine is deleted.</summary>
    MachineDeleted,
}
