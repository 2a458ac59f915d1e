using System.Globalization;
using System.Text;
using System.Text.Json;
using Vee.Hypervisor.Migration;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>Rows as figures for programs, the same ones as CSV and as JSON.</summary>
internal static class MigrationFigures
{
    private static readonly (string Name, Func<MigrationRow, object?> Of)[] Columns =
    [
        ("load", row => row.Cell.Load.Name),
        ("program", row => row.Cell.Load.Program),
        ("arguments", row => string.Join(' ', row.Cell.Load.ArgumentsOf(row.Cell.Seed))),
        ("memoryBytes", row => (long)row.Cell.Load.MemoryBytes),
        ("frequencyMhz", row => row.Cell.Load.FrequencyMHz),
        ("linkBitsPerSecond", row => row.Cell.LinkBitsPerSecond),
        ("roundTripVirtualNs", row => row.Cell.RoundTrip),
        ("codec", row => row.Cell.Codec),
        ("workFactor", row => row.Cell.WorkFactor),
        ("downtimeMaxVirtualNs", row => row.Cell.DowntimeMax),
        ("seed", row => (long)row.Cell.Seed),
        ("outcome", row => row.Outcome),
        ("rounds", row => row.Report.RoundCount),
        ("pagesTotal", row => row.Report.PagesTotal),
        ("pagesSent", row => row.Report.PagesSent),
        ("bytesSent", row => row.Report.BytesSent),
        // When it was seen to be over: who runs the rack looks each few milliseconds.
        ("elapsedVirtualNs", row => row.Report.Elapsed),
        ("steps", row => string.Join(' ', row.Report.Escalations.Select(step => step.Step))),
        Of("downtimeVirtualNs", result => result.Downtime),
        Of("drainVirtualNs", result => result.Drain),
        Of("memoryVirtualNs", result => result.FinalMemory),
        Of("stateVirtualNs", result => result.State),
        Of("verifyVirtualNs", result => result.Verify),
        Of("grantVirtualNs", result => result.Grant),
        Of("resumeVirtualNs", result => result.Resume),
        Of("predictedVirtualNs", result => result.DowntimePredicted),
        Of("boundVirtualNs", result => result.DowntimeBound),
        Of("stateBytes", result => result.StateBytes),
        Of("finalBytes", result => result.FinalBytes),
        Of("finalPages", result => result.FinalPages),
        Of("basesMissed", result => result.BasesMissed),
        Of("encodeVirtualNs", result => result.EncodeTime),
        ("variant", row => row.Cell.Variant.Name),
        ("latePages", row => row.Result?.PostCopy?.Pages),
        ("lateBytes", row => row.Result?.PostCopy?.Bytes),
        ("lateVirtualNs", row => row.Result?.PostCopy?.Duration),
        ("faults", row => row.Result?.PostCopy?.Faults.Count),
        ("faultMedianVirtualNs", row => row.Result?.PostCopy?.Faults.WaitMedian),
        ("fault99VirtualNs", row => row.Result?.PostCopy?.Faults.WaitPercentile99),
        ("faultMaxVirtualNs", row => row.Result?.PostCopy?.Faults.WaitMax),
        ("waitedVirtualNs", row => row.Result?.PostCopy?.Faults.WaitTotal),
        ("silenceVirtualNs", row => row.Client is null ? null : row.Silence),
        ("unanswered", row => row.Client?.Lost),
    ];

    /// <summary>A header and a line for each row of each part.</summary>
    internal static byte[] Csv(IReadOnlyDictionary<string, IReadOnlyList<MigrationRow>> parts)
    {
        var text = new StringBuilder("part,").AppendJoin(',', Columns.Select(column => column.Name)).Append('\n');
        foreach (var (part, rows) in parts)
        {
            foreach (var row in rows)
            {
                text.Append(part).Append(',').AppendJoin(',', Columns.Select(column => Text(column.Of(row))))
                    .Append('\n');
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A list of rows for each part.</summary>
    internal static void Write(Utf8JsonWriter json, IReadOnlyDictionary<string, IReadOnlyList<MigrationRow>> parts)
    {
        foreach (var (part, rows) in parts)
        {
            json.WriteStartArray(part);
            foreach (var row in rows)
            {
                json.WriteStartObject();
                foreach (var (name, of) in Columns)
                {
                    Write(json, name, of(row));
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    private static (string Name, Func<MigrationRow, object?> Of) Of(string name, Func<MigrationResult, long> of) =>
        (name, row => row.Result is { } result ? of(result) : null);

    // No text of a row has a comma in it.
    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case string text:
                json.WriteString(name, text);
                break;
            default:
                json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
