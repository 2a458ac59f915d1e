using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>Reads the table of built-in types; each type is made when it is first asked for.</summary>
/// <remarks>The notation is explained at the top of BuiltInTypes.txt.</remarks>
internal sealed class BuiltInTable
{
    private readonly Dictionary<string, string> lines;
    private readonly Dictionary<string, (FieldType Type, JsonObject Empty)> types = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    private BuiltInTable(Dictionary<string, string> lines) => this.lines = lines;

    internal static BuiltInTable Read()
    {
        using var stream = typeof(BuiltInTable).Assembly.GetManifestResourceStream("BuiltInTypes.txt")
            ?? throw new InvalidOperationException("the table of built-in types is not in the assembly");
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd().Replace("\n  ", " ", StringComparison.Ordinal);
        return new(text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToDictionary(
            line => line[..line.IndexOf(' ', StringComparison.Ordinal)].TrimEnd('!'), StringComparer.Ordinal));
    }

    internal bool Has(string name) => lines.ContainsKey(name);

    /// <summary>A type, and what an object of it always has.</summary>
    internal (FieldType Type, JsonObject Empty) Get(string name)
    {
        lock (gate)
        {
            return Get_NeedsLock(name);
        }
    }

    private (FieldType Type, JsonObject Empty) Get_NeedsLock(string name)
    {
        if (types.TryGetValue(name, out var known))
        {
            return known;
        }

        var line = lines[name];
        var equals = line.IndexOf(" = ", StringComparison.Ordinal);
        var fields = new Dictionary<string, FieldType>(StringComparer.Ordinal);
        var defaults = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        var type = FieldType.Of(new MapShape
        {
            Fields = fields,
            Defaults = defaults,
            IsAtomic = line[equals - 1] == '!',
        });
        var empty = new JsonObject();
        // Known before its fields are: types may contain themselves.
        types[name] = (type, empty);
        foreach (var field in line[(equals + 3)..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            AddField_NeedsLock(field[..colon], field[(colon + 1)..], fields, defaults, empty);
        }

        return (type, empty);
    }

    private void AddField_NeedsLock(
        string name, string text, Dictionary<string, FieldType> fields, Dictionary<string, JsonNode> defaults,
        JsonObject empty)
    {
        var tilde = text.IndexOf('~', StringComparison.Ordinal);
        if (tilde >= 0)
        {
            var standard = text[(tilde + 1)..];
            text = text[..tilde];
            defaults[name] = text switch
            {
                "n" => JsonValue.Create(long.Parse(standard, System.Globalization.CultureInfo.InvariantCulture)),
                "b" => JsonValue.Create(standard == "true"),
                _ => JsonValue.Create(standard),
            };
        }

        if (text[0] == '^')
        {
            empty[name] = null;
            text = text[1..];
        }
        else if (text[0] == '+')
        {
            text = text[1..];
            empty[name] = Get_NeedsLock(text.TrimEnd('!')).Empty.DeepClone();
        }

        fields[name] = Parse_NeedsLock(text);
    }

    private FieldType Parse_NeedsLock(string text)
    {
        var bar = text.IndexOf('|', StringComparison.Ordinal);
        if (bar >= 0)
        {
            var (one, other) = (Parse_NeedsLock(text[..bar]), Parse_NeedsLock(text[(bar + 1)..]));
            return FieldType.Of(one.Scalar ?? other.Scalar, one.List ?? other.List, one.Map ?? other.Map);
        }

        switch (text[0])
        {
            case '[':
                var end = text.LastIndexOf(']');
                var isAssociative = text.Length > end + 1;
                var keys = isAssociative ? text[(end + 2)..].Split(',', StringSplitOptions.RemoveEmptyEntries) : [];
                return FieldType.Of(new ListShape
                {
                    Element = Parse_NeedsLock(text[1..end]),
                    IsAssociative = isAssociative,
                    Keys = keys,
                    Patch = isAssociative ? new(keys.FirstOrDefault() ?? "") : null,
                });
            case '{':
                return FieldType.Of(new MapShape
                {
                    Fields = new Dictionary<string, FieldType>(StringComparer.Ordinal),
                    Element = Parse_NeedsLock(text[1..text.LastIndexOf('}')]),
                    IsAtomic = text.EndsWith('!'),
                });
        }

        return text switch
        {
            "s" => FieldType.String,
            "n" => FieldType.Number,
            "b" => FieldType.Boolean,
            "u" => FieldType.AnyScalar,
            "?" => FieldType.Deduced,
            "*" => FieldType.Untyped,
            _ => Named_NeedsLock(text),
        };
    }

    private FieldType Named_NeedsLock(string text)
    {
        var type = Get_NeedsLock(text.TrimEnd('!')).Type;
        return text.EndsWith('!') && type.Map is { IsAtomic: false } map
            ? FieldType.Of(new MapShape { Fields = map.Fields, Defaults = map.Defaults, IsAtomic = true })
            : type;
    }
}
