using System.Text.Json.Nodes;
using Vee.ControlPlane.Cel;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Checks that defaults are values that their schemas allow.</summary>
/// <remarks>Source: apiextensions-apiserver, <c>schema/defaulting/validation.go</c>.</remarks>
internal static class DefaultRules
{
    internal static IReadOnlyList<FieldError> Validate(StructuralSchema schema, FieldPath path)
    {
        var errors = new List<FieldError>();
        Visit(schema, path, errors);
        return errors;
    }

    private static void Visit(StructuralSchema schema, FieldPath path, List<FieldError> errors)
    {
        if (schema.Default is { } value)
        {
            Check(schema, value, path.Child("default"), errors);
        }

        if (schema.Items is not null)
        {
            Visit(schema.Items, path.Child("items"), errors);
        }

        foreach (var (name, property) in schema.Properties)
        {
            Visit(property, path.Child("properties").Key(name), errors);
        }
    }

    private static void Check(StructuralSchema schema, JsonNode value, FieldPath path, List<FieldError> errors)
    {
        var pruned = value.DeepClone();
        Pruning.Prune(pruned, schema);
        if (!Json.AreEqual(pruned, value))
        {
            errors.Add(FieldError.Invalid(path, value, "must not have unknown fields"));
        }

        var found = new ValueValidation(schema).Validate(value, correlation: null, path.ToString());
        errors.AddRange(found);
        if (found.Count == 0)
        {
            errors.AddRange(new CelRules(schema).ValidateValue(value, path));
        }
    }
}
