namespace Vee.Protocol;

/// <summary>Why an agent refused, for programs: the trailer of a failed call.</summary>
public static class Refusal
{
    /// <summary>Name of the trailer.</summary>
    public const string Trailer = "vee-reason";

    /// <summary>This instance, or a newer one, was here before.</summary>
    public const string StaleInstance = "STALE_INSTANCE";

    /// <summary>The agent has no image of that digest.</summary>
    public const string UnknownImage = "UNKNOWN_IMAGE";

    /// <summary>The agent has no host of that uid.</summary>
    public const string UnknownHost = "UNKNOWN_HOST";

    /// <summary>The agent has no machine of that uid.</summary>
    public const string UnknownMachine = "UNKNOWN_MACHINE";

    /// <summary>The image is no ELF program, or a damaged one.</summary>
    public const string InvalidImage = "INVALID_IMAGE";

    /// <summary>The image is for another processor.</summary>
    public const string WrongArchitecture = "WRONG_ARCHITECTURE";

    /// <summary>The image does not fit into the machine's memory.</summary>
    public const string ImageTooLarge = "IMAGE_TOO_LARGE";

    /// <summary>The bytes of an image have another digest than announced.</summary>
    public const string DigestMismatch = "DIGEST_MISMATCH";

    /// <summary>The host has less memory free than the machine needs.</summary>
    public const string HostFull = "HOST_FULL";

    /// <summary>The memory of all hosts would exceed the agent's.</summary>
    public const string AgentFull = "AGENT_FULL";

    /// <summary>A host of that uid has other hardware.</summary>
    public const string HostDiffers = "HOST_DIFFERS";

    /// <summary>The host still has machines.</summary>
    public const string HostInUse = "HOST_IN_USE";

    /// <summary>Somebody else has the port that was asked for.</summary>
    public const string PortUnavailable = "PORT_UNAVAILABLE";

    /// <summary>The agent does not offer that type of machine.</summary>
    public const string MachineTypeUnsupported = "MACHINE_TYPE_UNSUPPORTED";

    /// <summary>The agent is not the process that the caller means: what that one held is gone.</summary>
    public const string OtherIncarnation = "OTHER_INCARNATION";

    /// <summary>The agent speaks another version of the protocol.</summary>
    public const string ProtocolVersion = "PROTOCOL_VERSION";

    /// <summary>The agent has as many machines as it can.</summary>
    public const string TooManyMachines = "TOO_MANY_MACHINES";

    /// <summary>The agent's disk has no room for the image.</summary>
    public const string ImageStoreFull = "IMAGE_STORE_FULL";

    /// <summary>The caller's certificate has not the role that the call needs.</summary>
    public const string RoleRequired = "ROLE_REQUIRED";

    /// <summary>The agent is about to end; nothing new is begun.</summary>
    public const string AgentStopping = "AGENT_STOPPING";

    /// <summary>Simulating the host has shown a defect of the agent; its machines have ended.</summary>
    public const string HostFailed = "HOST_FAILED";

    /// <summary>A newer plan of the rack was here before.</summary>
    public const string StaleRack = "STALE_RACK";

    /// <summary>The agent has not been told of that plan of a rack.</summary>
    public const string UnknownRack = "UNKNOWN_RACK";

    /// <summary>The host's time goes by the wall's.</summary>
    public const string Paced = "PACED";

    /// <summary>The host's time does not go by the wall's, as outside clients need.</summary>
    public const string FreeRunning = "FREE_RUNNING";

    /// <summary>Another machine has the address that was asked for.</summary>
    public const string AddressUnavailable = "ADDRESS_UNAVAILABLE";

    /// <summary>Another migration of the machine is under way.</summary>
    public const string Migrating = "MIGRATING";

    /// <summary>No link leads from the machine's host to the one that it is to move to.</summary>
    public const string NotLinked = "NOT_LINKED";

    /// <summary>The machine has ended or was given away.</summary>
    public const string NotMovable = "NOT_MOVABLE";

    /// <summary>The agent knows nothing of that migration.</summary>
    public const string UnknownMigration = "UNKNOWN_MIGRATION";

    /// <summary>The machine was given to the target already: the migration cannot be given up.</summary>
    public const string MigrationCommitted = "MIGRATION_COMMITTED";

    /// <summary>The target has not got all of the machine.</summary>
    public const string NotReady = "NOT_READY";

    /// <summary>No pages follow the machine.</summary>
    public const string NotFetching = "NOT_FETCHING";

    /// <summary>More calls, streams or uploads than the agent serves at once.</summary>
    public const string TooManyCalls = "TOO_MANY_CALLS";
}
