using Vee.Agent.Tests.Support;
using Vee.Protocol;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests.Racks;

/// <summary>Calls about racks.</summary>
internal static class RackCalls
{
    internal static LinkProfile Wire { get; } = new() { BitsPerSecond = 1_000_000_000, LatencyVirtualNs = 1_000_000 };

    internal static async Task SetAsync(SetRackRequest plan, params TestRack.Member[] members)
    {
        foreach (var member in members)
        {
            await member.Client.SetRackAsync(plan, cancellationToken: TestAgent.Token);
        }
    }

    internal static async Task AdvanceAsync(TestRack.Member member, string host, long until) =>
        await member.Client.AdvanceTimeAsync(
            new AdvanceTimeRequest { HostUid = host, UntilVirtualNs = until }, cancellationToken: TestAgent.Token);

    internal static async Task FreeHostAsync(TestRack.Member member, string name, bool hashes = false) =>
        await member.Client.CreateHostAsync(
            new CreateHostRequest
            {
                Uid = name,
                Name = name,
                MemoryBytes = 512 * MebiByte,
                Cores = { new CoreGroup { Name = "all", Count = 1, FrequencyMhz = 1000 } },
                TimeMode = TimeMode.FreeRunning,
                HashEachSecond = hashes,
            },
            cancellationToken: TestAgent.Token);

    internal static async Task JoinAsync(LinkProfile wire, TestRack.Member left, TestRack.Member right)
    {
        await left.Client.CreateHostAsync("a");
        await right.Client.CreateHostAsync("b");
        await SetAsync(
            TestRack.PlanOf(1, wire, (left.Name, left.Address, ["a"]), (right.Name, right.Address, ["b"])),
            left, right);
        foreach (var (member, host) in new[] { (left, "a"), (right, "b") })
        {
            await Wait.ForAsync(
                async () => (await TestRack.InspectAsync(member.Client, host)).Time.Phase == TimePhase.Passes,
                "time passes");
        }
    }

    internal static Task Try(Task task) => task.ContinueWith(_ => { }, TaskScheduler.Default);

    /// <summary>A deadline.</summary>
    internal static DateTime In(int seconds) => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(seconds);
}
