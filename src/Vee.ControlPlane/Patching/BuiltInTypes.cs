using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>How the built-in kinds merge, from the table in BuiltInTypes.txt.</summary>
internal static class BuiltInTypes
{
    private static readonly Lazy<BuiltInTable> Table = new(BuiltInTable.Read);

    /// <summary>The metadata that every object has.</summary>
    internal static FieldType ObjectMeta => Table.Value.Get("ObjectMeta").Type;

    /// <summary>The type of a built-in kind; for a kind that is not in the table one deduced from values.</summary>
    internal static ObjectType Get(string apiVersion, string kind) =>
        Find(apiVersion, kind) ?? Deduced(apiVersion, kind);

    /// <summary>The type of a built-in kind; null for a kind that is not in the table.</summary>
    internal static ObjectType? Find(string apiVersion, string kind)
    {
        if (!Table.Value.Has($"{apiVersion}.{kind}"))
        {
            return null;
        }

        var (type, empty) = Table.Value.Get($"{apiVersion}.{kind}");
        return new(apiVersion, kind, type, empty.DeepClone().AsObject());
    }

    /// <summary>A type of which only the metadata is known: maps merge by key, lists as a whole.</summary>
    internal static ObjectType Deduced(string apiVersion, string kind)
    {
        var fields = new Dictionary<string, FieldType>(StringComparer.Ordinal)
        {
            ["apiVersion"] = FieldType.String,
            ["kind"] = FieldType.String,
            ["metadata"] = ObjectMeta,
        };
        var root = FieldType.Of(new MapShape { Fields = fields, Element = FieldType.Deduced });
        return new(apiVersion, kind, root, new JsonObject { ["metadata"] = new JsonObject() });
    }
}
