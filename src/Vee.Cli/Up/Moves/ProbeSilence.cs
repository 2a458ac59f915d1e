using System.Globalization;

namespace Vee.Cli.Up.Moves;

/// <summary>Reads from the metrics of agents what probes have seen.</summary>
/// <param name="urls">Of the agents' metrics.</param>
internal sealed class ProbeSilence(IReadOnlyList<Uri> urls) : IDisposable
{
    private const string Metric = "vee_agent_probe_longest_silence_virtual_seconds";

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>The longest time without an answer that a probe has seen since it began; null for no such probe.
    /// </summary>
    /// <param name="host">The host that has the probe.</param>
    /// <param name="probe">Its name.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Microseconds of virtual time.</returns>
    /// <exception cref="HttpRequestException">An agent does not answer.</exception>
    public async Task<long?> LongestVirtualUsAsync(string host, string probe, CancellationToken cancellation)
    {
        var start = $"{Metric}{{host=\"{host}\",probe=\"{probe}\"}} ";
        foreach (var url in urls)
        {
            var lines = (await http.GetStringAsync(url, cancellation)).Split('\n');
            if (Array.Find(lines, line => line.StartsWith(start, StringComparison.Ordinal)) is { } line)
            {
                return (long)(double.Parse(line[start.Length..], CultureInfo.InvariantCulture) * 1e6);
            }
        }

        return null;
    }

    public void Dispose() => http.Dispose();
}
