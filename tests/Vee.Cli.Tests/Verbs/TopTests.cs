using System.Text.Json;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

[Collection<VerbTests>]
public sealed class TopTests(VerbCluster cluster)
{
    [Fact]
    public async Task A_machine_that_computes_shows_what_it_uses()
    {
        var machine = await cluster.RunAsync("spinner", "spin");

        var outcome = await cluster.VeeAsync("top", "spinner", "--output", "json");

        // Otherwise it takes a processor from all tests that follow.
        await cluster.EndAsync(machine);

        Assert.Equal((0, ""), (outcome.Status, outcome.Error));
        using var json = JsonDocument.Parse(outcome.Output);
        var row = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal("spinner", row.GetProperty("name").GetString());
        Assert.Equal("rack-1", row.GetProperty("host").GetString());
        Assert.Equal("Running", row.GetProperty("status").GetString());
        foreach (var figure in (string[])["virtualSeconds", "speed", "mips", "cpuCores", "residentBytes"])
        {
            Assert.True(row.GetProperty(figure).GetDouble() > 0, figure);
        }

        foreach (var figure in (string[])["lagWallMs", "networkBytesIn", "networkBytesOut"])
        {
            Assert.True(row.GetProperty(figure).GetDouble() >= 0, figure);
        }
    }

    [Fact]
    public async Task A_table_says_the_units_and_lists_machines_without_figures_too()
    {
        await cluster.RunAsync("top-runs", "pause");
        await cluster.CreateAsync("top-waits");

        var outcome = await cluster.VeeAsync("top", "top-waits", "top-runs");

        Assert.Equal((0, ""), (outcome.Status, outcome.Error));
        var lines = outcome.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Matches(
            "^NAME +HOST +STATUS +VIRTUAL\\(s\\) +SPEED\\(virtual/wall\\) +LAG\\(ms\\) +MIPS +CPU\\(cores\\) "
                + "+RESIDENT\\(MiB\\) +NET IN\\(KiB\\) +NET OUT\\(KiB\\)$",
            lines[0]);
        Assert.Matches("^top-waits +- +Unknown( +-){8}$", lines[1]);
        Assert.Matches("^top-runs +rack-1 +Running( +[0-9.]+){8}$", lines[2]);
    }

    [Fact]
    public async Task An_agent_that_cannot_be_reached_leaves_the_figures_of_others()
    {
        await cluster.RunAsync("top-well", "pause");
        var lost = await cluster.CreateAsync("top-lost");
        await cluster.WriteStatusAsync(lost, VerbCluster.Ready("True", Reasons.Running, "") with
        {
            PrintableStatus = "Running",
            Instance = 1,
            Agent = new AgentReference { Name = "gone", Incarnation = "x", Address = "127.0.0.1:1" },
        });

        var outcome = await cluster.VeeAsync("top", "top-lost", "top-well");

        Assert.Equal(1, outcome.Status);
        Assert.Matches("top-lost +- +Running( +-){8}\n", outcome.Output);
        Assert.Matches("top-well +rack-1 +Running( +[0-9.]+){8}\n", outcome.Output);
        Assert.StartsWith(
            "vee top: 'top-lost': agent 'gone' at 127.0.0.1:1 cannot be reached: ", outcome.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watching_measures_again_and_again()
    {
        await cluster.RunAsync("top-watched", "pause");
        using var process = VeeProcess.Start(
            Repository.Vee, ["top", "top-watched", "--watch", "--kubeconfig", cluster.Kubeconfig]);
        try
        {
            for (var round = 0; round < 2; round++)
            {
                Assert.StartsWith(
                    "NAME", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken),
                    StringComparison.Ordinal);
                Assert.StartsWith(
                    "top-watched", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken),
                    StringComparison.Ordinal);
            }
        }
        finally
        {
            process.Kill();
        }
    }
}
