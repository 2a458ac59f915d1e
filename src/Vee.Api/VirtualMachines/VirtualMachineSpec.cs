using System.ComponentModel.DataAnnotations;
using Vee.Api.Schema;

namespace Vee.Api.VirtualMachines;

/// <summary>What a machine is to be. Changes to a running machine take effect when it starts next.</summary>
[Rule(MachineTypeBefore + " == " + MachineTypeNow, "the type of a machine cannot be changed: create another machine",
    FieldPath = ".machine.type")]
public sealed record VirtualMachineSpec
{
    // Compared where both are always there: a rule at the field itself is not asked when the field is added or removed.
    private const string MachineTypeNow =
        "(has(self.machine) && has(self.machine.type) ? self.machine.type : '" + MachineTypes.Process + "')";

    private const string MachineTypeBefore =
        "(has(oldSelf.machine) && has(oldSelf.machine.type) ? oldSelf.machine.type : '" + MachineTypes.Process + "')";

    /// <summary>
    /// When the machine runs: Always (started again whenever it ends), RerunOnFailure (started again when it fails),
    /// Once (never started again) or Halted (stopped). Always if not given.
    /// </summary>
    [AllowedValues(RunStrategies.Always, RunStrategies.RerunOnFailure, RunStrategies.Once, RunStrategies.Halted)]
    public string? RunStrategy { get; init; }

    /// <summary>Holds the running machine still, its memory kept. False if not given.</summary>
    public bool? Paused { get; init; }

    /// <summary>What kind of machine it is.</summary>
    public MachineSpec? Machine { get; init; }

    /// <summary>What the machine starts from.</summary>
    [Required]
    public SourceSpec Source { get; init; } = new();

    /// <summary>Its processors.</summary>
    public CpuSpec? Cpu { get; init; }

    /// <summary>Its memory.</summary>
    [Required]
    public MemorySpec Memory { get; init; } = new();

    /// <summary>Where it may run. On any host if not given.</summary>
    public PlacementSpec? Placement { get; init; }

    /// <summary>What the guest program is given.</summary>
    public WorkloadSpec? Workload { get; init; }

    /// <summary>TCP ports of the guest that are reached from outside.</summary>
    [MaxLength(32)]
    [ListMapKey("name")]
    [Rule("self.all(p, self.exists_one(q, q.port == p.port))", "each port of the guest may be published once")]
    [Rule("self.all(p, !has(p.agentPort) || self.exists_one(q, has(q.agentPort) && q.agentPort == p.agentPort))",
        "each port of the agent may be asked for once")]
    public IReadOnlyList<PortSpec>? Ports { get; init; }

    /// <summary>Its part of its host's cores.</summary>
    public SchedulingSpec? Scheduling { get; init; }

    /// <summary>Its place in the simulated network.</summary>
    public NetworkSpec? Network { get; init; }

    /// <summary>Its console.</summary>
    public ConsoleSpec? Console { get; init; }

    /// <summary>How it ends.</summary>
    public TerminationSpec? Termination { get; init; }
}

/// <summary>Values of <see cref="VirtualMachineSpec.RunStrategy"/>.</summary>
public static class RunStrategies
{
    /// <summary>Started again whenever it ends.</summary>
    public const string Always = "Always";

    /// <summary>Started again when it crashes or exits with a status other than 0.</summary>
    public const string RerunOnFailure = "RerunOnFailure";

    /// <summary>Started once, and not again however it ends.</summary>
    public const string Once = "Once";

    /// <summary>Stopped.</summary>
    public const string Halted = "Halted";
}

/// <summary>What kind of machine it is.</summary>
public sealed record MachineSpec
{
    /// <summary>
    /// Process: runs one Linux program, system calls emulated. System: boots a kernel; no agent offers it yet, and such
    /// a machine is not started. Process if not given. Cannot be changed.
    /// </summary>
    [AllowedValues(MachineTypes.Process, MachineTypes.System)]
    public string? Type { get; init; }
}

/// <summary>Values of <see cref="MachineSpec.Type"/>.</summary>
public static class MachineTypes
{
    /// <summary>One Linux program, system calls emulated.</summary>
    public const string Process = "Process";

    /// <summary>Privileged modes, address translation and devices: boots a kernel.</summary>
    public const string System = "System";
}

/// <summary>What a machine starts from: exactly one of its fields.</summary>
[Rule("has(self.image)", "give what the machine starts from: image")]
public sealed record SourceSpec
{
    /// <summary>A program, started afresh.</summary>
    public ImageSpec? Image { get; init; }
}

/// <summary>A program as an RV64GC ELF file: exactly one place where it is found.</summary>
[Rule("[has(self.builtin), has(self.configMap)].filter(x, x).size() == 1", "give exactly one of builtin, configMap")]
public sealed record ImageSpec
{
    /// <summary>Name of a program that the operator carries with it, for example kvstore.</summary>
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string? Builtin { get; init; }

    /// <summary>An entry of a ConfigMap in the machine's namespace.</summary>
    public ConfigMapImage? ConfigMap { get; init; }

    /// <summary>What the program's bytes must hash to. A program with another digest is refused.</summary>
    [Length(71, 71)]
    [RegularExpression("^sha256:[0-9a-f]{64}$")]
    public string? Digest { get; init; }
}

