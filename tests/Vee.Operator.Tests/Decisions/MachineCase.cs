using System.Collections.Immutable;
using k8s.Models;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Decisions.Migrations;
using Vee.Operator.Tests.Decisions.Migrations;

namespace Vee.Operator.Tests.Decisions;

/// <summary>Builds what a decision about a machine rests on; what is not said is as it mostly is.</summary>
internal sealed class MachineCase
{
    public const string Uid = "11111111-2222-3333-4444-555555555555";
    /// <summary>The first start of an agent, the second, and one on another directory.</summary>
    public const string First = "0123456789abcdef.1";
    public const string Second = "0123456789abcdef.2";
    public const string Other = "fedcba9876543210.2";

    /// <summary>Of the attempt to move it.</summary>
    public const long Number = 77;

    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly VirtualMachine machine = new()
    {
        Metadata = new V1ObjectMeta { Name = "m", NamespaceProperty = "default", Uid = Uid, Generation = 7 },
        Spec = new VirtualMachineSpec
        {
            Source = new SourceSpec { Image = new ImageSpec { Builtin = "hello" } },
            Memory = new MemorySpec { Size = "64Mi" },
        },
    };

    private ImageResolution image =
        ImageResolution.Found("builtin:hello", new ResolvedImage("sha256:" + new string('a', 64), "hello"));

    private AgentView? agent;
    private MachineView? onAgent;
    private bool isOutOfService;
    private bool isHostMissing;
    private long? deleted;
    private AgentView? target;
    private bool isTargetOutOfService;
    private bool isSourceUnaware;
    private bool isTargetUnaware;
    private VirtualMachineMigration? migration;
    private IReadOnlyList<HostCandidate> hosts = [Host("h1")];
    private readonly Dictionary<string, string> addresses = [];
    private readonly HashSet<string> asked = [];

    public MachineCase With(Func<VirtualMachineSpec, VirtualMachineSpec> change)
    {
        machine.Spec = change(machine.Spec);
        return this;
    }

    public MachineCase Strategy(string strategy) => With(s => s with { RunStrategy = strategy });

    public MachineCase Status(Func<VirtualMachineStatus, VirtualMachineStatus> change)
    {
        machine.Status = change(machine.Status ?? new VirtualMachineStatus());
        return this;
    }

    /// <summary>The status claims an instance on agent a1, which answers and has nothing yet.</summary>
    public MachineCase Claimed(long instance = 1)
    {
        agent = Agent();
        return Status(s => s with
        {
            HostName = "h1",
            Agent = new AgentReference { Name = "a1", Incarnation = First, Address = "127.0.0.1:1" },
            Instance = instance,
            Network = s.Network ?? new NetworkStatus { Address = "10.64.0.9" },
            Restarts = 0,
            StartedSpecHash = StartSpec.Of(machine.Spec, image.Image!.Digest, image.Image.ProgramName).Hash(),
        });
    }

    public MachineCase OnAgent(MachinePhase phase, MachineEnding? ending = null, long? instance = null)
    {
        onAgent = new MachineView
        {
            Uid = Uid,
            Instance = instance ?? machine.Status!.Instance!.Value,
            HostUid = "uid-h1",
            Phase = phase,
            Ending = ending,
            SpecHash = machine.Status!.StartedSpecHash ?? "",
            ImageDigest = image.Image?.Digest ?? "",
            StartedAt = Now - TimeSpan.FromMinutes(1),
            Ports = [new PortView("redis", 6379, "127.0.0.1:40000")],
        };
        return this;
    }

    public MachineCase StartedAt(DateTimeOffset time)
    {
        onAgent = onAgent! with { StartedAt = time };
        return this;
    }

    public MachineCase TimeStands(TimeSpan since) => Agent(a => a with
    {
        Hosts = a.Hosts.SetItem("uid-h1", new HostView("uid-h1", "h1", 1L << 30)
        {
            Time = new HostTimeView(HostTimePhase.Stands, "why", Now - since),
        }),
    });

    public MachineCase Agent(Func<AgentView, AgentView> change)
    {
        agent = change(agent ?? Agent());
        return this;
    }

    public MachineCase AgentNeverSeen()
    {
        agent = null;
        return this;
    }

    public MachineCase Image(ImageResolution resolution)
    {
        image = resolution;
        return this;
    }

    public MachineCase Hosts(params HostCandidate[] candidates)
    {
        hosts = candidates;
        return this;
    }

    /// <summary>Another machine has an address.</summary>
    public MachineCase Taken(string address, string by)
    {
        addresses[address] = by;
        return this;
    }

