using System.Text;
using Xunit;

namespace Vee.Cli.Tests;

public sealed class StreamTests
{
    [Fact]
    public async Task Input_from_a_pipe_reaches_the_guest()
    {
        var input = string.Concat(Enumerable.Range(0, 20_000).Select(line => $"line {line} grüße\n"));

        var outcome = await VeeProcess.RunAsync(Repository.Vee, ["run", Repository.Probe, "echo"], input);

        Assert.Equal(0, outcome.Status);
        Assert.Equal(input, outcome.Output);
    }

    [Fact]
    public async Task Input_that_comes_late_is_waited_for()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var process = VeeProcess.Start(Repository.Vee, ["run", Repository.Probe, "echo"]);
        foreach (var line in (string[])["first", "second", "third"])
        {
            await process.StandardInput.WriteLineAsync(line.AsMemory(), cancellation);
            await process.StandardInput.FlushAsync(cancellation);

            Assert.Equal(line, await process.StandardOutput.ReadLineAsync(cancellation));
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellation);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task Input_from_a_file_reaches_the_guest()
    {
        using var scratch = new ScratchDirectory();
        var bytes = Encoding.ASCII.GetBytes(new string('x', 300_000));
        var path = scratch.Write("input", bytes);

        var outcome = await VeeProcess.ShellAsync(
            $"'{Repository.Vee}' run '{Repository.Probe}' echo < '{path}' | wc -c");

        Assert.Equal("300000", outcome.Output.Trim());
    }

    [Fact]
    public async Task Input_that_cannot_be_read_is_at_its_end()
    {
        foreach (var input in (string[])["/dev/null", "/"])
        {
            var outcome = await VeeProcess.ShellAsync($"'{Repository.Vee}' run '{Repository.Probe}' echo < {input}");

            Assert.Equal((0, ""), (outcome.Status, outcome.Output));
        }
    }

    [Fact]
    public async Task Input_that_arrives_when_the_guest_has_ended_does_no_harm()
    {
        var outcome = await VeeProcess.ShellAsync(
            $"(sleep 0.5; echo late) | '{Repository.Vee}' run --parallel '{Repository.Probe}' echo; "
            + $"(sleep 0.3) | '{Repository.Vee}' run '{Repository.Probe}' exit 4; echo $?");

        Assert.Equal("late\n4\n", outcome.Output);
        Assert.Empty(outcome.Error);
    }

    [Fact]
    public async Task Output_of_any_size_arrives_complete()
    {
        const int lines = 40_000;

        var outcome = await VeeProcess.ProbeAsync("flood", $"{lines}");

        Assert.Equal(0, outcome.Status);
        Assert.Equal(lines * 1024, outcome.Output.Length);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_guest_by_SIGPIPE()
    {
        var outcome = await VeeProcess.ShellAsync(
            $"('{Repository.Vee}' run '{Repository.Probe}' flood 1000000; echo status $? >&2) | head -c 2000 | wc -c");

        Assert.Equal("2000", outcome.Output.Trim());
        Assert.Equal("status 141", outcome.Error.Trim());
    }

    [Fact]
    public async Task Output_that_is_lost_is_a_failure()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");

        var outcome = await VeeProcess.ShellAsync($"'{Repository.Vee}' run '{Repository.Probe}' args > /dev/full");

        Assert.Equal(1, outcome.Status);
        Assert.Contains("stdout could not be written", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stdout_and_stderr_of_one_file_do_not_overwrite_each_other()
    {
        using var scratch = new ScratchDirectory();
        var path = Path.Combine(scratch.FullName, "both");

        await VeeProcess.ShellAsync($"'{Repository.Vee}' run --stats '{Repository.Probe}' args > '{path}' 2>&1");

        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.StartsWith($"[{Repository.Probe}]\n[args]\nharts ", text, StringComparison.Ordinal);
    }
}
