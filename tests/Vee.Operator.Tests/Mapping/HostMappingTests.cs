using k8s.Models;
using Vee.Api.SimulatedHosts;
using Vee.Operator.Mapping;
using Vee.Protocol;
using Xunit;

namespace Vee.Operator.Tests.Mapping;

public sealed class HostMappingTests
{
    [Fact]
    public void What_a_spec_does_not_say_is_the_agents_to_choose()
    {
        var request = HostMapping.ToRequest(Host(new SimulatedHostSpec { Hardware = Least }));
        Assert.Equal(
            new CreateHostRequest
            {
                Uid = "u",
                Name = "h",
                MemoryBytes = 1L << 30,
                Cores = { new Vee.Protocol.CoreGroup { Name = "big", Count = 2, FrequencyMhz = 1000 } },
            },
            request);
    }

    [Fact]
    public void All_that_a_spec_says_is_passed_on()
    {
        var request = HostMapping.ToRequest(Host(new SimulatedHostSpec
        {
            Hardware = Whole,
            Scheduler = new SchedulerSpec
            {
                Policy = SchedulerPolicies.Credit2009,
                Options = new Dictionary<string, string>
                {
                    ["slice"] = "10ms",
                    ["exactDebit"] = "true",
                    ["ticksPerSlice"] = "3",
                },
            },
            Time = new TimeSpec { Mode = TimeModes.FreeRunning },
            Seed = 7,
        }));
        Assert.Equal(
            new CreateHostRequest
            {
                Uid = "u",
                Name = "h",
                MemoryBytes = 1L << 30,
                Cores =
                {
                    new Vee.Protocol.CoreGroup
                    {
                        Name = "big",
                        Count = 2,
                        FrequencyMhz = 2260,
                        Capacity = 2048,
                        CacheDomain = "llc",
                        CyclesPerInstruction = { ["Multiply"] = 3 },
                    },
                },
                CacheDomains = { new Vee.Protocol.CacheDomain { Name = "llc", Bytes = 8L << 20 } },
                NetworkCard = new NetworkCard { BitsPerSecond = 25_000_000_000, QueueBytes = 4L << 20 },
                Disk = new HostDisk
                {
                    BytesPerSecond = 6_000_000_000,
                    OperationsPerSecond = 79,
                    LatencyVirtualNs = 0,
                },
                Costs = new HostCosts
                {
                    ContextSwitch = new HostCost { VirtualNs = 2000, Source = "assumed" },
                    VcpuMigration = new HostCost { VirtualNs = 50_000, Source = "a paper" },
                    PerPage = { ["copy"] = new HostCost { VirtualNs = 0, Source = "assumed" } },
                },
                Scheduler = new HostScheduler
                {
                    Name = "credit-2009",
                    Options = { ["slice"] = 10_000_000, ["exactDebit"] = 1, ["ticksPerSlice"] = 3 },
                },
                TimeMode = TimeMode.FreeRunning,
                Seed = 7,
            },
            request);
    }

    [Fact]
    public void A_link_has_the_defaults_of_vee_sim()
    {
        var standard = new Vee.Hypervisor.Network.LinkProfile();
        Assert.Equal(
            new LinkProfile
            {
                BitsPerSecond = standard.BandwidthBitsPerSecond,
                LatencyVirtualNs = standard.LatencyNanoseconds,
                JitterVirtualNs = standard.JitterNanoseconds,
                Loss = standard.Loss,
            },
            HostMapping.ToProtocol(new LinkSpec { To = "b" }));
        Assert.Equal(
            new LinkProfile { BitsPerSecond = 1, LatencyVirtualNs = 1000, JitterVirtualNs = 1_000_000, Loss = 0.005 },
            HostMapping.ToProtocol(
                new LinkSpec { To = "b", Bandwidth = "1bit/s", Latency = "1us", Jitter = "1ms", Loss = "0.005" }));
    }

    private static HardwareSpec Least => new()
    {
        Cores = [new Vee.Api.SimulatedHosts.CoreGroup { Name = "big", Count = 2 }],
        Memory = new HostMemory { Size = "1Gi" },
    };

    private static HardwareSpec Whole => new()
    {
        Cores =
        [
            new Vee.Api.SimulatedHosts.CoreGroup
            {
                Name = "big",
                Count = 2,
                FrequencyMHz = 2260,
                Capacity = 2048,
                CyclesPerInstruction = new Dictionary<string, int> { ["Multiply"] = 3 },
                CacheDomain = "llc",
            },
        ],
        CacheDomains = [new Vee.Api.SimulatedHosts.CacheDomain { Name = "llc", Size = "8Mi" }],
        Memory = new HostMemory { Size = "1Gi" },
        Nic = new NicSpec { Bandwidth = "25Gbit", Queue = "4Mi" },
        Disk = new DiskSpec { Bandwidth = "6G/s", OperationsPerSecond = 79, Latency = "0" },
        Costs = new CostsSpec
        {
            ContextSwitch = new CostSpec { Time = "2us" },
            VcpuMigration = new CostSpec { Time = "50us", Source = "a paper" },
            PerPage = new Dictionary<string, CostSpec> { ["copy"] = new() { Time = "0" } },
        },
    };

    private static SimulatedHost Host(SimulatedHostSpec spec) =>
        new() { Metadata = new V1ObjectMeta { Name = "h", Uid = "u" }, Spec = spec };
}
