using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Checks the values that a kind's <c>/scale</c> shows.</summary>
internal sealed class ScaleRules
{
    private string SpecReplicas { get; init; } = "";

    private string StatusReplicas { get; init; } = "";

    private string? Selector { get; init; }

    internal static ScaleRules? Parse(JsonNode? scale) => scale is null ? null : new()
    {
        SpecReplicas = Json.GetString(Json.Field(scale, "specReplicasPath")) ?? "",
        StatusReplicas = Json.GetString(Json.Field(scale, "statusReplicasPath")) ?? "",
        Selector = Json.GetString(Json.Field(scale, "labelSelectorPath")),
    };

    internal void Check(JsonObject value, List<FieldError> errors, bool isStatusOnly)
    {
        if (!isStatusOnly)
        {
            CheckReplicas(value, SpecReplicas, errors);
        }

        CheckReplicas(value, StatusReplicas, errors);
        if (Selector is not null && Find(value, Selector, errors) is { } selector && Json.GetString(selector) is null)
        {
            errors.Add(FieldError.Invalid(FieldPath.Of(Selector), "", Unexpected(selector, Selector, "string")));
        }
    }

    private static void CheckReplicas(JsonObject value, string path, List<FieldError> errors)
    {
        if (Find(value, path, errors) is not { } node)
        {
            return;
        }

        if (!Json.TryGetLong(node, out var replicas))
        {
            errors.Add(FieldError.Invalid(FieldPath.Of(path), 0, Unexpected(node, path, "int64")));
        }
        else if (replicas < 0)
        {
            errors.Add(FieldError.Invalid(FieldPath.Of(path), replicas, "should be a non-negative integer"));
        }
        else if (replicas > int.MaxValue)
        {
            errors.Add(FieldError.Invalid(
                FieldPath.Of(path), replicas, $"should be less than or equal to {int.MaxValue}"));
        }
    }

    private static JsonNode? Find(JsonObject value, string path, List<FieldError> errors)
    {
        JsonNode? node = value;
        var names = path.TrimStart('.').Split('.');
        for (var i = 0; i < names.Length; i++)
        {
            if (node is not JsonObject map)
            {
                if (node is not null)
                {
                    errors.Add(FieldError.Invalid(
                        FieldPath.Of(path), 0,
                        Unexpected(node, string.Join('.', names[..i]), "map[string]interface {}")));
                }

                return null;
            }

            node = map[names[i]];
        }

        return node;
    }

    private static string Unexpected(JsonNode node, string path, string wanted) =>
        $".{path.TrimStart('.')} accessor error: {GoText.Plain(node)} is of the type {GoText.TypeName(node)}, " +
        $"expected {wanted}";
}
