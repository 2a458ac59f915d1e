using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Vee.Api.Schema;

/// <summary>Writes JSON as YAML for people: blocks, in the order of the JSON, lines that fit a screen.</summary>
public static partial class YamlText
{
    private const int Columns = 120;

    /// <summary>The YAML document of a value, ending in LF.</summary>
    public static string Of(JsonElement root)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(writer, new EmitterSettings().WithBestWidth(Columns).WithNewLine("\n"));
        new YamlStream(new YamlDocument(Node(root))).Save(emitter, assignAnchors: false);

        // The emitter ends the document with a mark, which a reader of a file does not need.
        var text = writer.ToString().TrimEnd('\n');
        return (text.EndsWith("\n...", StringComparison.Ordinal) ? text[..^4] : text) + "\n";
    }

    private static YamlNode Node(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => new YamlMappingNode(
            value.EnumerateObject().SelectMany(member => new[] { Text(member.Name), Node(member.Value) })),
        JsonValueKind.Array => new YamlSequenceNode(value.EnumerateArray().Select(Node)),
        JsonValueKind.String => Text(value.GetString()!),
        _ => new YamlScalarNode(value.GetRawText()),
    };

    private static YamlScalarNode Text(string value) => new(value)
    {
        Style = Words.IsMatch(value) && !OtherThanText.IsMatch(value) ? ScalarStyle.Plain : ScalarStyle.SingleQuoted,
    };

    // The emitter quotes what would be no text by its punctuation; what would be one by its look is caught here.
    [GeneratedRegex("^[A-Za-z]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words { get; }

    [GeneratedRegex(
        "^(true|false|yes|no|on|off|y|n|null)$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OtherThanText { get; }
}
