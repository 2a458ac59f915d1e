using k8s.Models;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;

namespace Vee.Api.Tests;

/// <summary>Objects in which every field has a value that the schema accepts.</summary>
internal static class Complete
{
    internal static readonly DateTime Time = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private static readonly string Digest = "sha256:" + new string('a', 64);

    internal static AgentReference Agent => new() { Name = "agent-1", Incarnation = "i-1", Address = "127.0.0.1:7000" };

    /// <summary>Of the two places of an image, which exclude each other, both are filled.</summary>
    internal static VirtualMachine Machine() => new()
    {
        Metadata = new V1ObjectMeta { Name = "kvstore", NamespaceProperty = "default" },
        Spec = new VirtualMachineSpec
        {
            RunStrategy = RunStrategies.RerunOnFailure,
            Paused = false,
            Machine = new MachineSpec { Type = MachineTypes.Process },
            Source = new SourceSpec
            {
                Image = new ImageSpec
                {
                    Builtin = "kvstore",
                    ConfigMap = new ConfigMapImage { Name = "programs", Key = "kvstore.elf" },
                    Digest = Digest,
                },
            },
            Cpu = new CpuSpec { Vcpus = 2 },
            Memory = new MemorySpec { Size = "1024Mi" },
            Placement = new PlacementSpec
            {
                HostName = "host-1",
                HostSelector = new Dictionary<string, string> { ["vee.dev/rack"] = "rack-1" },
            },
            Workload = new WorkloadSpec
            {
                Args = ["--port", "", "ä\n"],
                Env = [new EnvironmentVariable { Name = "HOME", Value = "/" }],
                Seed = 7,
            },
            Ports = [new PortSpec { Name = "redis", Port = 6379, AgentPort = 16379 }],
            Scheduling = new SchedulingSpec { Weight = 512, CapPercent = 150 },
            Network = new NetworkSpec { Address = "10.64.0.7" },
            Console = new ConsoleSpec { LogBytes = 65_536 },
            Termination = new TerminationSpec { GracePeriodWallSeconds = 0 },
        },
        Status = MachineStatus(),
    };

    internal static SimulatedHost Host() => new()
    {
        Metadata = new V1ObjectMeta { Name = "host-1" },
        Spec = new SimulatedHostSpec
        {
            Hardware = new HardwareSpec
            {
                Cores =
                [
                    new CoreGroup
                    {
                        Name = "big",
                        Count = 2,
                        FrequencyMHz = 2000,
                        Capacity = 2048,
                        CyclesPerInstruction = new Dictionary<string, int> { ["Multiply"] = 3 },
                        CacheDomain = "llc-0",
                    },
                ],
                CacheDomains = [new CacheDomain { Name = "llc-0", Size = "32Mi" }],
                Memory = new HostMemory { Size = "1024Mi" },
                Nic = new NicSpec { Bandwidth = "25Gbit", Queue = "4Mi" },
                Disk = new DiskSpec { Bandwidth = "6G/s", OperationsPerSecond = 1_000_000, Latency = "80us" },
                Costs = new CostsSpec
                {
                    ContextSwitch = new CostSpec { Time = "2us", Source = "assumed" },
                    VcpuMigration = new CostSpec { Time = "50us", Source = "assumed" },
                    PerPage = new Dictionary<string, CostSpec>
                    {
                        ["copy"] = new() { Time = "0", Source = "a data sheet" },
                    },
                },
            },
            Scheduler = new SchedulerSpec
            {
                Policy = SchedulerPolicies.Credit2009,
                Options = new Dictionary<string, string> { ["slice"] = "10ms" },
            },
            Time = new TimeSpec { Mode = TimeModes.FreeRunning },
            Seed = 7,
            Links =
            [
                new LinkSpec { To = "host-2", Bandwidth = "10Gbit/s", Latency = "1us", Jitter = "0", Loss = "0.005" },
            ],
            Probes = [Probe()],
            HostWork = new HostWorkSpec
            {
                Vcpus = 2,
                Weight = 512,
                CapPercent = 50,
                Tasks =
                [
                    new HostTaskSpec
                    {
                        Name = "backup",
                        Pause = "1s",
                        Cpu = "2ms",
                        Pages = new PageWorkSpec { What = "copy", Count = 1000 },
                    },
                ],
            },
            AgentSelector = new Dictionary<string, string> { ["zone"] = "" },
            Unschedulable = false,
            OutOfService = false,
        },
        Status = new SimulatedHostStatus
        {
            ObservedGeneration = 3,
            Agent = Agent,
            Capacity = new HostCapacity { Cores = 2, MemoryBytes = 1L << 40 },
            Allocated = new HostAllocation { Machines = 1, Vcpus = 2, MemoryBytes = 1L << 30 },
            Free = "0",
            Rack = new HostRack { Uid = "u-1", Generation = 1, Plan = "0123456789abcdef", Hosts = 2 },
            Probes = [new ProbeStatus { Name = "store" }],
            Tasks = [new HostTaskStatus { Name = "backup" }],
            Conditions = [Condition()],
        },
    };

    /// <summary>Of what excludes each other, both are filled.</summary>
    private static ProbeSpec Probe() => new()
    {
        Name = "store",
        Address = "10.0.0.250",
        Target = new ProbeTarget
        {
            Machine = new MachineTarget { Namespace = "default", Name = "kvstore" },
            Address = "10.64.0.7",
            Port = 6379,
        },
        Interval = "10ms",
        SlowAfter = "5ms",
        Tcp = new TcpProbeSpec { Request = "PING\r\n", AnswerBytes = 7, ReconnectAfter = "20ms" },
        Udp = new UdpProbeSpec { Bytes = 64, LostAfter = "1s" },
    };

    private static VirtualMachineStatus MachineStatus() => new()
    {
        ObservedGeneration = 3,
        PrintableStatus = "Running",
        HostName = "host-1",
        Agent = Agent,
        Instance = 9_007_199_254_740_991,
        InstanceMax = 9_007_199_254_740_991,
        Migration = new MigrationRecord
        {
            Name = "move-kvstore",
            Number = 1,
            HostName = "host-2",
            Agent = Agent,
            Instance = 9_007_199_254_740_991,
        },
        Restarts = 0,
        StartTime = Time,
        Source = "builtin:kvstore",
        SourceDigest = Digest,
        StartedSpecHash = "0123456789abcdef",
        RestartAnswered = "2026-01-01",
        Ports = [new PortStatus { Name = "redis", Port = 6379, Address = "127.0.0.1:16379" }],
        Network = new NetworkStatus { Address = "10.64.0.7" },
        StartFailure = new StartFailure { ConsecutiveFailures = 1, RetryAfter = Time },
        LastTermination = new TerminationStatus
        {
            Instance = 1,
            Reason = "Faulted",
            RejectedReason = Reasons.ImageInvalid,
            ExitCode = 255,
            Signal = "SIGSEGV",
            Pc = "0x10608",
            Symbol = "main+0x4",
            Address = "0x0",
            Message = "SIGSEGV at 0x10608 (main+0x4): cannot read 0x0",
            FinishedAt = Time,
        },
        Conditions = [Condition()],
    };

    internal static V1Condition Condition() => new()
    {
        Type = ConditionTypes.Ready,
        Status = "True",
        Reason = Reasons.Running,
        Message = "",
        ObservedGeneration = 3,
        LastTransitionTime = Time,
    };
}