/// <summary>An entry of a ConfigMap in the machine's namespace.</summary>
public sealed record ConfigMapImage
{
    /// <summary>Name of the ConfigMap.</summary>
    [Required]
    [Length(1, 253)]
    [RegularExpression(Patterns.Subdomain)]
    public string Name { get; init; } = "";

    /// <summary>Key under its binaryData.</summary>
    [Required]
    [Length(1, 253)]
    [RegularExpression("^[-._a-zA-Z0-9]+$")]
    public string Key { get; init; } = "";
}

/// <summary>Processors of a machine.</summary>
public sealed record CpuSpec
{
    /// <summary>Virtual processors, each of which needs a core of the host. 1 if not given.</summary>
    [Range(1, 64)]
    public int? Vcpus { get; init; }
}

/// <summary>Memory of a machine.</summary>
public sealed record MemorySpec
{
    /// <summary>Size, 1Mi to 64Gi, for example 256Mi.</summary>
    [Required]
    [Length(3, 12)]
    [RegularExpression(Patterns.MemorySize)]
    [Rule("isQuantity(self) && quantity(self).compareTo(quantity('1Mi')) >= 0 && "
        + "quantity(self).compareTo(quantity('64Gi')) <= 0",
        "memory must be 1Mi to 64Gi")]
    public string Size { get; init; } = "";
}

/// <summary>Where a machine may run.</summary>
public sealed record PlacementSpec
{
    /// <summary>The one SimulatedHost that it may run on.</summary>
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string? HostName { get; init; }

    /// <summary>Labels that the SimulatedHost must have, beside the name if that is given too.</summary>
    [MaxLength(16)]
    [Items(MaxLength = 63, Pattern = Patterns.LabelValue)]
    [Rule(Patterns.LabelKeysRule, Patterns.LabelKeysMessage)]
    public IReadOnlyDictionary<string, string>? HostSelector { get; init; }
}

/// <summary>What the guest program is given.</summary>
public sealed record WorkloadSpec
{
    /// <summary>Arguments after the program's name.</summary>
    [MaxLength(256)]
    [Items(MaxLength = 4096, Pattern = Patterns.NoNul)]
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Environment variables.</summary>
    [MaxLength(256)]
    [ListMapKey("name")]
    public IReadOnlyList<EnvironmentVariable>? Env { get; init; }

    /// <summary>Seed of everything random that the guest sees. 0 if not given.</summary>
    [Range(0, int.MaxValue)]
    public int? Seed { get; init; }
}

/// <summary>An environment variable.</summary>
public sealed record EnvironmentVariable
{
    /// <summary>Name.</summary>
    [Required]
    [Length(1, 256)]
    [RegularExpression("^[^=\\x00]+$")]
    public string Name { get; init; } = "";

    /// <summary>Value. Empty if not given.</summary>
    [MaxLength(4096)]
    [RegularExpression(Patterns.NoNul)]
    public string? Value { get; init; }
}

/// <summary>A TCP port of the guest that is reached from outside.</summary>
public sealed record PortSpec
{
    /// <summary>Name, unique in the machine.</summary>
    [Required]
    [Length(1, 15)]
    [RegularExpression(Patterns.Label)]
    public string Name { get; init; } = "";

    /// <summary>Port that the guest listens on.</summary>
    [Required]
    [Range(1, 65535)]
    public int Port { get; init; }

    /// <summary>Port of the agent that leads to it. A free one is chosen if not given.</summary>
    [Range(1024, 65535)]
    public int? AgentPort { get; init; }
}

/// <summary>What a machine gets of its host's cores when others want them, too.</summary>
public sealed record SchedulingSpec
{
    /// <summary>Its share against the weights of others on its host. 256 if not given.</summary>
    [Range(1, 65535)]
    public int? Weight { get; init; }

    /// <summary>Hundredths of a core that it gets at most; 0 for no limit. 0 if not given.</summary>
    [Range(0, 6400)]
    public int? CapPercent { get; init; }
}

/// <summary>Where other machines of the rack reach a machine.</summary>
public sealed record NetworkSpec
{
    /// <summary>
    /// The IPv4 address that it asks for, in 10.0.0.0/8; no two machines have one. The lowest free one of 10.64.0.0/10
    /// if not given.
    /// </summary>
    [Length(8, 15)]
    [RegularExpression(Patterns.Address)]
    [Rule("self != '10.0.0.1'", "10.0.0.1 is the address of clients outside: ask for another one")]
    public string? Address { get; init; }
}

/// <summary>The console of a machine: its standard streams.</summary>
public sealed record ConsoleSpec
{
    /// <summary>Last bytes of output that are kept for logs. 1048576 if not given.</summary>
    [Range(4096, 16 * 1024 * 1024)]
    public int? LogBytes { get; init; }
}

/// <summary>How a machine ends.</summary>
public sealed record TerminationSpec
{
    /// <summary>
    /// Seconds of wall time between asking the guest to end (SIGTERM) and ending it. 10 if not given.
    /// </summary>
    [Range(0, 3600)]
    public int? GracePeriodWallSeconds { get; init; }
}
