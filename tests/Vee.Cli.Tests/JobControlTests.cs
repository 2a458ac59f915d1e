using System.Diagnostics;
using Xunit;

namespace Vee.Cli.Tests;

/// <summary>A guest that stops is a stopped job to whoever started the command.</summary>
public sealed class JobControlTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    [Theory]
    [InlineData("")]
    [InlineData("--harts 2 --parallel")]
    public async Task Command_stops_with_the_guest_and_goes_on_with_it(string options)
    {
        using var process = VeeProcess.Start(
            Repository.Vee,
            ["run", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), Repository.Probe, "stop"]);
        for (var stop = 0; stop < 2; stop++)
        {
            await AwaitStopAsync(process);
            await SendAsync(process, "CONT");
            Assert.Equal("went on", await ReadLineAsync(process));
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task Terminal_stop_and_user_signals_are_the_guests()
    {
        using var process = VeeProcess.Start(Repository.Vee, ["run", Repository.Probe, "spin"]);
        Assert.Equal("ready", await ReadLineAsync(process));
        await SendAsync(process, "TSTP");
        await AwaitStopAsync(process);

        // The interrupt waits for SIGCONT, and does not stop the command again when it comes with it.
        await SendAsync(process, "INT");
        await SendAsync(process, "CONT");
        Assert.Equal("interrupted", await ReadLineAsync(process));

        await SendAsync(process, "USR1");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(128 + 10, process.ExitCode);
    }

    private static async Task AwaitStopAsync(Process process)
    {
        // The state is the first letter after the name, which is in parentheses (proc(5)).
        for (var start = Stopwatch.StartNew(); start.Elapsed < Limit;)
        {
            var text = await File.ReadAllTextAsync(
                $"/proc/{process.Id}/stat", TestContext.Current.CancellationToken);
            if (text[text.LastIndexOf(')')..].StartsWith(") T", StringComparison.Ordinal))
            {
                return;
            }

            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("The command did not stop.");
    }

    private static async Task<string?> ReadLineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(Limit, TimeProvider.System, TestContext.Current.CancellationToken);

    private static async Task SendAsync(Process process, string signal) =>
        await VeeProcess.RunAsync("/bin/kill", [$"-{signal}", $"{process.Id}"], "");
}
