using System.Globalization;
using Vee.Hypervisor.Scenarios;
using Vee.Hypervisor.Scenarios.Reading;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Vee.Cli.Simulations;

/// <summary>Reads a YAML document as a tree, with places, and within bounds whoever wrote it.</summary>
internal sealed class YamlTree
{
    private const int DepthMax = 32;

    // An alias counts as much as what it stands for: a small file can otherwise become huge.
    private const int NodesMax = 1_000_000;

    private readonly Parser parser;
    private readonly Dictionary<AnchorName, (ScenarioNode Node, int Count)> anchors = [];
    private readonly List<ScenarioDefect> defects = [];
    private int count;

    private YamlTree(string text) => parser = new Parser(new StringReader(text));

    /// <summary>Reads the only document of a text.</summary>
    /// <returns>The tree, as far as it could be read, and what is wrong with it.</returns>
    internal static ReadResult<ScenarioNode> Read(string text)
    {
        if (FindControl(text) is { } control)
        {
            return new ReadResult<ScenarioNode>(null, [control]);
        }

        var tree = new YamlTree(text);
        try
        {
            var node = tree.ReadDocument();
            return new ReadResult<ScenarioNode>(node, tree.defects);
        }
        catch (BadTreeException bad)
        {
            return new ReadResult<ScenarioNode>(null, [.. tree.defects, bad.Defect]);
        }
        catch (YamlException broken)
        {
            return tree.NoYaml(broken.Start, broken.Message);
        }
        catch (Exception unforeseen) when (unforeseen is InvalidOperationException or ArgumentException)
        {
            // The library's scanner did not foresee it, such as a tag of which nothing but '!!' is there.
            return tree.NoYaml(tree.parser.Current?.End ?? default, "what follows cannot be read");
        }
    }

    /// <summary>The first character that YAML does not allow, which its reader does not expect either.</summary>
    private static ScenarioDefect? FindControl(string text)
    {
        var (line, lineStart) = (1, 0);
        foreach (var (index, character) in text.Index())
        {
            if (character == '\n')
            {
                (line, lineStart) = (line + 1, index + 1);
            }
            else if (char.IsControl(character) && character is not ('\t' or '\r' or '\u0085'))
            {
                return new ScenarioDefect(
                    "", new TextPosition(line, index - lineStart + 1),
                    string.Create(CultureInfo.InvariantCulture, $"the character U+{(int)character:X4} is no text"));
            }
        }

        return null;
    }

    private static TextPosition At(Mark mark) => new((int)mark.Line, (int)mark.Column);

    private static BadTreeException Bad(string path, Mark mark, string message) =>
        new(new ScenarioDefect(path, At(mark), message));

    private ReadResult<ScenarioNode> NoYaml(Mark mark, string message) => new(
        null,
        [.. defects, new ScenarioDefect("", At(mark), $"this is no YAML: {message.ReplaceLineEndings(" ").Trim()}")]);

    private ScenarioNode ReadDocument()
    {
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _))
        {
            throw new BadTreeException(new ScenarioDefect("", new TextPosition(1, 1), "the file is empty"));
        }

        var node = ReadNode("", 0);
        parser.Consume<DocumentEnd>();
        if (parser.TryConsume<DocumentStart>(out var second))
        {
            throw Bad("", second.Start, "a second document begins: there is one in a file");
        }

        return node;
    }

    private ScenarioNode ReadNode(string path, int depth)
    {
        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!anchors.TryGetValue(alias.Value, out var known))
            {
                throw Bad(path, alias.Start, $"there is no anchor '{ScenarioText.Shown(alias.Value.Value)}' above");
            }

            Count(known.Count, path, alias.Start);
            return known.Node;
        }

        var before = count;
        var anchor = (parser.Current as NodeEvent)?.Anchor ?? default;
        Count(1, path, parser.Current?.Start ?? default);
        var node = ReadOwnNode(path, depth);
        if (!anchor.IsEmpty)
        {
            anchors[anchor] = (node, count - before);
        }

        return node;
    }

    private ScenarioNode ReadOwnNode(string path, int depth)
    {
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return new ScenarioNode.Scalar(
                scalar.Value, scalar.Style != ScalarStyle.Plain || IsText(scalar, path), At(scalar.Start));
        }

        if (depth == DepthMax)
        {
            throw Bad(path, parser.Current?.Start ?? default, $"is nested deeper than {DepthMax} levels");
        }

        return parser.TryConsume<SequenceStart>(out var sequence)
            ? ReadSequence(sequence, path, depth)
            : ReadMapping(parser.Consume<MappingStart>(), path, depth);
    }

    private static bool IsText(Scalar scalar, string path) => scalar.Tag switch
    {
        { IsEmpty: true } => false,
        { IsNonSpecific: true } => true,
        var tag when tag.Value == "tag:yaml.org,2002:str" => true,
        var tag => throw Bad(path, scalar.Start, $"the tag '{ScenarioText.Shown(tag.Value)}' means nothing here"),
    };

    private ScenarioNode.Sequence ReadSequence(SequenceStart start, string path, int depth)
    {
        var items = new List<ScenarioNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode($"{path}[{items.Count}]", depth + 1));
        }

        return new ScenarioNode.Sequence(items, At(start.Start));
    }

    private ScenarioNode.Mapping ReadMapping(MappingStart start, string path, int depth)
    {
        var fields = new List<ScenarioField>();
        var names = new HashSet<string>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key))
            {
                throw Bad(path, parser.Current?.Start ?? default, "the name of a field must be a plain text");
            }

            var shown = ScenarioText.Shown(key.Value);
            var inner = path.Length == 0 ? shown : $"{path}.{shown}";
            Count(1, inner, key.Start);
            var value = ReadNode(inner, depth + 1);
            if (names.Add(key.Value))
            {
                fields.Add(new ScenarioField(key.Value, value, At(key.Start)));
            }
            else if (defects.Count < ScenarioText.DefectsMax)
            {
                defects.Add(new ScenarioDefect(inner, At(key.Start), "the field is there twice"));
            }
        }

        return new ScenarioNode.Mapping(fields, At(start.Start));
    }

    private void Count(int more, string path, Mark mark)
    {
        count += more;
        if (count > NodesMax)
        {
            throw Bad(path, mark, $"more than {NodesMax} values are too many, repeated ones counted each time");
        }
    }

    /// <summary>The text cannot be read on.</summary>
    private sealed class BadTreeException(ScenarioDefect defect) : Exception(defect.Message)
    {
        public ScenarioDefect Defect { get; } = defect;
    }
}
