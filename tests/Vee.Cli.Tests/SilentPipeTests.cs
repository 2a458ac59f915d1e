using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Vee.Cli.Tests;

/// <summary>Time while a guest waits for a pipe through which nothing comes.</summary>
public sealed class SilentPipeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static TheoryData<string[]> Options => [Array.Empty<string>(), new[] { "--parallel", "--harts", "2" }];

    [Theory]
    [MemberData(nameof(Options))]
    public async Task A_deadline_comes_after_a_second_and_input_after_that_is_read(string[] options)
    {
        var watch = Stopwatch.StartNew();
        using var process = VeeProcess.Start(
            Repository.Vee, ["run", .. options, Repository.Probe, "wait", "100", "1000"]);
        Assert.Equal("ready", await ReadLineAsync(process));

        Assert.Equal("100", await ReadLineAsync(process));
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(1.1), $"The deadline came after {watch.Elapsed}.");
        Assert.Equal("100", await ReadLineAsync(process));
        await process.StandardInput.WriteLineAsync("late".AsMemory(), TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        var line = await ReadLineAsync(process);
        while (line == "100")
        {
            line = await ReadLineAsync(process);
        }

        Assert.Equal("late", line);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public async Task No_time_passes_for_a_guest_that_waits_for_nothing_else(string[] options)
    {
        var outcome = await VeeProcess.ShellAsync(
            "{ sleep 2; echo late; } | "
            + $"'{Repository.Vee}' run --stats {string.Join(' ', options)} '{Repository.Probe}' echo");

        Assert.Equal((0, "late\n"), (outcome.Status, outcome.Output));
        var time = outcome.Error.Split('\n').Single(line => line.StartsWith("virtual time", StringComparison.Ordinal));
        var seconds = time.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
        Assert.InRange(double.Parse(seconds, CultureInfo.InvariantCulture), 0, 0.1);
    }

    private static async Task<string?> ReadLineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(Limit, TimeProvider.System, TestContext.Current.CancellationToken);
}
