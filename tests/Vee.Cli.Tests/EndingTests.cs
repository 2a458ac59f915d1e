using Xunit;

namespace Vee.Cli.Tests;

public sealed class EndingTests
{
    [Theory]
    [InlineData("store", 139, "SIGSEGV: a store to 0x10, where nothing is mapped", "sw a5,16(zero)")]
    [InlineData("load", 139, "SIGSEGV: a load from 0x123456789000, where nothing is mapped", "lw ")]
    [InlineData("illegal", 132, "SIGILL: an illegal instruction", ".4byte 0xffffffff")]
    [InlineData("breakpoint", 133, "SIGTRAP: a breakpoint", "ebreak")]
    [InlineData("misaligned", 135, "SIGBUS: an atomic access to", "amoadd.d")]
    public async Task A_fatal_fault_is_explained(string fault, int status, string cause, string instruction)
    {
        var outcome = await VeeProcess.ProbeAsync(fault);

        Assert.Equal(status, outcome.Status);
        var lines = outcome.Error.TrimEnd('\n').Split('\n');
        Assert.StartsWith($"vee: thread 100 was ended by {cause}", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^  pc    0x[0-9a-f]{16} <fault\+0x[0-9a-f]+>$", lines[1]);
        Assert.Contains(lines, line => line.StartsWith("  code  ", StringComparison.Ordinal)
            && line.Contains(instruction, StringComparison.Ordinal));
        Assert.Equal(8, lines.Count(line => line.Split("0x").Length == 5));
        Assert.Matches("^  zero 0x0{16}  ra   0x[0-9a-f]{16}  sp   0x[0-9a-f]{16}  gp   0x[0-9a-f]{16}$", lines[^8]);
    }

    [Fact]
    public async Task A_jump_to_nowhere_is_explained_without_an_instruction()
    {
        var outcome = await VeeProcess.ProbeAsync("jump");

        Assert.Equal(139, outcome.Status);
        Assert.Contains("no instruction can be fetched from 0x40", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("  code  ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_without_a_fault_is_named()
    {
        var outcome = await VeeProcess.ProbeAsync("abort");

        Assert.Equal(134, outcome.Status);
        Assert.Equal("vee: the program was ended by SIGABRT.\n", outcome.Error);
    }

    [Fact]
    public async Task A_deadlock_names_what_is_waited_for()
    {
        var outcome = await VeeProcess.ProbeAsync("deadlock");

        Assert.Equal(1, outcome.Status);
        Assert.StartsWith("vee: deadlock after ", outcome.Error, StringComparison.Ordinal);
        Assert.Matches(@"thread 100 \(probe\), in futex, waits for the futex at 0x[0-9a-f]+", outcome.Error);
    }

    [Fact]
    public async Task Sleeping_takes_no_wall_time()
    {
        var outcome = await VeeProcess.RunAsync("run", "--stats", Repository.Probe, "sleep", "100000");

        Assert.Equal(0, outcome.Status);
        Assert.Matches(@"virtual time +100000\.\d{9} s", outcome.Error);
    }
}