    /// <summary>Another machine's spec asks for an address.</summary>
    public MachineCase AskedByAnother(string address)
    {
        asked.Add(address);
        return this;
    }

    public MachineCase HostMissing()
    {
        isHostMissing = true;
        return this;
    }

    public MachineCase OutOfService()
    {
        isOutOfService = true;
        return this;
    }

    public MachineCase Deleting()
    {
        machine.Metadata.DeletionTimestamp = Now.UtcDateTime;
        return this;
    }

    public MachineCase DeletedOnAgent(long instance)
    {
        deleted = instance;
        return this;
    }

    public MachineCase RestartRequested(string request)
    {
        machine.Metadata.Annotations = new Dictionary<string, string> { [Labels.RestartRequested] = request };
        return this;
    }

    /// <summary>The machine, instance 1 on agent a1, is to move to agent a2 as instance 2.</summary>
    public MachineCase Moving()
    {
        migration = new VirtualMachineMigration
        {
            Metadata = new V1ObjectMeta { Name = "move", NamespaceProperty = "default", Uid = "u-move" },
            Spec = new VirtualMachineMigrationSpec { VirtualMachineName = "m" },
            Status = new VirtualMachineMigrationStatus { Number = Number, Phase = MigrationPhases.Preparing },
        };
        target = Agent() with { Name = "a2", Incarnation = Other };
        return Claimed(1).Status(s => s with
        {
            InstanceMax = 2,
            Migration = new MigrationRecord
            {
                Name = "move",
                Number = Number,
                HostName = "h2",
                Agent = new AgentReference { Name = "a2", Incarnation = Other },
                Instance = 2,
            },
        });
    }

    public MachineCase Migration(Func<VirtualMachineMigration, VirtualMachineMigration?> change)
    {
        migration = change(migration!);
        return this;
    }

    public MachineCase AtSource(MigrationStage stage) =>
        Agent(a => a.With(MigrationCase.View(MigrationRole.Source, stage, instance: 1)));

    public MachineCase AtTarget(MigrationStage stage) =>
        Target(a => a!.With(MigrationCase.View(MigrationRole.Target, stage, instance: 2)));

    public MachineCase Target(Func<AgentView?, AgentView?> change)
    {
        target = change(target);
        return this;
    }

    public MachineCase TargetOutOfService()
    {
        isTargetOutOfService = true;
        return this;
    }

    public MachineCase SourceUnaware()
    {
        isSourceUnaware = true;
        return this;
    }

    public MachineCase TargetUnaware()
    {
        isTargetUnaware = true;
        return this;
    }

    public MachineInput Input() => new()
    {
        Machine = machine,
        Now = Now,
        Image = image,
        Hosts = hosts,
        Agent = agent is null || onAgent is null
            ? agent : agent with { Machines = ImmutableDictionary<string, MachineView>.Empty.Add(Uid, onAgent) },
        Addresses = addresses,
        AskedAddresses = asked,
        IsHostOutOfService = isOutOfService,
        IsHostMissing = isHostMissing,
        Target = target,
        IsTargetOutOfService = isTargetOutOfService,
        IsSourceUnaware = isSourceUnaware,
        IsTargetUnaware = isTargetUnaware,
        Migration = migration,
        DeletedInstance = deleted,
    };

    public MachinePlan Decide() => MachineDecision.Decide(Input());

    public static AgentView Agent() => new()
    {
        Name = "a1",
        Incarnation = First,
        Address = "127.0.0.1:1",
        MemoryBytesMax = 1L << 30,
        MachineTypes = [MachineTypes.Process],
        IsReachable = true,
        LastSeen = Now,
    };

    public static HostCandidate Host(string name, long freeMiB = 1024, int freeCores = 4) => new()
    {
        Name = name,
        Uid = "uid-" + name,
        Labels = new Dictionary<string, string>(),
        NotReady = null,
        IsUnschedulable = false,
        Agent = new AgentReference { Name = "a1", Incarnation = First, Address = "127.0.0.1:1" },
        MachineTypes = [MachineTypes.Process],
        CoreCount = 4,
        FreeCoreCount = freeCores,
        MemoryBytes = 1L << 30,
        FreeMemoryBytes = freeMiB << 20,
    };

    public static MachineEnding Exited(int code) =>
        new("Exited", $"exited with status {code}") { ExitCode = code, EndedAt = Now };

    public static MachineEnding Crashed() => new("Signaled", "SIGSEGV at 0x0000000000010608 in crash+0x4")
    {
        Signal = "SIGSEGV",
        Pc = "0x10608",
        Symbol = "crash+0x4",
        Address = "0x0",
        EndedAt = Now,
    };
}
