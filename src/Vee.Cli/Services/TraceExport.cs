using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Vee.Cli.Cluster;
using Vee.Protocol;

namespace Vee.Cli.Services;

/// <summary>Sends a service's spans to an OpenTelemetry collector, where one is named.</summary>
/// <remarks>Everything else about it, as protocol and headers, the exporter reads from <c>OTEL_…</c> itself.</remarks>
internal static class TraceExport
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Begins to send.</summary>
    /// <param name="service">Name of the service, as all of its kind have it.</param>
    /// <param name="instance">Which of them.</param>
    /// <returns>To be disposed at the end, which sends the rest; null when no collector is named.</returns>
    /// <exception cref="CommandFailedException">What is named cannot be a collector.</exception>
    internal static IDisposable? Begin(string service, string instance)
    {
        if (Environment.GetEnvironmentVariable(Endpoint) is not { Length: > 0 } endpoint)
        {
            return null;
        }

        // The exporter would only go on without a word.
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new CommandFailedException($"{Endpoint} '{endpoint}' must be a URL, such as http://127.0.0.1:4317.");
        }

        return Sdk.CreateTracerProviderBuilder()
            .AddSource(MigrationTracing.SourceName)
            .ConfigureResource(resource => resource.AddService(service, serviceInstanceId: instance))
            // Whether there is a trace at all, the operator has said to agents.
            .SetSampler(new AlwaysOnSampler())
            .AddOtlpExporter()
            .Build();
    }
}
