using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Vee.ControlPlane.Schemas;

/// <summary>Reads YAML as Kubernetes does: YAML 1.1 scalars, keys as strings, the first document.</summary>
internal sealed partial class GoYamlParser
{
    /// <summary>
    /// Nodes that aliases may add before the document is refused: a small one can otherwise become huge.
    /// </summary>
    private const int AliasNodesMax = 100_000;

    private readonly Parser parser;
    private readonly Dictionary<AnchorName, JsonNode?> anchors = [];
    private readonly List<string> duplicates = [];
    private int depth;
    private int aliasNodes;

    private GoYamlParser(string text) => parser = new Parser(new StringReader(text));

    internal static ParsedText Parse(string text)
    {
        var reader = new GoYamlParser(text);
        try
        {
            var node = reader.ParseDocument();
            var lines = string.Concat(reader.duplicates.Select(d => $"\n  {d}"));
            return new(node, null, lines.Length == 0 ? [] : ["yaml: unmarshal errors:" + lines]);
        }
        catch (YamlException broken)
        {
            return new(null, $"yaml: line {broken.Start.Line}: {broken.Message}", []);
        }
        catch (FormatException broken)
        {
            return new(null, broken.Message, []);
        }
        catch (Exception unforeseen) when (unforeseen is InvalidOperationException or ArgumentException)
        {
            // The library's scanner did not foresee it, such as a tag of which nothing but '!!' is there.
            var line = reader.parser.Current?.End.Line ?? 1;
            return new(null, $"yaml: line {line}: could not find expected token", []);
        }
    }

    private JsonNode? ParseDocument()
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _))
        {
            return null;
        }

        return ParseNode();
    }

    private JsonNode? ParseNode()
    {
        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return anchors.TryGetValue(alias.Value, out var known)
                ? Copy(known)
                : throw new FormatException($"yaml: unknown anchor '{alias.Value}' referenced");
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return Anchored(scalar.Anchor, ToNode(scalar));
        }

        if (++depth > RequestText.DepthMax)
        {
            throw new FormatException("yaml: exceeded max depth");
        }

        var node = parser.TryConsume<SequenceStart>(out var sequence)
            ? Anchored(sequence.Anchor, ParseSequence())
            : Anchored(parser.Consume<MappingStart>() is var mapping ? mapping.Anchor : default, ParseMapping());
        depth--;
        return node;
    }

    private JsonArray ParseSequence()
    {
        var list = new JsonArray();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            list.Add(ParseNode());
        }

        return list;
    }

    private JsonObject ParseMapping()
    {
        var map = new JsonObject();
        var merged = new List<JsonNode?>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var line = parser.Current?.Start.Line ?? 0;
            var isPlain = parser.Current is Scalar { Style: ScalarStyle.Plain };
            var key = ToKey(ParseNode());
            var value = ParseNode();
            if (key == "<<" && isPlain)
            {
                merged.Add(value);
                continue;
            }

            if (map.ContainsKey(key))
            {
                duplicates.Add($"line {line}: key {GoText.Quote(key)} already set in map");
            }

            map[key] = value;
        }

        foreach (var source in merged.SelectMany(m => m is JsonArray list ? list.ToList() : [m]).OfType<JsonObject>())
        {
            foreach (var (key, value) in source.Where(p => !map.ContainsKey(p.Key)).ToList())
            {
                map[key] = Copy(value);
            }
        }

        return map;
    }

    private JsonNode? Anchored(AnchorName anchor, JsonNode? node)
    {
        if (!anchor.IsEmpty)
        {
            anchors[anchor] = node;
        }

        return node;
    }

    private JsonNode? Copy(JsonNode? node)
    {
        aliasNodes += Count(node);
        return aliasNodes <= AliasNodesMax
            ? node?.DeepClone()
            : throw new FormatException("yaml: document contains excessive aliasing");
    }

    private static int Count(JsonNode? node) => node switch
    {
        JsonObject map => 1 + map.Sum(p => Count(p.Value)),
        JsonArray list => 1 + list.Sum(Count),
        _ => 1,
    };

    private static string ToKey(JsonNode? node) => node switch
    {
        JsonObject or JsonArray => throw new FormatException("yaml: unsupported map key: it is no scalar"),
        null => "null",
        _ => Json.GetString(node) ?? GoJson.Write(node, sortsKeys: true),
    };

    private static JsonValue? ToNode(Scalar scalar)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain || scalar.Tag.ToString().EndsWith(":str", StringComparison.Ordinal))
        {
            return JsonValue.Create(text);
        }

        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "y" or "Y" or "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON":
                return JsonValue.Create(true);
            case "n" or "N" or "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF":
                return JsonValue.Create(false);
            default:
                return ToNumber(text) ?? JsonValue.Create(text);
        }
    }

    private static JsonValue? ToNumber(string text)
    {
        var plain = text.Replace("_", "", StringComparison.Ordinal);
        if (Whole().IsMatch(plain))
        {
            return long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
                ? JsonValue.Create(whole)
                : JsonValue.Create(double.Parse(plain, NumberStyles.Float, CultureInfo.InvariantCulture));
        }

        if (Prefixed().Match(plain) is { Success: true } prefixed)
        {
            var digits = prefixed.Groups["digits"].Value;
            var radix = prefixed.Groups["radix"].Value.ToLowerInvariant() switch { "0x" => 16, "0b" => 2, _ => 8 };
            var sign = plain[0] == '-' ? -1 : 1;
            return digits.Length <= 15 ? JsonValue.Create(Convert.ToInt64(digits, radix) * sign) : null;
        }

        return Floating().IsMatch(plain) &&
            double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) &&
            double.IsFinite(number)
            ? JsonValue.Create(number)
            : null;
    }

    [GeneratedRegex("^[-+]?(?:0|[1-9][0-9]*)$", RegexOptions.NonBacktracking)]
    private static partial Regex Whole();

    [GeneratedRegex(
        "^[-+]?((?<radix>0[xX])(?<digits>[0-9a-fA-F]+)|(?<radix>0b)(?<digits>[01]+)|(?<radix>0o?)(?<digits>[0-7]+))$",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Prefixed();

    [GeneratedRegex(@"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", RegexOptions.NonBacktracking)]
    private static partial Regex Floating();
}
