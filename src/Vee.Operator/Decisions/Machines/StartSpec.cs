using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vee.Api;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Machines;

/// <summary>What of a spec an instance is made with, defaults filled in, until its next start.</summary>
internal sealed record StartSpec
{
    public const int LogBytesDefault = 1024 * 1024;

    public required string MachineType { get; init; }

    public required string ImageDigest { get; init; }

    public required string ProgramName { get; init; }

    public required int VcpuCount { get; init; }

    public required long MemoryBytes { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>NAME=VALUE.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    public required int Seed { get; init; }

    public required IReadOnlyList<PortSpec> Ports { get; init; }

    public required int ConsoleLogBytes { get; init; }

    /// <summary>The address that it asks for; null for any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NetworkAddress { get; init; }

    /// <summary>Null for what agents choose.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Weight { get; init; }

    /// <summary>Null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? CapPercent { get; init; }

    /// <summary>Equal for equal contents, and short enough to be looked at.</summary>
    public string Hash() =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this)))[..16];

    public static StartSpec Of(VirtualMachineSpec spec, string imageDigest, string programName) => new()
    {
        MachineType = TypeOf(spec),
        ImageDigest = imageDigest,
        ProgramName = programName,
        VcpuCount = VcpusOf(spec),
        MemoryBytes = MemorySize.ToBytes(spec.Memory.Size),
        Arguments = spec.Workload?.Args ?? [],
        Environment = [.. (spec.Workload?.Env ?? []).Select(e => $"{e.Name}={e.Value}")],
        Seed = spec.Workload?.Seed ?? 0,
        Ports = spec.Ports ?? [],
        ConsoleLogBytes = spec.Console?.LogBytes ?? LogBytesDefault,
        NetworkAddress = spec.Network?.Address,
        Weight = spec.Scheduling?.Weight,
        CapPercent = spec.Scheduling?.CapPercent,
    };

    public static string TypeOf(VirtualMachineSpec spec) => spec.Machine?.Type ?? MachineTypes.Process;

    public static int VcpusOf(VirtualMachineSpec spec) => spec.Cpu?.Vcpus ?? 1;
}
