using System.Globalization;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>One step of a field's path: a field, an item by its keys, an item by its value, or an item by its place.
/// </summary>
/// <remarks>
/// Source: the FieldsV1 format of structured-merge-diff (<c>f:</c>, <c>k:</c>, <c>v:</c>, <c>i:</c>).
/// </remarks>
internal sealed class PathElement : IEquatable<PathElement>
{
    /// <summary>Fields, keys, values, places; each in its own order.</summary>
    internal static readonly IComparer<PathElement> Order =
        Comparer<PathElement>.Create((left, right) => left.Compare(right));

    private readonly Form form;
    private readonly string name;
    private readonly (string Name, JsonNode? Value)[] keys;
    private readonly JsonNode? value;
    private readonly int index;
    private string? identity;

    private PathElement(
        Form form, string name = "", (string, JsonNode?)[]? keys = null, JsonNode? value = null, int index = 0)
    {
        this.form = form;
        this.name = name;
        this.keys = keys ?? [];
        this.value = value;
        this.index = index;
    }

    private enum Form
    {
        Field,
        Keys,
        Value,
        Index,
    }

    /// <summary>The field's name; null for items of lists.</summary>
    internal string? FieldName => form == Form.Field ? name : null;

    /// <summary>True for an item of a list that is known by its keys.</summary>
    internal bool IsKeys => form == Form.Keys;

    internal static PathElement OfField(string name) => new(Form.Field, name);

    internal static PathElement OfKeys(IEnumerable<(string Name, JsonNode? Value)> keys) =>
        new(Form.Keys, keys: [.. keys.OrderBy(k => k.Name, StringComparer.Ordinal)]);

    internal static PathElement OfValue(JsonNode? value) => new(Form.Value, value: value);

    internal static PathElement OfIndex(int index) => new(Form.Index, index: index);

    /// <summary>Reads what <see cref="Serialize"/> writes.</summary>
    /// <returns>False where the text is broken; true with null for a form from a later version, to be
    /// ignored.</returns>
    internal static bool TryParse(string text, out PathElement? element)
    {
        element = null;
        if (text.Length < 2 || text[1] != ':')
        {
            return false;
        }

        var rest = text[2..];
        switch (text[0])
        {
            case 'f':
                element = OfField(rest);
                return true;
            case 'i':
                var isNumber = int.TryParse(
                    rest, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var i);
                element = OfIndex(i);
                return isNumber;
            case 'v':
                var valueText = RequestText.ParseJson(rest);
                element = OfValue(valueText.Node);
                return valueText.Error is null;
            case 'k':
                var keysText = RequestText.ParseJson(rest);
                element = keysText.Node is JsonObject map ? OfKeys(map.Select(p => (p.Key, p.Value))) : null;
                return element is not null;
            default:
                return true;
        }
    }

    /// <summary>The step as FieldsV1 writes it, for example <c>k:{"id":"a"}</c>.</summary>
    internal string Serialize() => form switch
    {
        Form.Field => "f:" + name,
        Form.Value => "v:" + Json.ToGoString(value),
        Form.Index => "i:" + index.ToString(CultureInfo.InvariantCulture),
        _ => $"k:{{{string.Join(',', keys.Select(k => $"{Json.ToGoString(k.Name)}:{Json.ToGoString(k.Value)}"))}}}",
    };

    /// <summary>The step as messages write it, for example <c>[id="a"]</c>.</summary>
    public override string ToString() => form switch
    {
        Form.Field => "." + name,
        Form.Value => $"[={GoText.PathValue(value)}]",
        Form.Index => $"[{index.ToString(CultureInfo.InvariantCulture)}]",
        _ => $"[{string.Join(',', keys.Select(k => $"{k.Name}={GoText.PathValue(k.Value)}"))}]",
    };

    public bool Equals(PathElement? other) => other is not null && Compare(other) == 0;

    public override bool Equals(object? obj) => Equals(obj as PathElement);

    public override int GetHashCode() => Identity.GetHashCode(StringComparison.Ordinal);

    /// <summary>What tells elements of one form apart: numbers of one value have one text.</summary>
    private string Identity => identity ??= form == Form.Field ? name : Serialize();

    private int Compare(PathElement other)
    {
        if (form != other.form)
        {
            return form.CompareTo(other.form);
        }

        return form == Form.Index ? index.CompareTo(other.index) : string.CompareOrdinal(Identity, other.Identity);
    }
}
