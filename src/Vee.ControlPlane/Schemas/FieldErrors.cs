using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Several field errors as a Status shows them.</summary>
internal static class FieldErrors
{
    /// <summary>What follows <c>is invalid: </c>: the one error, or all in brackets, each text once.</summary>
    internal static string Aggregate(IReadOnlyList<FieldError> errors)
    {
        var texts = errors.Select(e => e.ToString()).Distinct(StringComparer.Ordinal).ToList();
        return texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
    }

    /// <summary>The <c>details.causes</c> of a Status, in order.</summary>
    internal static JsonArray Causes(IEnumerable<FieldError> errors)
    {
        var causes = new JsonArray();
        foreach (var error in errors)
        {
            causes.Add((JsonNode)error.ToCause());
        }

        return causes;
    }
}
