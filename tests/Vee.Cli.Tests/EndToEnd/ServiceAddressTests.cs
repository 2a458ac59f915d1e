using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Vee.Cli.Up;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>What the commands that serve print, for people and programs that start them by themselves.</summary>
public sealed class ServiceAddressTests : IDisposable
{
    private readonly ScratchDirectory scratch = new();
    private readonly Authority authority;
    private readonly List<Process> started = [];

    public ServiceAddressTests()
    {
        authority = Authority.Open(Path.Combine(scratch.FullName, "pki"), TimeProvider.System);
        authority.Issue("agent", "agent");
        authority.Issue("operator", "operator");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var process in started)
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }

        authority.Dispose();
        scratch.Dispose();
    }

    [Fact]
    public async Task Each_says_where_it_serves_as_a_table_json_or_yaml()
    {
        var kubeconfig = Path.Combine(scratch.FullName, "kubeconfig");
        var api = await AddressesAsync("]", "control-plane", "--data", DataOf("api"), "--kubeconfig-out", kubeconfig);
        Assert.Equal("kubernetes", Assert.Single(api).Key);
        Assert.Contains($"server: {api["kubernetes"]}\n", File.ReadAllText(kubeconfig), StringComparison.Ordinal);

        var agent = await AddressesAsync(
            "]", "agent", "--name", "a", "--data", DataOf("agent"), "--memory", "64M", "--ca", authority.File,
            "--certificate", authority.CertificateFile("agent"), "--key", authority.KeyFile("agent"));
        Assert.Equal(["calls", "metrics"], agent.Keys);
        Assert.Contains("vee_agent_", await GetAsync(agent["metrics"]), StringComparison.Ordinal);

        string[] operatorCommand =
        [
            "operator", "--kubeconfig", kubeconfig, "--agents", new Uri(agent["calls"]).Authority, "--ca",
            authority.File, "--certificate", authority.CertificateFile("operator"), "--key",
            authority.KeyFile("operator"),
        ];
        var health = await AddressesAsync("]", operatorCommand);
        Assert.Equal(["health", "metrics"], health.Keys);
        Assert.Contains("rest_client_requests_total", await GetAsync(health["metrics"]), StringComparison.Ordinal);

        Assert.StartsWith(
            "- service: health\n  address: http://127.0.0.1:",
            await PrintedAsync("/metrics", [.. operatorCommand, "-o", "yaml"]), StringComparison.Ordinal);
        Assert.StartsWith(
            "SERVICE   ADDRESS\nhealth    http://127.0.0.1:",
            await PrintedAsync("/metrics", operatorCommand), StringComparison.Ordinal);
    }

    private string DataOf(string name) => Path.Combine(scratch.FullName, name);

    private async Task<Dictionary<string, string>> AddressesAsync(string end, params string[] arguments)
    {
        var text = await PrintedAsync(end, [.. arguments, "--output", "json"]);
        return JsonDocument.Parse(text).RootElement.EnumerateArray().ToDictionary(
            a => a.GetProperty("service").GetString()!, a => a.GetProperty("address").GetString()!);
    }

    /// <summary>Starts a command that serves and reads what it prints up to the line with the end.</summary>
    private async Task<string> PrintedAsync(string end, string[] arguments)
    {
        var process = VeeProcess.Start(Repository.Vee, [.. arguments, "--exit-with-stdin"]);
        started.Add(process);
        var error = process.StandardError.ReadToEndAsync(Token);
        var text = new StringBuilder();
        while (await process.StandardOutput.ReadLineAsync(Token) is { } line)
        {
            text.Append(line).Append('\n');
            if (line.EndsWith(end, StringComparison.Ordinal))
            {
                return text.ToString();
            }
        }

        throw new InvalidOperationException($"{arguments[0]} ended: {text} {await error}");
    }

    private static async Task<string> GetAsync(string address)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(address), Token);
    }
}
