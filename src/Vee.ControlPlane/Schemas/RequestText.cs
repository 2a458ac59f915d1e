using System.Text;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>A request body as nodes.</summary>
/// <param name="Node">The value; null both for JSON null and where <paramref name="Error"/> is set.</param>
/// <param name="Error">What is wrong with the text, in the words of Go's decoder; null when nothing is.</param>
/// <param name="Duplicates">
/// Repeated keys as strict decoding reports them: one <c>duplicate field "spec.size"</c> each for JSON, sorted by
/// place;
/// one text with all lines for YAML. The last value won.
/// </param>
internal sealed record ParsedText(JsonNode? Node, string? Error, IReadOnlyList<string> Duplicates);

/// <summary>Reads JSON and YAML bodies, strictly, with a bound on depth, and reports repeated keys.</summary>
/// <remarks>Integers that fit 64 bits become <see cref="long"/>, other numbers <see cref="double"/>.</remarks>
internal static class RequestText
{
    /// <summary>Nesting beyond this is refused.</summary>
    /// <value>256 levels; kube-apiserver allows 10,000, which no schema reaches.</value>
    internal const int DepthMax = 256;

    /// <summary>Reads UTF-8 JSON.</summary>
    internal static ParsedText ParseJson(ReadOnlySpan<byte> utf8) => ParseJson(Encoding.UTF8.GetString(utf8));

    /// <summary>Reads JSON.</summary>
    internal static ParsedText ParseJson(string text)
    {
        var parser = new GoJsonParser(text);
        try
        {
            var node = parser.Parse();
            return new(node, null, parser.Duplicates);
        }
        catch (FormatException broken)
        {
            return new(null, broken.Message, []);
        }
    }

    /// <summary>Reads UTF-8 YAML: one document, its tags limited to what JSON can say; JSON is YAML too.</summary>
    internal static ParsedText ParseYaml(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8);
        return text.TrimStart().StartsWith('{') ? ParseJson(text) : GoYamlParser.Parse(text);
    }
}
