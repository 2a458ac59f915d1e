using Xunit;

namespace Vee.Cli.Tests;

/// <summary>Started without some of the standard streams, or with full ones.</summary>
public sealed class ClosedStreamTests
{
    [Theory]
    [InlineData("", "<&-")]
    [InlineData("", ">&-")]
    [InlineData("", "2>&-")]
    [InlineData("", "<&- >&- 2>&-")]
    [InlineData("--harts 2 --parallel", "<&-")]
    [InlineData("--harts 2 --parallel", "<&- >&- 2>&-")]
    public async Task A_closed_stream_is_at_its_end_and_nothing_waits_for_it(string options, string closed)
    {
        var outcome = await VeeProcess.ShellAsync(
            $"'{Repository.Vee}' run {options} '{Repository.Probe}' echo {closed}");

        Assert.Equal((0, "", ""), (outcome.Status, outcome.Output, outcome.Error));
    }

    [Theory]
    [InlineData("<&-")]
    [InlineData("<&- >&- 2>&-")]
    public async Task The_runtimes_own_command_may_be_started_without_streams(string closed)
    {
        var outcome = await VeeProcess.ShellAsync(
            $"'{Repository.Dotnet}' '{Repository.Vee}.dll' run '{Repository.Probe}' echo {closed}");

        Assert.Equal((0, "", ""), (outcome.Status, outcome.Output, outcome.Error));
    }

    [Theory]
    [InlineData("--help", "> /dev/full", "No space left on device")]
    [InlineData("run --help", "> /dev/full", "No space left on device")]
    [InlineData("bench --help", "> /dev/full", "No space left on device")]
    [InlineData("--help", ">&-", "Bad file descriptor")]
    [InlineData("--help", "<&- >&-", "Bad file descriptor")]
    public async Task Help_that_cannot_be_written_is_a_failure(string arguments, string streams, string reason)
    {
        var outcome = await VeeProcess.ShellAsync($"'{Repository.Vee}' {arguments} {streams}");

        Assert.Equal((1, ""), (outcome.Status, outcome.Output));
        Assert.Equal($"vee: stdout could not be written: {reason}.\n", outcome.Error);
    }

    [Theory]
    [InlineData("--help > /dev/full 2>&1", 1)]
    [InlineData("--help <&- >&- 2>&-", 1)]
    [InlineData("walk 2> /dev/full", 2)]
    [InlineData("walk <&- >&- 2>&-", 2)]
    [InlineData("run --harts 0 program 2> /dev/full", 2)]
    [InlineData("run /nonexistent 2> /dev/full", 127)]
    [InlineData("run --stats tests/Vee.Cli.Tests/Guests/probe exit 4 2> /dev/full", 4)]
    [InlineData("run tests/Vee.Cli.Tests/Guests/probe store 2> /dev/full", 139)]
    public async Task What_cannot_be_told_changes_no_status(string command, int status)
    {
        var outcome = await VeeProcess.ShellAsync($"'{Repository.Vee}' {command}");

        Assert.Equal((status, "", ""), (outcome.Status, outcome.Output, outcome.Error));
    }

    [Fact]
    public async Task A_reader_of_help_that_goes_away_is_no_failure()
    {
        var outcome = await VeeProcess.ShellAsync($"('{Repository.Vee}' --help; echo status $? >&2) | true");

        Assert.Equal("status 0\n", outcome.Error);
    }
}
