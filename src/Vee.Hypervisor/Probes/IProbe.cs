using Vee.Hypervisor.Hosts;

namespace Vee.Hypervisor.Probes;

/// <summary>A client that asks a service at times that do not depend on its answers.</summary>
public interface IProbe : INetworkGuest
{
    /// <summary>What it saw.</summary>
    ProbeMeter Meter { get; }

    /// <summary>Connections that were refused or broke; 0 for a probe that has none.</summary>
    long Breaks => 0;
}
