namespace Vee.Api;

/// <summary>Labels, annotations and finalizers that the project reads or writes.</summary>
public static class Labels
{
    /// <summary>On a VirtualMachine: its machine is gone from every agent before the object is.</summary>
    public const string MachineFinalizer = ApiGroup.Name + "/machine";

    /// <summary>On a SimulatedHost: it is gone from its agent before the object is.</summary>
    public const string HostFinalizer = ApiGroup.Name + "/host";

    /// <summary>
    /// On a VirtualMachine, any text, usually a time: when it changes, the machine is stopped and started once.
    /// </summary>
    public const string RestartRequested = ApiGroup.Name + "/restart-requested";

    /// <summary>
    /// On a VirtualMachineMigration that the operator made: why, <see cref="CausePlacement"/> or
    /// <see cref="CauseEvacuation"/>.
    /// </summary>
    public const string MigrationCause = ApiGroup.Name + "/migration-cause";

    /// <summary>The machine's placement is not met by its host any more.</summary>
    public const string CausePlacement = "placement";

    /// <summary>The machine's host is unschedulable.</summary>
    public const string CauseEvacuation = "evacuation";
}
