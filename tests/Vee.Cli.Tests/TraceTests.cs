using Xunit;

namespace Vee.Cli.Tests;

public sealed class TraceTests
{
    [Fact]
    public async Task Every_instruction_is_a_line_with_the_register_that_it_changed()
    {
        var lines = await TraceAsync("exit", "7");

        // _start loads argc, which is 3, from the stack.
        Assert.Matches(@"^  100  [0-9a-f]{16}  _start +[0-9a-f]{4}      ld a0,0\(sp\) +a0=0x3$", lines[0]);
        Assert.Matches(@"^  100  [0-9a-f]{16}  _start\+0x2 +[0-9a-f]{4}      addi a1,sp,8 +a1=0x[0-9a-f]+$", lines[1]);
        Assert.Contains(
            lines, line => line.EndsWith("addi a7,zero,94               a7=0x5e", StringComparison.Ordinal));
        Assert.Matches("ecall$", lines[^2]);
        Assert.Equal("  100  exit_group(7) = ?", lines[^1]);
    }

    [Fact]
    public async Task System_calls_are_written_with_their_arguments_and_results()
    {
        var lines = await TraceAsync("cat", "/nonexistent \"file\"");

        Assert.Contains(lines, line => line.StartsWith(
            "  100  openat(AT_FDCWD, \"/nonexistent \\\"file\\\"\", ", StringComparison.Ordinal)
            && line.EndsWith(") = -1 ENOENT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_faulting_instruction_shows_no_result()
    {
        var lines = await TraceAsync("load");

        Assert.Matches(@"  lw a5,0\(a5\)$", lines[^1]);
    }

    [Fact]
    public async Task A_trace_to_stderr_is_complete()
    {
        using var scratch = new ScratchDirectory();
        var toFile = await TraceAsync("args");

        var outcome = await VeeProcess.RunAsync("run", "--trace", "-", Repository.Probe, "args");

        Assert.Equal($"[{Repository.Probe}]\n[args]\n", outcome.Output);
        Assert.Equal(toFile, outcome.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_full_disk_under_the_trace_is_told_and_does_not_stop_the_guest()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");

        var outcome = await VeeProcess.RunAsync("run", "--trace", "/dev/full", Repository.Probe, "exit", "5");

        Assert.Equal(5, outcome.Status);
        Assert.Contains("the trace is incomplete", outcome.Error, StringComparison.Ordinal);
    }

    private static async Task<string[]> TraceAsync(params string[] arguments)
    {
        using var scratch = new ScratchDirectory();
        var path = Path.Combine(scratch.FullName, "trace");
        await VeeProcess.RunAsync(["run", "--trace", path, Repository.Probe, .. arguments]);
        return await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
    }
}
