using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
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
    internal static IDisposable? Begin(string service, string instance) =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Endpoint))
            ? null
            : Sdk.CreateTracerProviderBuilder()
                .AddSource(MigrationTracing.SourceName)
                .ConfigureResource(resource => resource.AddService(service, serviceInstanceId: instance))
                // Whether there is a trace at all, the operator has said to agents.
                .SetSampler(new AlwaysOnSampler())
                .AddOtlpExporter()
                .Build();
}
