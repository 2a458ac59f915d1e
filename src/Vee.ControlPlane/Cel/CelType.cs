using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>The kinds of values of the Common Expression Language.</summary>
internal enum CelKind
{
    /// <summary>Known when the expression runs.</summary>
    Dyn = 0,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    List,
    Map,
    Object,
    Type,
    Optional,
    Quantity,
    Ip,
    Cidr,
    Url,
    Error,

    /// <summary>Stands for a type that a call makes known.</summary>
    Parameter,
}

/// <summary>A type of the Common Expression Language.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Element">Of a list, the values of a map, the content of an optional.</param>
/// <param name="Key">Of a map.</param>
/// <param name="Schema">Of a value that a schema describes.</param>
/// <param name="Name">Of a type parameter; of an object in messages.</param>
internal sealed record CelType(
    CelKind Kind, CelType? Element = null, CelType? Key = null, StructuralSchema? Schema = null, string Name = "")
{
    internal static readonly CelType Dyn = new(CelKind.Dyn);
    internal static readonly CelType Null = new(CelKind.Null);
    internal static readonly CelType Bool = new(CelKind.Bool);
    internal static readonly CelType Int = new(CelKind.Int);
    internal static readonly CelType Uint = new(CelKind.Uint);
    internal static readonly CelType Double = new(CelKind.Double);
    internal static readonly CelType String = new(CelKind.String);
    internal static readonly CelType Bytes = new(CelKind.Bytes);
    internal static readonly CelType Timestamp = new(CelKind.Timestamp);
    internal static readonly CelType Duration = new(CelKind.Duration);
    internal static readonly CelType Error = new(CelKind.Error);

    private IReadOnlyDictionary<string, CelType>? fields;

    internal bool IsNumber => Kind is CelKind.Int or CelKind.Uint or CelKind.Double;

    internal static CelType ListOf(CelType element, StructuralSchema? schema = null) =>
        new(CelKind.List, element, Schema: schema);

    internal static CelType MapOf(CelType key, CelType value, StructuralSchema? schema = null) =>
        new(CelKind.Map, value, key, schema);

    internal static CelType OptionalOf(CelType content) => new(CelKind.Optional, content);

    /// <summary>The type of values that a schema describes; null where rules cannot look into them.</summary>
    /// <remarks>Source: apiserver, <c>pkg/cel/common/schemas.go</c>.</remarks>
    internal static CelType? Of(StructuralSchema schema, bool isResource)
    {
        if (schema.IsIntOrString)
        {
            return Dyn;
        }

        switch (schema.Type)
        {
            case "array":
                var items = schema.Items is null ? null : Of(schema.Items, schema.Items.IsEmbeddedResource);
                return items is null ? null : ListOf(items, schema);
            case "object" when schema.AdditionalProperties is { } additional:
                var values = Of(additional, additional.IsEmbeddedResource);
                return values is null ? null : MapOf(String, values, schema);
            case "object":
                return new(CelKind.Object, Schema: schema, Name: "object") { IsResource = isResource };
            case "string":
                return schema.Format switch
                {
                    "byte" => Bytes,
                    "duration" => Duration,
                    "date" or "date-time" => Timestamp,
                    _ => String,
                };
            default:
                return schema.Type switch { "boolean" => Bool, "number" => Double, "integer" => Int, _ => null };
        }
    }

    /// <summary>Whether an object has apiVersion, kind and metadata although its schema does not say so.</summary>
    private bool IsResource { get; init; }

    /// <summary>The fields of an object by their names in rules, and the properties that they stand for.</summary>
    internal IReadOnlyDictionary<string, CelType> Fields => fields ??= MakeFields();

    public override string ToString() => Kind switch
    {
        CelKind.List => $"list({Element})",
        CelKind.Map => $"map({Key}, {Element})",
        CelKind.Optional => $"optional_type({Element})",
        CelKind.Object or CelKind.Parameter => Name,
        CelKind.Timestamp => "timestamp",
        CelKind.Duration => "duration",
        CelKind.Quantity => "kubernetes.Quantity",
        CelKind.Ip => "net.IP",
        CelKind.Cidr => "net.CIDR",
        CelKind.Url => "kubernetes.URL",
        CelKind.Error => "!error!",
        _ => Kind.ToString().ToLowerInvariant(),
    };

    private Dictionary<string, CelType> MakeFields()
    {
        var result = new Dictionary<string, CelType>(StringComparer.Ordinal);
        foreach (var (name, property) in Schema!.Properties)
        {
            if (CelNames.Escape(name) is { } escaped && Of(property, property.IsEmbeddedResource) is { } type)
            {
                result[escaped] = type;
            }
        }

        if (IsResource)
        {
            result["apiVersion"] = String;
            result["kind"] = String;
            result["metadata"] = new(CelKind.Object, Schema: CelNames.Metadata, Name: "object");
        }

        return result;
    }
}
