using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Handling;

/// <summary>The conditions of a CustomResourceDefinition.</summary>
internal static class DefinitionStatus
{
    /// <summary>Sets a condition, in place.</summary>
    internal static void Set(
        JsonObject definition, string type, string status, string reason, string message, string now)
    {
        if (definition["status"] is not JsonObject all)
        {
            all = [];
            definition["status"] = all;
        }

        if (all["conditions"] is not JsonArray conditions)
        {
            conditions = [];
            all["conditions"] = conditions;
        }

        var condition = conditions.OfType<JsonObject>().FirstOrDefault(c => Json.GetString(c["type"]) == type);
        var since = condition is not null && Json.GetString(condition["status"]) == status
            ? condition["lastTransitionTime"]?.DeepClone()
            : null;
        var made = new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["lastTransitionTime"] = since ?? now,
            ["reason"] = reason,
            ["message"] = message,
        };
        if (condition is null)
        {
            conditions.Add((JsonNode)made);
        }
        else
        {
            conditions[conditions.IndexOf(condition)] = made;
        }
    }
}
