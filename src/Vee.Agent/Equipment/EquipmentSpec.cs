using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Probes;

namespace Vee.Agent.Equipment;

/// <summary>What somebody asked a host to have beside machines.</summary>
/// <param name="Probes">Its probes.</param>
/// <param name="Work">Its own work; null for none.</param>
internal sealed record EquipmentSpec(IReadOnlyList<ProbeSpec> Probes, WorkSpec? Work);

/// <summary>A probe that somebody asked for.</summary>
/// <param name="Name">Unique in its host.</param>
/// <param name="Address">IPv4, its own.</param>
/// <param name="Asked">As it was asked for: what is equal goes on.</param>
/// <param name="Create">Makes it.</param>
internal sealed record ProbeSpec(string Name, uint Address, object Asked, Func<Probe> Create);

/// <summary>Work of the host itself that somebody asked for.</summary>
/// <param name="VcpuCount">Tasks at a time.</param>
/// <param name="Weight">Against machines.</param>
/// <param name="CapPercent">Hundredths of a core at most; 0 for no limit.</param>
/// <param name="Asked">Its tasks as they were asked for: those that are equal go on.</param>
/// <param name="Tasks">What it does again and again.</param>
internal sealed record WorkSpec(
    int VcpuCount, int Weight, int CapPercent, object Asked, IReadOnlyList<JobSource> Tasks);
