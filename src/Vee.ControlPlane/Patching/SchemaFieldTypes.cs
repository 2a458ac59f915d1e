using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>Derives from schemas how fields merge.</summary>
/// <remarks>Source: kube-openapi, <c>schemaconv</c>.</remarks>
internal static class SchemaFieldTypes
{
    /// <summary>The type of a whole custom object: its schema with apiVersion, kind and the common metadata.</summary>
    internal static FieldType OfResource(StructuralSchema schema)
    {
        var type = Of(schema, preservesUnknown: false);
        if (type.Map is not { } map)
        {
            return FieldType.Deduced;
        }

        var fields = map.Fields.ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        fields["apiVersion"] = FieldType.String;
        fields["kind"] = FieldType.String;
        fields["metadata"] = BuiltInTypes.ObjectMeta;
        return FieldType.Of(new MapShape
        {
            Fields = fields,
            Element = map.Element,
            IsAtomic = map.IsAtomic,
            Defaults = map.Defaults,
        });
    }

    /// <param name="schema">A schema.</param>
    /// <param name="preservesUnknown">Whether a schema above lets unknown fields through; then all below it do.</param>
    private static FieldType Of(StructuralSchema schema, bool preservesUnknown)
    {
        preservesUnknown |= schema.PreservesUnknownFields;
        if (schema.IsIntOrString || schema.Type.Length == 0)
        {
            return FieldType.Of(ScalarType.Untyped, ListOf(schema, preservesUnknown), MapOf(schema, preservesUnknown));
        }

        return schema.Type switch
        {
            "object" => FieldType.Of(MapOf(schema, preservesUnknown)),
            "array" => FieldType.Of(ListOf(schema, preservesUnknown)),
            "integer" or "number" => FieldType.Number,
            "boolean" => FieldType.Boolean,
            _ => schema.Format is "" or "byte" ? FieldType.String : FieldType.AnyScalar,
        };
    }

    private static ListShape ListOf(StructuralSchema schema, bool preservesUnknown) => new()
    {
        Element = schema.Items is { } items ? Of(items, preservesUnknown) : FieldType.Untyped,
        IsAssociative = schema.ListType is "set" or "map",
        Keys = schema.ListType == "map" ? schema.ListMapKeys : [],
    };

    private static MapShape MapOf(StructuralSchema schema, bool preservesUnknown)
    {
        var fields = schema.Properties.ToDictionary(
            p => p.Key, p => Of(p.Value, preservesUnknown), StringComparer.Ordinal);
        if (schema.IsEmbeddedResource)
        {
            fields["apiVersion"] = FieldType.String;
            fields["kind"] = FieldType.String;
            fields["metadata"] = BuiltInTypes.ObjectMeta;
        }

        var isFree = preservesUnknown || fields.Count == 0;
        return new()
        {
            Fields = fields,
            Element = schema.AdditionalProperties is { } additional ? Of(additional, preservesUnknown)
                : schema.HasAdditionalProperties || isFree ? FieldType.Deduced
                : null,
            IsAtomic = schema.MapType == "atomic",
            Defaults = schema.Properties.Where(p => p.Value.Default is not null)
                .ToDictionary(p => p.Key, p => p.Value.Default!, StringComparer.Ordinal),
        };
    }
}
