using System.Diagnostics;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

[Collection<VerbTests>]
public sealed class ConsoleTests(VerbCluster cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Input_from_a_pipe_reaches_the_guest_with_its_end()
    {
        await cluster.RunAsync("echo", "echo");

        var outcome = await cluster.VeeAsync(["console", "echo"], "over there\n");

        Assert.Equal((0, "over there\n"), (outcome.Status, outcome.Output));
        Assert.StartsWith("vee console: 'echo' has ended: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_exit_on_eof_the_guest_goes_on_and_the_answer_is_waited_for()
    {
        await cluster.RunAsync("open", "echo");

        var first = await cluster.VeeAsync(["console", "open", "--exit-on-eof"], "one\n");
        var second = await cluster.VeeAsync(["console", "open", "--exit-on-eof"], "two\n");
        var third = await cluster.VeeAsync(["console", "open", "--exit-on-eof", "--no-replay"], "three\n");

        Assert.Equal(new Outcome(0, "one\n", ""), first);
        Assert.Equal(new Outcome(0, "one\ntwo\n", ""), second);
        Assert.Equal(new Outcome(0, "three\n", ""), third);
    }

    [Fact]
    public async Task Bytes_that_the_log_did_not_keep_are_told()
    {
        const int floodBytes = 100 * 1024;
        await cluster.RunAsync("flood", "flood", "100");
        await cluster.AwaitEndAsync("flood");

        var outcome = await cluster.VeeAsync("console", "flood");

        var missing = floodBytes - outcome.Output.Length;
        Assert.Equal(0, outcome.Status);
        Assert.InRange(missing, 1, floodBytes - 1);
        Assert.StartsWith($"vee console: {missing} bytes are missing here: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_terminal_a_key_leaves_and_the_machine_runs_on()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script, which makes a terminal, is not installed");
        await cluster.RunAsync("typed", "echo");
        using var process = OnTerminal("typed");
        await ReadUntilAsync(process, "Ctrl-] leaves");

        await TypeAsync(process, "hello\n");
        // Once from the terminal, which shows what is typed, and once from the guest.
        await ReadUntilAsync(process, "hello");
        await ReadUntilAsync(process, "hello");
        await TypeAsync(process, "\u001d");
        var last = await ReadUntilAsync(process, "which runs on");
        await process.WaitForExitAsync(Token);

        Assert.DoesNotContain("has ended", last, StringComparison.Ordinal);
        Assert.Equal(0, process.ExitCode);
        var after = await cluster.VeeAsync(["console", "typed", "--exit-on-eof", "--no-replay"], "again\n");
        Assert.Equal(new Outcome(0, "again\n", ""), after);
    }

    [Fact]
    public async Task A_raw_terminal_shows_only_what_the_guest_sends_and_sends_each_key()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script, which makes a terminal, is not installed");
        await cluster.RunAsync("raw", "echo");
        using var process = OnTerminal("raw", "--raw");
        await ReadUntilAsync(process, "Ctrl-] leaves; the machine runs on.\r\n");

        // No line ends here, and Ctrl-C is a key like others.
        await TypeAsync(process, "a\u0003b");
        var shown = await ReadUntilAsync(process, "b");
        await TypeAsync(process, "\u001d");
        await ReadUntilAsync(process, "which runs on");
        await process.WaitForExitAsync(Token);

        Assert.Equal("a\u0003b", shown);
        Assert.Equal(0, process.ExitCode);
    }

    private Process OnTerminal(params string[] arguments) => VeeProcess.Start(
        "/usr/bin/script",
        [
            "-qefc", $"{Repository.Vee} console {string.Join(' ', arguments)} --kubeconfig {cluster.Kubeconfig}",
            "/dev/null",
        ]);

    private static async Task TypeAsync(Process process, string keys)
    {
        await process.StandardInput.WriteAsync(keys.AsMemory(), Token);
        await process.StandardInput.FlushAsync(Token);
    }

    /// <summary>Reads no further than the end of the text.</summary>
    private static async Task<string> ReadUntilAsync(Process process, string text)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        var seen = "";
        var next = new char[1];
        while (!seen.EndsWith(text, StringComparison.Ordinal))
        {
            var count = await process.StandardOutput.ReadAsync(next, limit.Token);
            Assert.True(count > 0, $"the end after '{seen}', while waiting for '{text}'");
            seen += next[0];
        }

        return seen;
    }
}
