using Vee.Agent.Racks;

namespace Vee.Agent.Guests;

/// <summary>A simulated host, and what its machines have of it. Guarded by the registry's lock.</summary>
internal sealed class SimulatedHost(HostSpec spec, HostLine line)
{
    internal HostSpec Spec { get; } = spec;

    /// <summary>Itself in virtual time; any thread may leave work for it.</summary>
    internal HostLine Line { get; } = line;

    /// <summary>Memory of the machines that have not ended.</summary>
    internal long AllocatedBytes { get; set; }

    /// <summary>Machines on it, ended ones too.</summary>
    internal int MachineCount { get; set; }

    /// <summary>Addresses of the machines and probes on it.</summary>
    internal HashSet<uint> Addresses { get; } = [];

    /// <summary>Those of the probes.</summary>
    internal HashSet<uint> ProbeAddresses { get; set; } = [];

    internal HostView View => new(Spec, AllocatedBytes, Line.Time);
}
