using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Tables;

/// <summary>
/// The part of JSONPath that printer columns, selectable fields and scale paths use: names, indices, <c>[*]</c> and
/// filters such as <c>[?(@.type=="Ready")]</c>.
/// </summary>
/// <remarks>Source: https://kubernetes.io/docs/reference/kubectl/jsonpath/.</remarks>
internal sealed class PrinterPath
{
    /// <summary>Characters of a path. Filters nest, so this bounds how deep.</summary>
    private const int LengthMax = 1024;

    private readonly IReadOnlyList<Step> steps;

    private PrinterPath(IReadOnlyList<Step> steps) => this.steps = steps;

    private abstract record Step
    {
        internal abstract IEnumerable<JsonNode?> Follow(JsonNode? node);
    }

    private sealed record NameStep(string Name) : Step
    {
        internal override IEnumerable<JsonNode?> Follow(JsonNode? node) =>
            node is JsonObject fields && fields.TryGetPropertyValue(Name, out var value) ? [value] : [];
    }

    private sealed record IndexStep(int Index) : Step
    {
        internal override IEnumerable<JsonNode?> Follow(JsonNode? node)
        {
            if (node is not JsonArray items)
            {
                return [];
            }

            var index = Index < 0 ? items.Count + Index : Index;
            return index >= 0 && index < items.Count ? [items[index]] : [];
        }
    }

    private sealed record AllStep : Step
    {
        internal override IEnumerable<JsonNode?> Follow(JsonNode? node) => node switch
        {
            JsonArray items => items,
            JsonObject fields => fields.Select(f => f.Value),
            _ => [],
        };
    }

    private sealed record FilterStep(PrinterPath Path, string Sign, string Value) : Step
    {
        internal override IEnumerable<JsonNode?> Follow(JsonNode? node) =>
            node is JsonArray items ? items.Where(Passes) : [];

        private bool Passes(JsonNode? item)
        {
            var found = Path.Find(item).ToList();
            if (Sign.Length == 0)
            {
                return found.Count > 0;
            }

            return found.Count > 0 && (Text(found[0]) == Value) == (Sign == "==");
        }
    }

    /// <summary>Reads a path; null for one that this server cannot follow.</summary>
    internal static PrinterPath? Parse(string text)
    {
        if (text.Length > LengthMax)
        {
            return null;
        }

        var found = new List<Step>();
        for (var i = text.StartsWith('$') || text.StartsWith('@') ? 1 : 0; i < text.Length;)
        {
            var step = text[i] == '[' ? Bracket(text, ref i) : Name(text, ref i);
            if (step is null)
            {
                return null;
            }

            found.Add(step);
        }

        return new(found);
    }

    /// <summary>Everything at the end of the path, in order.</summary>
    internal IEnumerable<JsonNode?> Find(JsonNode? node)
    {
        IEnumerable<JsonNode?> found = [node];
        foreach (var step in steps)
        {
            found = found.SelectMany(step.Follow);
        }

        return found;
    }

    /// <summary>Puts a value at the end of a path of names; objects on the way are made.</summary>
    internal void Set(JsonObject target, JsonNode value)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            var name = ((NameStep)steps[i]).Name;
            if (i == steps.Count - 1)
            {
                target[name] = value;
            }
            else
            {
                if (target[name] is not JsonObject next)
                {
                    next = [];
                    target[name] = next;
                }

                target = next;
            }
        }
    }

    /// <summary>A value as text: strings plain, everything else as JSON.</summary>
    internal static string Text(JsonNode? node) => node switch
    {
        null => "<nil>",
        _ when node.GetValueKind() == JsonValueKind.String => node.GetValue<string>(),
        _ when node.GetValueKind() == JsonValueKind.Number => GoText.Value(node),
        _ => Json.ToText(node),
    };

    private static NameStep? Name(string text, ref int i)
    {
        if (text[i] == '.')
        {
            i++;
        }

        var name = new StringBuilder();
        while (i < text.Length && text[i] is not ('.' or '['))
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                i++;
            }

            name.Append(text[i++]);
        }

        return name.Length == 0 ? null : new(name.ToString());
    }

    private static Step? Bracket(string text, ref int i)
    {
        var end = ClosingBracket(text, i);
        if (end < 0)
        {
            return null;
        }

        var inside = text[(i + 1)..end].Trim();
        i = end + 1;
        if (inside == "*")
        {
            return new AllStep();
        }

        if (inside.StartsWith("?(", StringComparison.Ordinal) && inside.EndsWith(')'))
        {
            return Filter(inside[2..^1]);
        }

        if (inside.Length >= 2 && inside[0] is '\'' or '"' && inside[^1] == inside[0])
        {
            return new NameStep(inside[1..^1]);
        }

        return int.TryParse(inside, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)
            ? new IndexStep(index)
            : null;
    }

    private static FilterStep? Filter(string text)
    {
        foreach (var sign in (string[])["==", "!="])
        {
            if (text.IndexOf(sign, StringComparison.Ordinal) is var at and >= 0)
            {
                var path = Parse(text[..at].Trim());
                return path is null ? null : new(path, sign, text[(at + 2)..].Trim().Trim('\'', '"'));
            }
        }

        return Parse(text.Trim()) is { } there ? new(there, "", "") : null;
    }

    private static int ClosingBracket(string text, int open)
    {
        var depth = 0;
        var quote = '\0';
        for (var i = open; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                quote = text[i] == quote ? '\0' : quote;
            }
            else if (text[i] is '\'' or '"')
            {
                quote = text[i];
            }
            else if (text[i] == '[')
            {
                depth++;
            }
            else if (text[i] == ']' && --depth == 0)
            {
                return i;
            }
        }

        return -1;
    }
}
