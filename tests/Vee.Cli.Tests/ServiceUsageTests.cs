using Xunit;

namespace Vee.Cli.Tests;

/// <summary>What the commands that serve refuse before they do.</summary>
public sealed class ServiceUsageTests
{
    private const string Sizes = "must be a size from 1M to 1048576G, such as 4G";

    [Theory]
    [InlineData("--agent-memory '512K' " + Sizes, "up", "--agent-memory", "512K")]
    [InlineData("--agent-memory '1048577G' " + Sizes, "up", "--agent-memory", "1048577G")]
    [InlineData("--agent-memory 'much' " + Sizes, "up", "--agent-memory", "much")]
    [InlineData("--memory '1023K' " + Sizes, "agent", "--memory", "1023K")]
    [InlineData("--memory '18446744073709551615' " + Sizes, "agent", "--memory", "18446744073709551615")]
    [InlineData("--label 'a=2': there is another label 'a'", "agent", "--label", "a=1", "--label", "a=2")]
    [InlineData("--label '=1' must be KEY=VALUE", "agent", "--label", "=1")]
    [InlineData("--label '' must be KEY=VALUE", "agent", "--label", "")]
    [InlineData("--agents 'here' must be HOST:PORT", "operator", "--agents", "127.0.0.1:1,here")]
    [InlineData("--agents '127.0.0.1' must be HOST:PORT", "operator", "--agents", "127.0.0.1")]
    [InlineData("--agents '127.0.0.1:0' must be HOST:PORT", "operator", "--agents", "127.0.0.1:0")]
    [InlineData("--agents 'a:65536' must be HOST:PORT", "operator", "--agents", "a:65536")]
    [InlineData("--agents 'a b:1' must be HOST:PORT", "operator", "--agents", "a b:1")]
    [InlineData("--agents 'a/b:1' must be HOST:PORT", "operator", "--agents", "a/b:1")]
    [InlineData("--agents names no agent", "operator", "--agents", ", ")]
    public async Task A_wrong_option_is_a_line_on_stderr_and_status_2(string message, params string[] arguments)
    {
        using var scratch = new ScratchDirectory();
        string[] needed = arguments[0] switch
        {
            "agent" => ["--name", "a", "--data", scratch.FullName, "--ca", "x", "--certificate", "x", "--key", "x",
                .. arguments.Contains("--memory") ? Array.Empty<string>() : ["--memory", "1G"]],
            "operator" => ["--ca", "x", "--certificate", "x", "--key", "x"],
            _ => ["--data", scratch.FullName],
        };

        var outcome = await VeeProcess.RunAsync([.. arguments, .. needed]);

        Assert.True(outcome.Status == 2, outcome.Error);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task At_most_1000_agents_are_taken()
    {
        var agents = string.Join(',', Enumerable.Range(1, 1001).Select(port => $"localhost:{port}"));

        var outcome = await VeeProcess.RunAsync(
            "operator", "--agents", agents, "--ca", "x", "--certificate", "x", "--key", "x");

        Assert.Equal(2, outcome.Status);
        Assert.Contains("--agents names 1001 agents, 1000 are the most", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("http://[")]
    [InlineData("ftp://127.0.0.1:4317")]
    public async Task A_collector_that_cannot_be_is_named_in_a_line(string endpoint)
    {
        using var scratch = new ScratchDirectory();

        var outcome = await VeeProcess.ShellAsync(
            $"OTEL_EXPORTER_OTLP_ENDPOINT='{endpoint}' '{Repository.Vee}' agent --name a --data '{scratch.FullName}' "
                + "--memory 1G --ca x --certificate x --key x");

        Assert.Equal(1, outcome.Status);
        Assert.Equal(
            $"vee agent: OTEL_EXPORTER_OTLP_ENDPOINT '{endpoint}' must be a URL, such as http://127.0.0.1:4317.\n",
            outcome.Error);
    }

    [Theory]
    [InlineData("up", null)]
    [InlineData("up", "")]
    [InlineData("up", "no: [yaml")]
    [InlineData("up", "just words")]
    [InlineData("up", "apiVersion: v1\nkind: Config\n")]
    [InlineData("up", "current-context: a\ncontexts:\n- name: a\n")]
    [InlineData("operator", null)]
    [InlineData("operator", "")]
    [InlineData("operator", "no: [yaml")]
    [InlineData("operator", "just words")]
    [InlineData("operator", "current-context: a\ncontexts:\n- name: a\n")]
    [InlineData("operator", "current-context: a\ncontexts:\n- name: a\n  context: {cluster: c, user: u}\n"
        + "clusters:\n- name: c\n  cluster: {server: nowhere}\nusers:\n- name: u\n  user: {token: t}\n")]
    [InlineData("operator", "current-context: a\ncontexts:\n- name: a\n  context: {cluster: c, user: u}\n"
        + "clusters:\n- name: c\n  cluster: {server: 'https://a', certificate-authority-data: '!'}\n"
        + "users:\n- name: u\n  user: {token: t}\n")]
    public async Task A_kubeconfig_that_is_none_is_named_in_a_line(string command, string? text)
    {
        using var scratch = new ScratchDirectory();
        var file = text is null
            ? Path.Combine(scratch.FullName, "missing")
            : scratch.Write("config", System.Text.Encoding.UTF8.GetBytes(text));
        string[] needed = command == "up"
            ? ["--data", Path.Combine(scratch.FullName, "data")]
            : ["--agents", "localhost:1", "--ca", "x", "--certificate", "x", "--key", "x"];

        var outcome = await VeeProcess.RunAsync([command, "--kubeconfig", file, .. needed]);

        Assert.True(outcome.Status == 1, outcome.Error);
        Assert.StartsWith($"vee {command}: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains($"kubeconfig '{file}'", outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(EndToEnd.OwnProcesses.Find(scratch.FullName));
    }
}
