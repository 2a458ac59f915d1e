namespace Vee.Operator.Decisions;

/// <summary>An agent's no: it answered, and would answer the same again.</summary>
/// <param name="Kind">For decisions.</param>
/// <param name="Message">For people.</param>
internal sealed record AgentRefusal(AgentRefusalKind Kind, string Message);

/// <summary>Why an agent refused.</summary>
internal enum AgentRefusalKind
{
    /// <summary>A reason that this program does not know.</summary>
    Other,

    /// <summary>This instance, or a newer one, was here before.</summary>
    StaleInstance,

    UnknownImage,

    UnknownHost,

    UnknownMachine,

    InvalidImage,

    WrongArchitecture,

    ImageTooLarge,

    HostFull,

    AgentFull,

    HostDiffers,

    HostInUse,

    PortUnavailable,

    MachineTypeUnsupported,

    /// <summary>Another machine on the host has the address.</summary>
    AddressUnavailable,

    /// <summary>A newer plan of the rack was there before.</summary>
    StaleRack,

    /// <summary>The agent's bounds are narrower than what was asked for.</summary>
    InvalidRequest,

    /// <summary>Another migration of the machine is under way.</summary>
    Migrating,

    /// <summary>No link leads from the machine's host to its target.</summary>
    NotLinked,

    /// <summary>The machine has ended or was given away.</summary>
    NotMovable,

    UnknownMigration,

    /// <summary>The machine was given away already.</summary>
    MigrationCommitted,

    /// <summary>The target has not got all of the machine.</summary>
    NotReady,

    /// <summary>No pages follow the machine.</summary>
    NotFetching,

    /// <summary>The agent was started anew: what the caller means is gone.</summary>
    OtherIncarnation,
}
