using System.Text.Json.Serialization;
using Vee.Protocol;

namespace Vee.Cli.Commands.Machines;

/// <summary>What a machine uses, between two looks. Wall is this computer's time, virtual the guest's.</summary>
internal sealed record MachineUsage
{
    private const double NanosecondsPerSecond = 1e9;
    private const double NanosecondsPerMillisecond = 1e6;
    private const double InstructionsPerMip = 1e6;

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>The simulated host.</summary>
    public string? Host { get; init; }

    /// <summary>What it does, in one word.</summary>
    public required string Status { get; init; }

    /// <summary>The guest's clock since the start.</summary>
    public double? VirtualSeconds { get; init; }

    /// <summary>Virtual seconds in a wall second: 1 keeps up.</summary>
    public double? Speed { get; init; }

    /// <summary>How far the guest's clock is behind the wall's.</summary>
    public double? LagWallMs { get; init; }

    /// <summary>Million instructions in a wall second.</summary>
    public double? Mips { get; init; }

    /// <summary>Cores of the agent's computer that were busy with it.</summary>
    public double? CpuCores { get; init; }

    public long? ResidentBytes { get; init; }

    /// <summary>Since the start.</summary>
    public long? NetworkBytesIn { get; init; }

    /// <summary>Since the start.</summary>
    public long? NetworkBytesOut { get; init; }

    /// <summary>Why there are no figures; null when there are, or none are due.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether there are figures.</summary>
    [JsonIgnore]
    public bool IsMeasured => VirtualSeconds is not null;

    /// <summary>Adds the figures of two looks at one instance.</summary>
    /// <param name="from">The first look.</param>
    /// <param name="to">The second.</param>
    /// <param name="wall">Between the two; more than zero.</param>
    internal MachineUsage Between(MachineStatistics from, MachineStatistics to, TimeSpan wall) => this with
    {
        VirtualSeconds = to.VirtualTimeNs / NanosecondsPerSecond,
        Speed = (to.VirtualTimeNs - from.VirtualTimeNs) / NanosecondsPerSecond / wall.TotalSeconds,
        LagWallMs = to.LagWallNs / NanosecondsPerMillisecond,
        Mips = (to.RetiredInstructions - from.RetiredInstructions) / InstructionsPerMip / wall.TotalSeconds,
        CpuCores = (to.BusyWallNs - from.BusyWallNs) / NanosecondsPerSecond / wall.TotalSeconds,
        ResidentBytes = to.ResidentBytes,
        NetworkBytesIn = to.NetworkBytesIn,
        NetworkBytesOut = to.NetworkBytesOut,
    };
}
