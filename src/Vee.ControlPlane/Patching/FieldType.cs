using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>What a scalar may be.</summary>
internal enum ScalarType
{
    /// <summary>Any scalar.</summary>
    Untyped = 0,

    /// <summary>A string.</summary>
    String,

    /// <summary>An integer or a floating-point number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,
}

/// <summary>How a list merges.</summary>
internal sealed class ListShape
{
    /// <summary>The type of its items.</summary>
    public FieldType Element { get; set; } = null!;

    /// <summary>True for sets and maps, whose items are owned one by one; false: owned as a whole.</summary>
    public bool IsAssociative { get; init; }

    /// <summary>The fields that tell items apart; empty for a set.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>How a strategic merge patch treats it; null: it replaces the list.</summary>
    public ListPatch? Patch { get; init; }
}

/// <summary>How a strategic merge patch merges a list.</summary>
/// <param name="Key">The field that tells items apart; empty for a list of scalars.</param>
internal sealed record ListPatch(string Key);

/// <summary>How a map merges.</summary>
internal sealed class MapShape
{
    /// <summary>The declared fields.</summary>
    public required IReadOnlyDictionary<string, FieldType> Fields { get; init; }

    /// <summary>The type of undeclared keys; null: there may be none.</summary>
    public FieldType? Element { get; set; }

    /// <summary>True: owned as a whole.</summary>
    public bool IsAtomic { get; init; }

    /// <summary>True: a strategic merge patch with <c>$retainKeys</c> is usual here.</summary>
    public bool RetainsKeys { get; init; }

    /// <summary>Defaults of declared fields, where they may serve as keys of an item.</summary>
    public IReadOnlyDictionary<string, JsonNode> Defaults { get; init; } =
        new Dictionary<string, JsonNode>(StringComparer.Ordinal);
}

/// <summary>How a field merges: as scalar, list or map, or as whichever its value is.</summary>
/// <remarks>Source: structured-merge-diff, <c>schema.Atom</c>.</remarks>
internal sealed class FieldType
{
    /// <summary>Any value, owned as a whole.</summary>
    internal static readonly FieldType Untyped = MakeFree(isAtomic: true);

    /// <summary>Any value: maps merge by key, lists are owned as a whole.</summary>
    internal static readonly FieldType Deduced = MakeFree(isAtomic: false);

    internal static readonly FieldType AnyScalar = new() { Scalar = ScalarType.Untyped };

    internal static readonly FieldType String = new() { Scalar = ScalarType.String };

    internal static readonly FieldType Number = new() { Scalar = ScalarType.Number };

    internal static readonly FieldType Boolean = new() { Scalar = ScalarType.Boolean };

    /// <summary>What a scalar value may be; null: no scalar.</summary>
    public ScalarType? Scalar { get; init; }

    /// <summary>How a list merges; null: no list.</summary>
    public ListShape? List { get; private init; }

    /// <summary>How a map merges; null: no map.</summary>
    public MapShape? Map { get; private init; }

    internal static FieldType Of(ListShape list) => new() { List = list };

    internal static FieldType Of(MapShape map) => new() { Map = map };

    internal static FieldType Of(ScalarType? scalar, ListShape? list, MapShape? map) =>
        new() { Scalar = scalar, List = list, Map = map };

    /// <summary>The part of the type that applies to a value; all of it for null.</summary>
    internal FieldType For(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => this,
        JsonValueKind.Array => List is null || (Scalar is null && Map is null) ? this : Of(List),
        JsonValueKind.Object => Map is null || (Scalar is null && List is null) ? this : Of(Map),
        _ => Scalar is null || (List is null && Map is null) ? this : new() { Scalar = Scalar },
    };

    /// <summary>True when both were made from one type for values of one form.</summary>
    internal bool IsSame(FieldType other) => ReferenceEquals(this, other) ||
        (Scalar == other.Scalar && ReferenceEquals(List, other.List) && ReferenceEquals(Map, other.Map));

    /// <summary>The type below a step, and whether the step is a declared field.</summary>
    internal (FieldType? Type, bool IsDeclared) Below(PathElement element)
    {
        if (element.FieldName is { } name)
        {
            return Map is null ? (null, false) : Map.Fields.TryGetValue(name, out var field)
                ? (field, true)
                : (Map.Element, false);
        }

        return (element.IsKeys ? List?.Element : null, false);
    }

    private static FieldType MakeFree(bool isAtomic)
    {
        var map = new MapShape
        {
            Fields = new Dictionary<string, FieldType>(StringComparer.Ordinal),
            IsAtomic = isAtomic,
        };
        var list = new ListShape();
        var type = Of(ScalarType.Untyped, list, map);
        map.Element = type;
        list.Element = isAtomic ? type : Untyped;
        return type;
    }
}
