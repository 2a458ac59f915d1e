using System.Buffers.Binary;
using Xunit;

namespace Vee.Cli.Tests;

public sealed class ProgramFileTests
{
    private const int MachineOffset = 18;
    private const int ProgramHeaderOffset = 64;
    private const int MemorySizeInHeader = 40;

    [Fact]
    public async Task A_program_that_does_not_exist_is_status_127()
    {
        var outcome = await VeeProcess.RunAsync("run", "/nonexistent/program");

        AssertRefused(outcome, 127, "'/nonexistent/program' was not found");
    }

    [Fact]
    public async Task A_directory_is_status_126()
    {
        var outcome = await VeeProcess.RunAsync("run", Repository.Root);

        AssertRefused(outcome, 126, "is a directory");
    }

    [Fact]
    public async Task A_text_file_is_no_program()
    {
        using var scratch = new ScratchDirectory();

        AssertRefused(await RunBytesAsync(scratch, "#!/bin/sh\n"u8.ToArray()), 126, "not an ELF file");
    }

    [Fact]
    public async Task An_empty_file_is_no_program()
    {
        using var scratch = new ScratchDirectory();

        AssertRefused(await RunBytesAsync(scratch, []), 126, "not an ELF file");
    }

    [Fact]
    public async Task A_program_of_another_processor_is_named()
    {
        using var scratch = new ScratchDirectory();
        var bytes = await File.ReadAllBytesAsync(Repository.Probe, TestContext.Current.CancellationToken);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(MachineOffset), 62);

        AssertRefused(await RunBytesAsync(scratch, bytes), 126, "only RISC-V (243) programs run here");
    }

    [Fact]
    public async Task A_pipe_is_read_to_its_end_for_the_program()
    {
        var outcome = await VeeProcess.ShellAsync(
            $"cat '{Repository.Probe}' | '{Repository.Vee}' run /dev/stdin args");

        Assert.Equal((0, "[/dev/stdin]\n[args]\n"), (outcome.Status, outcome.Output));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(600)]
    public async Task A_truncated_program_is_refused(int length)
    {
        using var scratch = new ScratchDirectory();
        var bytes = await File.ReadAllBytesAsync(Repository.Probe, TestContext.Current.CancellationToken);

        AssertRefused(await RunBytesAsync(scratch, bytes[..length]), 126, "truncated");
    }

    [Fact]
    public async Task A_program_that_needs_more_memory_than_there_is_is_refused()
    {
        using var scratch = new ScratchDirectory();
        var bytes = await File.ReadAllBytesAsync(Repository.Probe, TestContext.Current.CancellationToken);
        var headers = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(56));
        for (var index = 0; index < headers; index++)
        {
            var header = bytes.AsSpan(ProgramHeaderOffset + (index * 56), 56);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == 1)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(header[MemorySizeInHeader..], 1UL << 45);
            }
        }

        AssertRefused(await RunBytesAsync(scratch, bytes), 126, "cannot be run");
    }

    [Fact]
    public async Task A_program_that_may_not_be_read_is_status_126()
    {
        using var scratch = new ScratchDirectory();
        var path = scratch.Write("program", "x"u8);
        await VeeProcess.RunAsync("chmod", ["0", path], "");

        var outcome = Environment.IsPrivilegedProcess
            ? await RunAsNobodyAsync(scratch, path)
            : await VeeProcess.RunAsync("run", path);

        AssertRefused(outcome, 126, "cannot be read");
    }

    /// <summary>
    /// The superuser may read everything, so somebody else runs a copy of the command that he may read.
    /// </summary>
    private static async Task<Outcome> RunAsNobodyAsync(ScratchDirectory scratch, string path)
    {
        const string nobody = "65534"; // The overflow user of Linux, who owns nothing.
        var copy = Path.Combine(scratch.FullName, "command");
        var copied = await VeeProcess.RunAsync("cp", ["-R", Path.GetDirectoryName(Repository.Vee)!, copy], "");
        var opened = await VeeProcess.RunAsync("chmod", ["-R", "a+rX", copy], "");
        await VeeProcess.RunAsync("chmod", ["a+rx", scratch.FullName], "");
        Assert.Equal((0, 0), (copied.Status, opened.Status));
        var works = await RunAsync("--help");
        Assert.SkipUnless(works.Status == 0, $"Nobody but root can run a copy of the command here: {works.Error}");
        return await RunAsync("run", path);

        Task<Outcome> RunAsync(params string[] arguments) => VeeProcess.RunAsync(
            "setpriv",
            [
                $"--reuid={nobody}", $"--regid={nobody}", "--clear-groups",
                Repository.Dotnet, Path.Combine(copy, "vee.dll"), .. arguments,
            ],
            "",
            scratch.FullName);
    }

    private static Task<Outcome> RunBytesAsync(ScratchDirectory scratch, byte[] bytes) =>
        VeeProcess.RunAsync("run", scratch.Write("program", bytes));

    private static void AssertRefused(Outcome outcome, int status, string message)
    {
        Assert.Equal(status, outcome.Status);
        Assert.Empty(outcome.Output);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }
}
