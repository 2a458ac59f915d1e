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
    public async Task A_reader_that_goes_away_ends_parallel_harts_by_SIGPIPE()
    {
        var outcome = await VeeProcess.ShellAsync(
            $"('{Repository.Vee}' run --parallel '{Repository.Probe}' flood 1000000; echo status $? >&2) | head -c 1");

        Assert.Equal("status 141", outcome.Error.Trim());
    }

    [Theory]
    [InlineData("put 1 100 > /dev/full", 28)]
    [InlineData("put 2 100 2> /dev/full", 28)]
    [InlineData("put 1 65536 > /dev/full", 28)]
    [InlineData("flood 1 > /dev/full", 9)]
    [InlineData("put 1 100 >&-", 5)]
    [InlineData("put 1 100 < /dev/null 1< /dev/null", 5)]
    [InlineData("args > /dev/full", 0)]
    public async Task Output_that_cannot_be_written_is_the_guests_to_know(string arguments, int status)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");

        var outcome = await VeeProcess.ShellAsync($"'{Repository.Vee}' run '{Repository.Probe}' {arguments}");

        Assert.Equal((status, "", ""), (outcome.Status, outcome.Output, outcome.Error));
    }

    [Fact]
    public async Task Nothing_is_lost_in_a_pipe_that_does_not_block()
    {
        // dd leaves the pipe that it shares with the command in the mode that it was told to use.
        const int lines = 2000;
        var outcome = await VeeProcess.ShellAsync(
            $"{{ dd oflag=nonblock status=none < /dev/null; '{Repository.Vee}' run '{Repository.Probe}' flood {lines}; "
            + "echo status $? >&2; } | { sleep 1; wc -c; }");

        Assert.Equal($"{lines * 1024}", outcome.Output.Trim());
        Assert.Equal("status 0", outcome.Error.Trim());
    }

    [Fact]
    public async Task Input_from_a_pipe_that_does_not_block_is_waited_for()
    {
        var outcome = await VeeProcess.ShellAsync(
            "{ sleep 1; echo late; } | "
            + $"{{ dd iflag=nonblock count=0 status=none; '{Repository.Vee}' run '{Repository.Probe}' echo; }}");

        Assert.Equal((0, "late\n"), (outcome.Status, outcome.Output));
    }

    [Fact]
    public async Task What_the_guest_has_read_of_a_file_is_read_for_others()
    {
        using var scratch = new ScratchDirectory();
        var path = scratch.Write("input", "once"u8);

        var outcome = await VeeProcess.ShellAsync(
            $"{{ '{Repository.Vee}' run '{Repository.Probe}' echo; cat; }} < '{path}'");

        Assert.Equal("once", outcome.Output);
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
