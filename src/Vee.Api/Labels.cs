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
}
