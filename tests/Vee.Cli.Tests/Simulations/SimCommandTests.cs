using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Vee.Cli.Tests.Simulations;

/// <summary><c>vee sim</c> as it is typed.</summary>
public sealed class SimCommandTests
{
    private static readonly string Scenario = ScenarioYaml.WithGuest("""
        {name: g, count: 2, jobs: [
              {name: fast, arrivals: {poisson: {rate: 100/s}}, phases: [cpu: {exponential: 1ms}, disk: 4Ki]},
              {name: slow, arrivals: {closed: {clients: 3, think: {exponential: 20ms}}},
              phases: [cpu: 5ms], deadline: 9ms}]}
        """);

    [Fact]
    public async Task The_same_seeds_give_the_same_bytes()
    {
        using var scratch = new ScratchDirectory();
        var file = scratch.Write("s.yaml", Encoding.UTF8.GetBytes(Scenario));
        var (one, other) = (Path.Combine(scratch.FullName, "1.json"), Path.Combine(scratch.FullName, "2.json"));

        var first = await VeeProcess.RunAsync("sim", file, "--seeds", "4", "--seed", "7", "--json", one);
        // On one processor, so that the runs come one after another.
        var second = await VeeProcess.RunAsync(
            "/usr/bin/env",
            ["DOTNET_PROCESSOR_COUNT=1", Repository.Vee, "sim", file, "--seeds=4", "--seed=7", "--json", other], "");
        var third = await VeeProcess.RunAsync("sim", file, "--seeds", "4", "--seed", "8");

        Assert.True(first.Status == 0, first.Error);
        Assert.Empty(first.Error);
        Assert.Equal(first, second);
        Assert.NotEqual(first.Output, third.Output);
        Assert.Equal(
            await File.ReadAllBytesAsync(one, TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(other, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Json_has_the_scenario_every_run_and_the_summary()
    {
        using var scratch = new ScratchDirectory();
        var bytes = Encoding.UTF8.GetBytes(Scenario);
        var file = scratch.Write("s.yaml", bytes);
        // What was there before is longer.
        var path = scratch.Write("r.json", new byte[1_000_000]);

        var outcome = await VeeProcess.RunAsync("sim", file, "--seeds", "3", "--json", path, "-o", "json");

        Assert.True(outcome.Status == 0, outcome.Error);
        var written = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(written);
        using var printed = JsonDocument.Parse(outcome.Output);
        var root = json.RootElement;
        Assert.True(JsonElement.DeepEquals(root, printed.RootElement));
        Assert.Equal("SimulationResult", root.GetProperty("kind").GetString());
        var scenario = root.GetProperty("scenario");
        Assert.Equal("test", scenario.GetProperty("name").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), scenario.GetProperty("sha256").GetString());
        Assert.Equal(1000, scenario.GetProperty("durationVirtualMs").GetDouble());
        Assert.Equal([1, 2, 3], root.GetProperty("seeds").EnumerateArray().Select(seed => seed.GetInt32()));

        var runs = root.GetProperty("runs").EnumerateArray().ToList();
        Assert.Equal([1, 2, 3], runs.Select(run => run.GetProperty("seed").GetInt32()));
        Assert.All(runs, run => Assert.Equal(
            (4, 2, 2, 1, 1),
            (Count(run, "classes"), Count(run, "guests"), Count(run, "cores"), Count(run, "disks"),
                Count(run, "hosts"))));
        var summary = root.GetProperty("summary");
        for (var index = 0; index < 4; index++)
        {
            var type = summary.GetProperty("classes")[index];
            Assert.Equal(
                ($"g-{index / 2}", index % 2 == 0 ? "fast" : "slow"),
                (type.GetProperty("guest").GetString(), type.GetProperty("class").GetString()));
            foreach (var figure in (string[])
                ["responseMeanVirtualMs", "waitP99VirtualMs", "throughputPerVirtualSecond"])
            {
                var values = runs.Select(run => run.GetProperty("classes")[index].GetProperty(figure).GetDouble());
                Assert.Equal(values.Average(), type.GetProperty(figure).GetProperty("mean").GetDouble(), 6);
                Assert.True(type.GetProperty(figure).GetProperty("halfWidth").GetDouble() > 0);
                Assert.Equal(3, type.GetProperty(figure).GetProperty("samples").GetInt32());
            }
        }

        Assert.Equal("c0/1", summary.GetProperty("cores")[1].GetProperty("core").GetString());
        Assert.Equal(
            JsonValueKind.Null, runs[0].GetProperty("classes")[0].GetProperty("deadlineMisses").ValueKind);
        Assert.True(runs[0].GetProperty("classes")[1].GetProperty("deadlineMisses").GetInt32() >= 0);
    }

    [Fact]
    public async Task One_run_has_no_confidence()
    {
        using var scratch = new ScratchDirectory();
        var file = scratch.Write("s.yaml", Encoding.UTF8.GetBytes(Scenario));

        var table = await VeeProcess.RunAsync("sim", file, "--seeds", "1");
        var json = await VeeProcess.RunAsync("sim", file, "--seeds", "1", "-o", "json");

        Assert.DoesNotContain("±", table.Output, StringComparison.Ordinal);
        Assert.Contains("of the run with seed 1", table.Output, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("summary").GetProperty("classes")[0]
            .GetProperty("responseMeanVirtualMs").GetProperty("halfWidth").ValueKind);
    }

    [Fact]
    public async Task Every_defect_of_a_file_is_a_line_and_the_status_is_2()
    {
        using var scratch = new ScratchDirectory();
        var file = scratch.Write("bad.yaml", Encoding.UTF8.GetBytes(
            ScenarioYaml.WithGuest("{name: g, spin: {}, vcpus: none, cap: -3}")));
        var json = Path.Combine(scratch.FullName, "r.json");

        var outcome = await VeeProcess.RunAsync("sim", file, "--json", json);

        Assert.Equal((2, ""), (outcome.Status, outcome.Output));
        Assert.Equal(
            [
                $"vee sim: {file}:11:34: spec.hosts[0].guests[0].vcpus: "
                    + "must be a whole number from 1 to 256, not 'none'",
                $"vee sim: {file}:11:45: spec.hosts[0].guests[0].cap: "
                    + "must be a whole number from 0 to 204800, not '-3'",
            ],
            outcome.Error.TrimEnd('\n').Split('\n'));
        Assert.False(File.Exists(json));
    }

    [Theory]
    [InlineData("'FILE' missing", "sim")]
    [InlineData("'/nonexistent/x.yaml' cannot be read", "sim", "/nonexistent/x.yaml")]
    [InlineData("'/' cannot be read", "sim", "/")]
    [InlineData("--seeds '0' must be a number from 1 to 1000", "sim", "x.yaml", "--seeds", "0")]
    [InlineData("--seeds '1e3' must be a number from 1 to 1000", "sim", "x.yaml", "--seeds", "1e3")]
    [InlineData("--seed '-1' must be a number from 0 to", "sim", "x.yaml", "--seed=-1")]
    [InlineData("--output 'csv' must be table, json or yaml", "sim", "x.yaml", "-o", "csv")]
    [InlineData("--json '/nonexistent/r' cannot be written", "sim", "config/experiments/trace.yaml", "--json",
        "/nonexistent/r")]
    public async Task A_wrong_command_line_is_one_line_and_status_2(string message, params string[] arguments)
    {
        var outcome = await VeeProcess.RunAsync(arguments);

        Assert.Equal((2, ""), (outcome.Status, outcome.Output));
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_guest_that_can_never_do_its_work_is_told_so()
    {
        using var scratch = new ScratchDirectory();
        var file = scratch.Write("overload.yaml", Encoding.UTF8.GetBytes(ScenarioYaml.WithGuest(
            "{name: g, jobs: [{name: j, arrivals: {poisson: {rate: 20000000/s}}, phases: [cpu: 1s]}]}")));

        var outcome = await VeeProcess.RunAsync("sim", file, "--seeds", "1");

        Assert.Equal((1, ""), (outcome.Status, outcome.Output));
        Assert.Contains("it gets more work than it can do", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(
            "host h1: more than 4000000 jobs are there after 0 virtual seconds", outcome.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Yaml_is_the_same_as_json()
    {
        var outcome = await VeeProcess.RunAsync("sim", "config/experiments/trace.yaml", "--seeds", "2", "-o", "yaml");

        Assert.Equal(0, outcome.Status);
        Assert.Contains("kind: SimulationResult\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("responseMeanVirtualMs: 3\n", outcome.Output, StringComparison.Ordinal);
    }

    private static int Count(JsonElement run, string name) => run.GetProperty(name).GetArrayLength();
}
