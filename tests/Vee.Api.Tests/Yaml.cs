using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Vee.Api.Tests;

/// <summary>Reads YAML as kubectl does: into JSON.</summary>
internal static partial class Yaml
{
    /// <summary>The one document of a text.</summary>
    internal static JsonNode? Read(string text)
    {
        using var reader = new StringReader(text);
        var yaml = new YamlStream();
        yaml.Load(reader);
        return Read(Assert.Single(yaml.Documents).RootNode);
    }

    /// <summary>Reads plain words as YAML 1.1 does, of which kubectl's reader still has the oldest ones.</summary>
    private static JsonNode? Read(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(
            child => KeyValuePair.Create(((YamlScalarNode)child.Key).Value!, Read(child.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(Read)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: var word } => word switch
        {
            _ when Booleans.IsMatch(word!) => JsonValue.Create(word is "true"),
            _ when Numbers.IsMatch(word!) => JsonNode.Parse(word!),
            _ when Nothing.IsMatch(word!) => null,
            _ => JsonValue.Create(word),
        },
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new NotSupportedException(node.NodeType.ToString()),
    };

    [GeneratedRegex("^(?i:true|false|yes|no|on|off|y|n)$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Booleans { get; }

    // With two points it is no number, as an IPv4 address.
    [GeneratedRegex(@"^(?![0-9]+\.[0-9]+\.)-?[0-9][-0-9._:eExXa-f+]*$", RegexOptions.None,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Numbers { get; }

    [GeneratedRegex("^(?i:null|~|)$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Nothing { get; }
}
