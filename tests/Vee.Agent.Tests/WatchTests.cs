using System.Diagnostics;
using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>What watchers and scrapers are told.</summary>
public sealed class WatchTests
{
    [Fact]
    public async Task Watcher_has_everything_and_then_each_change()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync("before");
        using var watch = agent.Operator.Watch(new WatchRequest(), cancellationToken: TestAgent.Token);
        var inventory = (await NextAsync(watch)).Inventory;
        Assert.Equal(agent.Server.Incarnation, inventory.Incarnation);
        Assert.Equal("before", Assert.Single(inventory.Hosts).Uid);
        Assert.Empty(inventory.Machines);

        await agent.Operator.RunAsync(Programs.Exits(4));
        await agent.Operator.AwaitEndAsync();
        await agent.Operator.DeleteAsync();
        await agent.Operator.DeleteHostAsync(HostUid);

        var told = new List<string>();
        while (told.LastOrDefault() != "host gone")
        {
            var report = await NextAsync(watch);
            told.Add(report.ReportCase switch
            {
                AgentReport.ReportOneofCase.HostChanged => $"host {report.HostChanged.MemoryBytesAllocated / MebiByte}",
                AgentReport.ReportOneofCase.MachineChanged => $"machine {report.MachineChanged.Phase}",
                AgentReport.ReportOneofCase.MachineDeleted => $"machine gone {report.MachineDeleted.Instance}",
                AgentReport.ReportOneofCase.HostDeletedUid => "host gone",
                _ => "",
            });
        }

        Assert.Equal(
            "host 0, host 16, machine Created, machine Running, host 0, machine Ended, machine gone 1, host gone",
            string.Join(", ", told.Where(text => text.Length > 0)));
    }

    [Fact]
    public async Task Silence_is_never_longer_than_a_heartbeat()
    {
        await using var agent = await TestAgent.StartAsync();
        using var watch = agent.Operator.Watch(new WatchRequest(), cancellationToken: TestAgent.Token);
        await NextAsync(watch);
        var silence = Stopwatch.StartNew();

        var report = await NextAsync(watch);

        Assert.NotNull(report.Heartbeat);
        Assert.InRange(silence.ElapsedMilliseconds, 1_500, 10_000);
    }

    [Fact]
    public async Task Slow_watcher_is_shown_everything_again()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync();
        using var watch = agent.Operator.Watch(new WatchRequest(), cancellationToken: TestAgent.Token);
        await NextAsync(watch);

        // More than the transport and 256 waiting changes hold, for a watcher that does not read.
        var name = new string('n', 253);
        var busy = agent.Call(agent.Authority.Client());
        for (var index = 0; index < 1500; index++)
        {
            await busy.CreateHostAsync(
                new CreateHostRequest
                {
                    Uid = $"{index}", Name = name, MemoryBytes = MebiByte,
                    Cores = { new CoreGroup { Name = "all", Count = 1, FrequencyMhz = 1000 } },
                },
                cancellationToken: TestAgent.Token);
        }

        var inventories = 0;
        var seen = new HashSet<string>(StringComparer.Ordinal) { HostUid };
        while (seen.Count < 1501)
        {
            var report = await NextAsync(watch);
            inventories += report.Inventory is null ? 0 : 1;
            seen.UnionWith(report.Inventory?.Hosts.Select(host => host.Uid) ?? []);
            seen.UnionWith(report.HostChanged is { } host ? [host.Uid] : []);
        }

        Assert.InRange(inventories, 1, 100);
    }

    [Fact]
    public async Task Metrics_count_what_happened_and_name_no_machine()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Exits(0));
        await agent.Operator.AwaitEndAsync();
        await Assert.ThrowsAsync<RpcException>(() => agent.Operator.StartAsync("unknown"));
        using var client = new HttpClient { BaseAddress = new Uri($"http://{agent.Server.MetricsAddress}") };

        var metrics = await client.GetStringAsync("/metrics", TestAgent.Token);

        foreach (var line in new[]
        {
            "vee_agent_hosts 1\n", "vee_agent_machines{phase=\"Ended\"} 1\n",
            "vee_agent_machines{phase=\"Running\"} 0\n", "vee_agent_memory_allocated_bytes 0\n",
            "vee_agent_grpc_calls_total{method=\"StartMachine\",code=\"OK\"} 1\n",
            "vee_agent_grpc_calls_total{method=\"StartMachine\",code=\"NotFound\"} 1\n",
            "vee_agent_lag_wall_seconds 0\n", "vee_agent_gateway_bytes_total{direction=\"in\"} 0\n",
            "vee_agent_instructions_retired_total 5\n",
        })
        {
            Assert.Contains(line, metrics, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("vm-1", metrics, StringComparison.Ordinal);
        Assert.Equal("ok\n", await client.GetStringAsync("/healthz", TestAgent.Token));
        Assert.Equal("ok\n", await client.GetStringAsync("/readyz", TestAgent.Token));
    }

    private static async Task<AgentReport> NextAsync(AsyncServerStreamingCall<AgentReport> watch)
    {
        Assert.True(await watch.ResponseStream.MoveNext(TestAgent.Token));
        return watch.ResponseStream.Current;
    }
}
