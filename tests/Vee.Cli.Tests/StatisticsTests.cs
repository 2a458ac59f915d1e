using Xunit;

namespace Vee.Cli.Tests;

public sealed class StatisticsTests
{
    [Fact]
    public async Task Counters_are_printed_on_stderr_in_aligned_columns()
    {
        var outcome = await VeeProcess.RunAsync(
            "run", "--stats", "--harts", "2", "--memory", "64M", Repository.Probe, "args");

        Assert.Equal($"[{Repository.Probe}]\n[args]\n", outcome.Output);
        foreach (var row in (string[])
        [
            "harts +2", "retired instructions +[0-9,]+", "cycles +[0-9,]+", @"virtual time +0\.\d{9} s",
            @"wall time +\d+\.\d{3} s", @"speed +\d+\.\d million instructions per second",
            @"pages in use +\d+ of 16,384 \(.* of 64 MiB\)", "blocks decoded +[0-9,]+", "system calls +7", "  write +6",
            "  exit_group +1", "unimplemented calls +0",
        ])
        {
            Assert.Matches($"(?m)^{row}$", outcome.Error);
        }

        Assert.DoesNotContain("refused forks", outcome.Error, StringComparison.Ordinal);
        var withoutUnits = outcome.Error.Split('\n').Where(line => line.Length != 0 && char.IsAsciiDigit(line[^1]));
        Assert.Single(withoutUnits.Select(line => line.Length).Distinct());
    }

    [Theory]
    [InlineData("json", "\"retiredInstructions\": [1-9]", "\"name\": \"exit_group\"")]
    [InlineData("yaml", "retiredInstructions: [1-9]", "name: exit_group")]
    public async Task Counters_are_printed_for_programs_too(string format, string retired, string call)
    {
        var outcome = await VeeProcess.RunAsync("run", "--stats", "-o", format, Repository.Probe, "args");

        Assert.Equal($"[{Repository.Probe}]\n[args]\n", outcome.Output);
        Assert.Matches(retired, outcome.Error);
        Assert.Contains(call, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unimplemented_calls_and_refused_forks_are_named()
    {
        var unknown = await VeeProcess.RunAsync("run", "--stats", Repository.Probe, "unknown");
        var fork = await VeeProcess.RunAsync("run", "--stats", Repository.Probe, "fork");

        Assert.Equal(38, unknown.Status);
        Assert.Matches(@"(?m)^unimplemented calls +1\n  syscall_999 +1$", unknown.Error);
        Assert.Matches(@"(?m)^refused forks +1\n  A process machine runs one process", fork.Error);
    }

    [Fact]
    public async Task Equal_runs_have_equal_counters()
    {
        var first = await CountersAsync("1");
        var second = await CountersAsync("1");

        Assert.Equal(first, second);
    }

    private static async Task<string> CountersAsync(string seed)
    {
        var outcome = await VeeProcess.RunAsync("run", "--stats", "--seed", seed, Repository.Probe, "flood", "100");
        return string.Join('\n', outcome.Error.Split('\n')
            .Where(line => line.Split(' ')[0] is not ("wall" or "speed")));
    }
}
