using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vee.Api.Schema;

namespace Vee.Cli.Output;

/// <summary>Prints records in the format that was asked for.</summary>
internal static class DataWriter
{
    private static readonly JsonSerializerOptions JsonLine = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // It goes to terminals and files, not into web pages.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    private static readonly JsonSerializerOptions Json = new(JsonLine) { WriteIndented = true };

    /// <summary>Prints the rows: as a table, or as one JSON or YAML list with the records' own names.</summary>
    internal static void Write<T>(
        TextWriter writer, OutputFormat format, IReadOnlyList<TableColumn<T>> columns, IReadOnlyList<T> rows)
    {
        switch (format)
        {
            case OutputFormat.Table:
                TextTable.Write(writer, columns, rows);
                break;
            default:
                Write(writer, format, rows);
                break;
        }
    }

    /// <summary>One of many values that come one by one: a line of JSON, or a YAML document.</summary>
    internal static string ItemOfStream<T>(OutputFormat format, T value) => format switch
    {
        OutputFormat.Json => JsonSerializer.Serialize(value, JsonLine) + "\n",
        OutputFormat.Yaml => "---\n" + YamlText.Of(JsonSerializer.SerializeToElement(value, Json)),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "a value alone has no table"),
    };

    /// <summary>Prints a value that has no table, with its own names.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="format">JSON or YAML.</param>
    /// <param name="value">What is printed.</param>
    internal static void Write<T>(TextWriter writer, OutputFormat format, T value)
    {
        switch (format)
        {
            case OutputFormat.Json:
                writer.WriteLine(JsonSerializer.Serialize(value, Json));
                break;
            case OutputFormat.Yaml:
                writer.Write(YamlText.Of(JsonSerializer.SerializeToElement(value, Json)));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "a value alone has no table");
        }
    }
}
