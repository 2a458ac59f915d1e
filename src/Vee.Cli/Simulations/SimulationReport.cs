using System.Text.Json;
using Vee.Hypervisor.Scenarios;
using Vee.Hypervisor.Scenarios.Reading;

namespace Vee.Cli.Simulations;

/// <summary>A scenario, its runs and what they gave together.</summary>
/// <param name="Scenario">What was simulated.</param>
/// <param name="Sha256">Of the text that it was read from.</param>
/// <param name="Runs">A run for each seed.</param>
/// <param name="Summary">Of all of them.</param>
internal sealed record SimulationReport(
    Scenario Scenario, string Sha256, IReadOnlyList<SimulationResult> Runs, ScenarioSummary Summary)
{
    private const string Kind = "SimulationResult";
    private const double Confidence = 0.95;
    private const double NanosecondsInMs = 1e6;

    private static readonly IReadOnlyList<(SubjectKind Kind, string Name)> Kinds =
    [
        (SubjectKind.Class, "classes"), (SubjectKind.Guest, "guests"), (SubjectKind.Core, "cores"),
        (SubjectKind.Disk, "disks"), (SubjectKind.Host, "hosts"),
        (SubjectKind.Probe, "probes"), (SubjectKind.Link, "links"), (SubjectKind.Machine, "machines"),
    ];

    /// <summary>All of it for programs, the same bytes for the same scenario and seeds.</summary>
    internal byte[] ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", ScenarioReader.ApiVersion);
            json.WriteString("kind", Kind);
            json.WriteStartObject("scenario");
            json.WriteString("name", Scenario.Name);
            json.WriteString("sha256", Sha256);
            json.WriteStartArray("programs");
            foreach (var program in Scenario.Programs)
            {
                json.WriteStartObject();
                json.WriteString("name", program.Name);
                json.WriteString("sha256", program.Sha256);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("warmupVirtualMs", Scenario.Warmup / NanosecondsInMs);
            json.WriteNumber("durationVirtualMs", Scenario.Duration / NanosecondsInMs);
            json.WriteEndObject();
            json.WriteStartArray("seeds");
            foreach (var run in Runs)
            {
                json.WriteNumberValue(run.Seed);
            }

            json.WriteEndArray();
            json.WriteNumber("confidence", Confidence);
            json.WriteStartObject("summary");
            foreach (var (kind, name) in Kinds)
            {
                WriteSummaries(json, name, Summary.Of(kind));
            }

            json.WriteEndObject();
            json.WriteStartArray("runs");
            foreach (var run in Runs)
            {
                WriteRun(json, run);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void WriteRun(Utf8JsonWriter json, SimulationResult run)
    {
        json.WriteStartObject();
        json.WriteNumber("seed", run.Seed);
        foreach (var (kind, name) in Kinds)
        {
            json.WriteStartArray(name);
            foreach (var measurement in run.Of(kind))
            {
                json.WriteStartObject();
                WriteSubject(json, measurement.Subject);
                WriteFacts(json, measurement.Facts);
                foreach (var figure in measurement.Figures)
                {
                    json.WritePropertyName(figure.Name);
                    WriteNumber(json, figure.Value);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteSummaries(Utf8JsonWriter json, string name, IEnumerable<MeasurementSummary> summaries)
    {
        json.WriteStartArray(name);
        foreach (var summary in summaries)
        {
            json.WriteStartObject();
            WriteSubject(json, summary.Subject);
            WriteFacts(json, summary.Facts);
            foreach (var figure in summary.Figures)
            {
                json.WriteStartObject(figure.Name);
                json.WritePropertyName("mean");
                WriteNumber(json, figure.Mean);
                json.WritePropertyName("halfWidth");
                WriteNumber(json, figure.HalfWidth);
                json.WriteNumber("samples", figure.Samples);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSubject(Utf8JsonWriter json, MeasuredSubject subject)
    {
        json.WriteString("host", subject.Host);
        if (subject.Guest is not null)
        {
            json.WriteString("guest", subject.Guest);
        }

        if (subject.Name is not null)
        {
            json.WriteString(
                subject.Kind switch
                {
                    SubjectKind.Core => "core",
                    SubjectKind.Link => "to",
                    _ => "class",
                },
                subject.Name);
        }
    }

    private static void WriteFacts(Utf8JsonWriter json, IReadOnlyList<Fact> facts)
    {
        foreach (var fact in facts)
        {
            json.WriteString(fact.Name, fact.Value);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, double? value)
    {
        if (value is { } number)
        {
            // A thousandth of a nanosecond, in milliseconds: what is behind it is rounding of binary fractions.
            json.WriteNumberValue(Math.Round(number, 9));
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
