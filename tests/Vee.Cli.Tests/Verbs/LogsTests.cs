using System.Text.Json;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

[Collection<VerbTests>]
public sealed class LogsTests(VerbCluster cluster)
{
    [Fact]
    public async Task Logs_prints_the_guests_bytes_and_nothing_else()
    {
        await cluster.RunAsync("printer", "drip", "3");

        await AwaitLogAsync("printer", "0123456\n0123456\n0123456\n");
    }

    [Fact]
    public async Task The_tail_is_the_last_lines()
    {
        await cluster.RunAsync("tail", "args", "one", "two");
        await AwaitLogAsync("tail", "[probe]\n[args]\n[one]\n[two]\n");

        var outcome = await cluster.VeeAsync("logs", "tail", "--tail", "2");

        Assert.Equal(new Outcome(0, "[one]\n[two]\n", ""), outcome);
    }

    [Fact]
    public async Task Following_goes_on_until_the_machine_ends()
    {
        var machine = await cluster.RunAsync("followed", "pause");
        using var process = VeeProcess.Start(
            Repository.Vee, ["logs", "-f", "followed", "--kubeconfig", cluster.Kubeconfig]);
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.False(process.HasExited);

        await cluster.EndAsync(machine);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, process.ExitCode);
        Assert.StartsWith("vee logs: 'followed' has ended: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_the_first_instance_there_is_none()
    {
        await cluster.RunAsync("single", "args");

        var outcome = await cluster.VeeAsync("logs", "single", "--previous");

        Assert.Equal(
            new Outcome(1, "", "vee logs: 'single' was started once: there is no instance before this one.\n"),
            outcome);
    }

    [Fact]
    public async Task Programs_get_each_piece_with_its_stream_and_time_and_the_end()
    {
        var before = DateTimeOffset.UtcNow;
        await cluster.RunAsync("recorded", "args", "größe");
        await cluster.AwaitEndAsync("recorded");

        var json = await cluster.VeeAsync("logs", "recorded", "-f", "-o", "json");
        var yaml = await cluster.VeeAsync("logs", "recorded", "-f", "-o", "yaml");

        var records = json.Output.TrimEnd('\n').Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(
            "[probe]\n[args]\n[größe]\n", string.Concat(records.SkipLast(1).Select(r => r.GetProperty("text"))));
        Assert.All(records.SkipLast(1), r => Assert.Equal("stdout", r.GetProperty("stream").GetString()));
        Assert.All(records, r => Assert.InRange(
            r.GetProperty("wallTime").GetDateTimeOffset(), before.AddSeconds(-1), DateTimeOffset.UtcNow));
        Assert.Equal("The program exited with status 0.", records[^1].GetProperty("ended").GetString());
        Assert.Equal(records.Count, yaml.Output.Split("---\n").Length - 1);
        Assert.Contains("\nended: The program exited with status 0.\n", yaml.Output, StringComparison.Ordinal);
    }

    private Task AwaitLogAsync(string name, string expected) => VerbCluster.WaitForAsync(
        async () =>
        {
            var outcome = await cluster.VeeAsync("logs", name);
            Assert.Equal((0, ""), (outcome.Status, outcome.Error));
            Assert.StartsWith(outcome.Output, expected, StringComparison.Ordinal);
            return outcome.Output == expected;
        },
        $"the log of {name}");
}
