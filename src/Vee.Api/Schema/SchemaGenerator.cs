using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using k8s.Models;

namespace Vee.Api.Schema;

/// <summary>Turns classes with their attributes and summaries into structural schemas.</summary>
/// <remarks>
/// No defaults in a spec, which would show up as drift where manifests are kept in Git, and nothing nullable: a field
/// without a value is left out. Source: Kubernetes API, JSONSchemaProps; documentation, specifying a structural schema.
/// </remarks>
internal sealed class SchemaGenerator(XmlDocumentation documentation)
{
    private const string StringType = "string";
    private const string ObjectType = "object";

    /// <summary>The schema of a kind: its spec and status below what every object has.</summary>
    internal V1JSONSchemaProps Root(Type kind)
    {
        var properties = StandardSchemas.ObjectFields();
        properties.Add("spec", Member(kind.GetProperty("Spec")!));
        properties.Add("status", Status(kind.GetProperty("Status")!));

        return new V1JSONSchemaProps
        {
            Type = ObjectType,
            Description = documentation.SummaryOf(kind),
            Properties = properties,
            Required = RequiredOf(kind),
            XKubernetesValidations = RulesOf(kind),
        };
    }

    /// <summary>The status, which says from the beginning that nobody has looked at the spec.</summary>
    /// <remarks>Without it a tool that follows kstatus takes an object that was just made for one that is done.
    /// </remarks>
    private V1JSONSchemaProps Status(PropertyInfo property)
    {
        var schema = Member(property);
        schema.DefaultProperty = new Dictionary<string, int> { ["observedGeneration"] = 0 };
        return schema;
    }

    /// <summary>The schema of a property: what its type says, bounded by its attributes.</summary>
    private V1JSONSchemaProps Member(PropertyInfo property)
    {
        var schema = OfType(property);
        schema.Description = documentation.SummaryOf(property);
        Bound(schema, property);
        schema.XKubernetesValidations = RulesOf(property) is { } rules
            ? [.. schema.XKubernetesValidations ?? [], .. rules]
            : schema.XKubernetesValidations;
        return schema;
    }

    private V1JSONSchemaProps OfType(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type switch
        {
            _ when type == typeof(string) => new() { Type = StringType },
            _ when type == typeof(bool) => new() { Type = "boolean" },
            _ when type == typeof(int) => new() { Type = "integer", Format = "int32" },
            _ when type == typeof(long) => new() { Type = "integer", Format = "int64" },
            _ when type == typeof(DateTime) => new() { Type = StringType, Format = "date-time" },
            _ when Is(type, typeof(IReadOnlyDictionary<,>)) => Map(property, type.GetGenericArguments()[1]),
            _ when Is(type, typeof(IReadOnlyList<>)) => List(property, type.GetGenericArguments()[0]),
            _ when type.Assembly == typeof(SchemaGenerator).Assembly => Object(type),
            _ => throw new NotSupportedException(
                $"{property.DeclaringType!.Name}.{property.Name} is a {type}, for which there is no schema."),
        };
    }

    private static bool Is(Type type, Type generic) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic;

    private V1JSONSchemaProps Object(Type type) => new()
    {
        Type = ObjectType,
        Description = documentation.SummaryOf(type),
        Properties = type.GetProperties().ToDictionary(JsonNames.Of, Member, StringComparer.Ordinal),
        Required = RequiredOf(type),
        XKubernetesValidations = RulesOf(type),
    };

    /// <summary>A map is replaced as a whole: half of one selector and half of another is nobody's intent.</summary>
    private V1JSONSchemaProps Map(PropertyInfo property, Type value) => new()
    {
        Type = ObjectType,
        AdditionalProperties = value == typeof(string) ? TextItem(property)
            : value == typeof(int) ? NumberItem(property)
            : Object(value),
        XKubernetesMapType = "atomic",
    };

    private V1JSONSchemaProps List(PropertyInfo property, Type item)
    {
        var key = property.GetCustomAttribute<ListMapKeyAttribute>()?.Key;
        return new()
        {
            Type = "array",
            Items = item == typeof(string) ? TextItem(property)
                : item == typeof(V1Condition) ? StandardSchemas.Condition()
                : Object(item),
            XKubernetesListType = key is null ? "atomic" : "map",
            XKubernetesListMapKeys = key is null ? null : [key],
        };
    }

    private static V1JSONSchemaProps TextItem(PropertyInfo property)
    {
        var bounds = property.GetCustomAttribute<ItemsAttribute>();
        return new()
        {
            Type = StringType,
            MinLength = bounds is { MinLength: > 0 } ? bounds.MinLength : null,
            MaxLength = bounds is { MaxLength: > 0 } ? bounds.MaxLength : null,
            Pattern = bounds?.Pattern,
        };
    }

    private static V1JSONSchemaProps NumberItem(PropertyInfo property)
    {
        var bounds = property.GetCustomAttribute<ItemsAttribute>();
        return new() { Type = "integer", Format = "int32", Minimum = bounds?.Minimum, Maximum = bounds?.Maximum };
    }

    private static void Bound(V1JSONSchemaProps schema, PropertyInfo property)
    {
        schema.Pattern = property.GetCustomAttribute<RegularExpressionAttribute>()?.Pattern;
        schema.EnumProperty = property.GetCustomAttribute<AllowedValuesAttribute>()?.Values is { } values
            ? [.. values.OfType<object>()]
            : null;
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            schema.Minimum = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture);
            schema.Maximum = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
        }

        var length = property.GetCustomAttribute<LengthAttribute>();
        long? least = length is { MinimumLength: > 0 } ? length.MinimumLength : null;
        long? greatest = length?.MaximumLength ?? property.GetCustomAttribute<MaxLengthAttribute>()?.Length;
        switch (schema.Type)
        {
            case StringType:
                (schema.MinLength, schema.MaxLength) = (least, greatest);
                break;
            case "array":
                (schema.MinItems, schema.MaxItems) = (least, greatest);
                break;
            default:
                (schema.MinProperties, schema.MaxProperties) = (least, greatest);
                break;
        }
    }

    private static List<string>? RequiredOf(Type type)
    {
        List<string> required =
        [
            .. from property in type.GetProperties()
               where property.IsDefined(typeof(RequiredAttribute))
               select JsonNames.Of(property),
        ];
        return required.Count == 0 ? null : required;
    }

    private static List<V1ValidationRule>? RulesOf(MemberInfo member)
    {
        List<V1ValidationRule> rules =
        [
            .. from rule in member.GetCustomAttributes<RuleAttribute>()
               select new V1ValidationRule
               {
                   Rule = rule.Expression,
                   Message = rule.Message,
                   FieldPath = rule.FieldPath,
               },
        ];
        return rules.Count == 0 ? null : rules;
    }
}
