using System.CommandLine;
using Vee.Cli.Commands;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Xunit;

namespace Vee.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData()]
    [InlineData("--help")]
    [InlineData("help")]
    public async Task Vee_alone_shows_the_commands_to_type(params string[] arguments)
    {
        var outcome = await VeeProcess.RunAsync(arguments);

        Assert.Equal(0, outcome.Status);
        Assert.Contains("vee run", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("vee bench machine", outcome.Output, StringComparison.Ordinal);
        Assert.Empty(outcome.Error);
    }

    [Fact]
    public void Every_command_prints_a_table_json_or_yaml()
    {
        using var streams = new StandardStreams();
        var commands = Leaves(CommandLine.All(new RunCommand(streams), streams)).ToList();

        Assert.Equal(
            [
                "agent", "console", "control-plane", "crds", "demo", "down", "logs", "machine", "migrate", "migration",
                "operator", "pages", "pause", "rack", "restart", "resume", "run", "sim", "start", "stop", "top", "up",
            ],
            commands.Select(command => command.Name).Order(StringComparer.Ordinal));
        Assert.All(commands, command => Assert.Single(command.Options.OfType<OutputOption>()));
    }

    private static IEnumerable<Command> Leaves(Command command) => command.Subcommands.Count == 0
        ? [command]
        : command.Subcommands.SelectMany(Leaves);

    [Fact]
    public async Task Run_help_explains_every_option()
    {
        var outcome = await VeeProcess.RunAsync("run", "--help");

        Assert.Equal(0, outcome.Status);
        foreach (var option in (string[])
            ["--harts", "--memory", "--seed", "--root", "--env", "--stats", "--trace", "--parallel"])
        {
            Assert.Contains(option, outcome.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("there is no command 'walk'", "walk")]
    [InlineData("'PROGRAM' missing", "run")]
    [InlineData("there is no option '--fast'", "run", "--fast", "program")]
    [InlineData("--harts '0' must be a number from 1 to 64", "run", "--harts", "0", "program")]
    [InlineData("--harts '65' must be a number from 1 to 64", "run", "--harts=65", "program")]
    [InlineData("--harts 'many' must be a number from 1 to 64", "run", "--harts", "many", "program")]
    [InlineData("--seed '-1' must be a number", "run", "--seed=-1", "program")]
    [InlineData("--memory '12X' must be a size", "run", "--memory", "12X", "program")]
    [InlineData("--memory '' must be a size", "run", "--memory", "", "program")]
    [InlineData("--memory '1K' must be a size from 1M", "run", "--memory", "1K", "program")]
    [InlineData("--memory '9999999999999999999G' must be a size", "run", "--memory", "9999999999999999999G", "program")]
    [InlineData("--env must be NAME=value", "run", "--env", "NAME", "program")]
    [InlineData("--env must be NAME=value", "run", "--env", "=value", "program")]
    [InlineData("--root '/nonexistent' is not a directory", "run", "--root", "/nonexistent", "program")]
    [InlineData("leave out --parallel", "run", "--parallel", "--trace", "-", "program")]
    [InlineData("--runs '0' must be a number from 1 to 100", "bench", "machine", "--runs", "0")]
    [InlineData("--pairs '/nonexistent' cannot be read", "bench", "pages", "--pairs", "/nonexistent")]
    public async Task A_wrong_command_line_is_one_line_on_stderr_and_status_2(string message, params string[] arguments)
    {
        var outcome = await VeeProcess.RunAsync(arguments);

        Assert.Equal(2, outcome.Status);
        Assert.Empty(outcome.Output);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_trace_that_cannot_be_written_is_refused()
    {
        var outcome = await VeeProcess.RunAsync("run", "--trace", "/nonexistent/trace", Repository.Probe);

        Assert.Equal(2, outcome.Status);
        Assert.Contains("--trace '/nonexistent/trace' cannot be written", outcome.Error, StringComparison.Ordinal);
    }
}
