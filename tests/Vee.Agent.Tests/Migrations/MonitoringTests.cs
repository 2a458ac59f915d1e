using System.Diagnostics;
using System.Text.RegularExpressions;
using Vee.Agent.Tests.Support;
using Xunit;

namespace Vee.Agent.Tests.Migrations;

/// <summary>Dashboard and alerts of config/monitoring name metrics that an agent exports, and Prometheus reads them.
/// </summary>
public sealed partial class MonitoringTests
{
    private static readonly string Monitoring = Path.Combine(Repository.Root, "config", "monitoring");

    [Theory]
    [InlineData("migrations.rules.yaml")]
    [InlineData("migrations.dashboard.json")]
    public async Task Every_metric_that_is_named_is_exported(string file)
    {
        await using var agent = await TestAgent.StartAsync();
        using var client = new HttpClient();
        var exported = await client.GetStringAsync(
            new Uri($"http://{agent.Server.MetricsAddress}/metrics"), TestAgent.Token);
        var text = await File.ReadAllTextAsync(Path.Combine(Monitoring, file), TestAgent.Token);

        var named = MetricName().Matches(text).Select(match => match.Value).Distinct().ToList();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains($"# TYPE {Family(name)} ", exported, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Promtool_accepts_the_alerts()
    {
        var promtool = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, "promtool")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(promtool is null, "promtool is not installed (Debian: prometheus)");

        using var process = Process.Start(new ProcessStartInfo(
            promtool!, ["check", "rules", Path.Combine(Monitoring, "migrations.rules.yaml")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var said = await process.StandardOutput.ReadToEndAsync(TestAgent.Token)
            + await process.StandardError.ReadToEndAsync(TestAgent.Token);
        await process.WaitForExitAsync(TestAgent.Token);

        Assert.True(process.ExitCode == 0, said);
        Assert.Contains("6 rules found", said, StringComparison.Ordinal);
    }

    /// <summary>A histogram is exported under one name for its buckets, sum and count.</summary>
    private static string Family(string name) =>
        Regex.Replace(name, "_(bucket|sum|count)$", "", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    [GeneratedRegex("vee_[a-z_]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MetricName();
}
