using System.Text.Json;
using Xunit;

namespace Vee.Cli.Tests;

public sealed class BenchTests
{
    /// <summary>It executes billions of instructions: half a minute alone, and minutes beside a build.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_benchmark_shows_every_program_and_writes_every_sample()
    {
        using var scratch = new ScratchDirectory();
        var path = Path.Combine(scratch.FullName, "samples.json");

        var outcome = await VeeProcess.RunAsync(
            Repository.Vee, ["bench", "machine", "--runs", "1", "--json", path], "", limit: Patience);

        Assert.True(outcome.Status == 0, outcome.Output + outcome.Error);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        var names = json.RootElement.GetProperty("programs").EnumerateArray()
            .Select(program => program.GetProperty("name").GetString()!)
            .ToArray();
        Assert.Equal("calls integer matrix memory recursion strings", string.Join(' ', names));
        foreach (var program in json.RootElement.GetProperty("programs").EnumerateArray())
        {
            Assert.Contains(program.GetProperty("name").GetString()!, outcome.Output, StringComparison.Ordinal);
            Assert.Equal("", program.GetProperty("problem").GetString());
            Assert.True(program.GetProperty("warmWallMs").GetProperty("median").GetDouble() > 0);
        }

        var machine = json.RootElement.GetProperty("machine");
        Assert.True(machine.GetProperty("stateBytes").GetInt64() > machine.GetProperty("touchedBytes").GetInt64() / 2);
    }

    [Fact]
    public async Task For_programs_what_is_printed_is_what_is_written()
    {
        using var scratch = new ScratchDirectory();
        var path = Path.Combine(scratch.FullName, "samples.json");

        // Without peers, which are what takes the time.
        var outcome = await VeeProcess.RunAsync(
            "/usr/bin/env",
            ["PATH=/nonexistent", Repository.Vee, "bench", "machine", "--runs", "1", "--json", path, "-o", "json"], "",
            limit: Patience);

        Assert.Equal(0, outcome.Status);
        var file = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        using var written = JsonDocument.Parse(file);
        using var printed = JsonDocument.Parse(outcome.Output);
        Assert.True(JsonElement.DeepEquals(written.RootElement, printed.RootElement));
    }

    [Fact]
    public async Task Without_peers_the_benchmark_says_so()
    {
        var outcome = await VeeProcess.RunAsync(
            "/usr/bin/env", ["PATH=/nonexistent", Repository.Vee, "bench", "machine", "--runs", "1"], "",
            limit: Patience);

        Assert.Equal(0, outcome.Status);
        Assert.Contains("no C compiler (cc) is installed", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("qemu-riscv64 is not installed", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rack_is_measured_on_one_agent_and_on_two()
    {
        using var scratch = new ScratchDirectory();
        var path = Path.Combine(scratch.FullName, "samples.json");

        var outcome = await VeeProcess.RunAsync(
            Repository.Vee, ["bench", "rack", "--runs", "1", "--json", path], "", limit: Patience);

        Assert.True(outcome.Status == 0, outcome.Output + outcome.Error);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        Assert.True(json.RootElement.GetProperty("guests").GetProperty("hourWallSeconds").GetProperty("median")
            .GetDouble() > 0);
        foreach (var rack in json.RootElement.GetProperty("racks").EnumerateArray())
        {
            // Both hosts send all the time: a window is a latency, or the least time until somebody sends.
            Assert.InRange(rack.GetProperty("windows").GetInt64(), 1_000, 100_000);
            Assert.True(rack.GetProperty("twoAgentsWallMs").GetProperty("median").GetDouble() > 0);
        }
    }
}
