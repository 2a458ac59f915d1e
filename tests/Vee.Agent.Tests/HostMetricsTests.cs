using System.Globalization;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>What an agent exports of hosts and machines.</summary>
public sealed class HostMetricsTests
{
    [Fact]
    public async Task Two_machines_that_share_a_core_show_what_each_was_not_given()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync(
            new CreateHostRequest
            {
                Uid = HostUid,
                Name = "h",
                MemoryBytes = 1024 * MebiByte,
                Cores = { new CoreGroup { Name = "all", Count = 1, FrequencyMhz = 50 } },
                Scheduler = new HostScheduler { Name = "first-come", Options = { ["slice"] = 5_000_000 } },
            },
            cancellationToken: TestAgent.Token);
        await agent.Operator.RunOnAsync(Programs.Spins(), "one");
        await agent.Operator.RunOnAsync(Programs.Spins(), "two");
        var start = await Racks.TestRack.InspectAsync(agent.Operator, HostUid);
        await Racks.TestRack.AwaitTimeAsync(agent.Operator, HostUid, start.VirtualTimeNs + 300_000_000);

        var metrics = await ReadAsync(agent);

        Assert.InRange(metrics["vee_agent_host_virtual_seconds{host=\"h\"}"], 0.3, 60);
        Assert.InRange(
            metrics["vee_agent_host_core_busy_virtual_seconds_total{host=\"h\"}"], 0.3,
            metrics["vee_agent_host_virtual_seconds{host=\"h\"}"]);
        Assert.InRange(metrics["vee_agent_host_events_total{host=\"h\"}"], 1000, double.MaxValue);
        const string One = "{namespace=\"default\",name=\"one\",host=\"h\"}";
        var count = metrics[$"vee_agent_machine_steal_virtual_seconds_count{One}"];
        var mean = metrics[$"vee_agent_machine_steal_virtual_seconds_sum{One}"] / count;
        Assert.InRange(count, 10, double.MaxValue);

        // Each waits for a slice of the other, which is 5 ms and what is left of a quantum.
        Assert.InRange(mean, 0.0045, 0.0052);

        await agent.Operator.DeleteAsync("one");
        Assert.DoesNotContain(await ReadAsync(agent), metric => metric.Key.Contains("one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_machine_writes_to_the_disk_is_the_hosts_to_show()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync();
        await agent.Operator.RunOnAsync(
            Repository.Guest("journal"), "journal",
            request => request.Arguments.AddRange(["--records", "1000000", "--rate", "100"]));
        const string Journal = "{namespace=\"default\",name=\"journal\",host=\"host-1\",direction=\"written\"}";
        var written = 0.0;
        while (written < 40_960)
        {
            await Task.Delay(50, TestAgent.Token);
            written = (await ReadAsync(agent))[$"vee_agent_machine_disk_bytes_total{Journal}"];
        }

        Assert.InRange(
            (await ReadAsync(agent))["vee_agent_host_device_bytes_total{host=\"host-1\",device=\"disk\"}"], 40_960,
            double.MaxValue);
    }

    private static async Task<Dictionary<string, double>> ReadAsync(TestAgent agent)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{agent.Server.MetricsAddress}") };
        var text = await client.GetStringAsync("/metrics", TestAgent.Token);
        return text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' '))
            .ToDictionary(parts => parts[0], parts => double.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
