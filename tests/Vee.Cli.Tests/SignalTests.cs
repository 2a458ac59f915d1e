using System.Diagnostics;
using Xunit;

namespace Vee.Cli.Tests;

public sealed class SignalTests
{
    private static readonly TimeSpan MoreThanASecond = TimeSpan.FromSeconds(1.3);

    [Theory]
    [InlineData("pause")]
    [InlineData("spin")]
    public async Task Interrupts_and_termination_reach_the_guests_handlers(string how)
    {
        using var process = await StartAsync(how);
        await SendAsync(process, "INT");
        Assert.Equal("interrupted", await ReadLineAsync(process));
        await Task.Delay(MoreThanASecond, TimeProvider.System, TestContext.Current.CancellationToken);
        await SendAsync(process, "INT");
        Assert.Equal("interrupted", await ReadLineAsync(process));
        await SendAsync(process, "TERM");

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, process.ExitCode);
    }

    [Fact]
    public async Task A_second_interrupt_within_a_second_ends_the_run()
    {
        using var process = await StartAsync("spin");
        await SendAsync(process, "INT");
        Assert.Equal("interrupted", await ReadLineAsync(process));
        await SendAsync(process, "INT");

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, process.ExitCode);
    }

    [Fact]
    public async Task An_interrupt_while_input_is_awaited_ends_a_guest_without_a_handler()
    {
        using var process = VeeProcess.Start(Repository.Vee, ["run", Repository.Probe, "echo"]);
        await process.StandardInput.WriteLineAsync("x".AsMemory(), TestContext.Current.CancellationToken);
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("x", await ReadLineAsync(process));
        await SendAsync(process, "INT");

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, process.ExitCode);
    }

    private static async Task<Process> StartAsync(string how)
    {
        var process = VeeProcess.Start(Repository.Vee, ["run", Repository.Probe, how]);
        Assert.Equal("ready", await ReadLineAsync(process));
        return process;
    }

    private static async Task<string?> ReadLineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);

    private static async Task SendAsync(Process process, string signal) =>
        await VeeProcess.RunAsync("/bin/kill", [$"-{signal}", $"{process.Id}"], "");
}
