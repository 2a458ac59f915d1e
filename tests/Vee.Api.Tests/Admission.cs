using System.Text.Json.Nodes;
using Vee.ControlPlane.Definitions;

namespace Vee.Api.Tests;

/// <summary>Asks for a kind what an API server asks when an object comes in.</summary>
internal static class Admission
{
    private static readonly Dictionary<string, CustomResourceRules> Rules = Fields.Definitions.ToDictionary(
        definition => definition.Definition.Spec.Names.Kind,
        definition => CustomResourceRules.Of(
            JsonNode.Parse(Fields.Json(definition.Definition))!.AsObject(), ApiGroup.Version));

    /// <summary>What is wrong with a new object, each with the field; unknown fields as under Strict.</summary>
    internal static IReadOnlyList<string> Create(JsonObject value)
    {
        var (rules, unknown) = Decode(value);
        return [.. unknown, .. rules.ValidateCreate(value).Select(error => error.ToString())];
    }

    /// <summary>What is wrong with a change; a status that is not in both objects alike is not looked at.</summary>
    internal static IReadOnlyList<string> Update(JsonObject value, JsonObject old)
    {
        var (rules, unknown) = Decode(value);
        return [.. unknown, .. rules.ValidateUpdate(value, old).Select(error => error.ToString())];
    }

    /// <summary>What is wrong with a change of the status.</summary>
    internal static IReadOnlyList<string> UpdateStatus(JsonObject value, JsonObject old)
    {
        var (rules, unknown) = Decode(value);
        return [.. unknown, .. rules.ValidateStatusUpdate(value, old).Select(error => error.ToString())];
    }

    private static (CustomResourceRules Rules, IReadOnlyList<string> Unknown) Decode(JsonObject value)
    {
        var rules = Rules[(string)value["kind"]!];
        return (rules, rules.Decode(value));
    }
}
