using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>Conflicts of an apply in the words of Kubernetes.</summary>
/// <remarks>Source: apimachinery, <c>managedfields/internal/conflict.go</c>.</remarks>
internal static class ApplyConflict
{
    internal static PatchFailure ToFailure(IReadOnlyList<Conflict> conflicts)
    {
        var causes = conflicts.Select(c => new JsonObject
        {
            ["reason"] = "FieldManagerConflict",
            ["message"] = $"conflict with {c.Manager}",
            ["field"] = string.Concat(c.Path),
        });
        return new(409, "Conflict", Message(conflicts), [.. causes]);
    }

    private static string Message(IReadOnlyList<Conflict> conflicts)
    {
        if (conflicts.Count == 1)
        {
            var only = conflicts[0];
            return $"Apply failed with 1 conflict: conflict with {only.Manager}: {string.Concat(only.Path)}";
        }

        var lines = conflicts.GroupBy(c => c.Manager).OrderBy(g => g.Key.SortKey, StringComparer.Ordinal).SelectMany(
            g => g.Select(c => $"- {string.Concat(c.Path)}").Prepend($"conflicts with {g.Key}:"));
        return $"Apply failed with {conflicts.Count} conflicts: {string.Join('\n', lines)}";
    }
}
