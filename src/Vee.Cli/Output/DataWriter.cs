using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vee.Api.Schema;

namespace Vee.Cli.Output;

/// <summary>Prints records in the format that was asked for.</summary>
internal static class DataWriter
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // It goes to terminals and files, not into web pages.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Prints the rows: as a table, or as one JSON or YAML list with the records' own names.</summary>
    internal static void Write<T>(
        TextWriter writer, OutputFormat format, IReadOnlyList<TableColumn<T>> columns, IReadOnlyList<T> rows)
    {
        switch (format)
        {
            case OutputFormat.Json:
                writer.WriteLine(JsonSerializer.Serialize(rows, Json));
                break;
            case OutputFormat.Yaml:
                writer.Write(YamlText.Of(JsonSerializer.SerializeToElement(rows, Json)));
                break;
            default:
                TextTable.Write(writer, columns, rows);
                break;
        }
    }
}
