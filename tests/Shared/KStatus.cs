using System.Text.Json.Nodes;

namespace Vee.Tests.Shared;

/// <summary>What Flux, Argo CD with it, kpt and others take an object of a custom kind to be.</summary>
/// <remarks>
/// Source of the rules: kubernetes-sigs/cli-utils, pkg/kstatus. In their order: deletion, generation, the first of
/// Reconciling and Stalled that is true, Ready; an object without any of them is current.
/// </remarks>
internal static class KStatus
{
    public const string Current = "Current";
    public const string InProgress = "InProgress";
    public const string Failed = "Failed";
    public const string Terminating = "Terminating";

    /// <summary>Judges an object as it comes from the API server.</summary>
    public static string Of(JsonNode value)
    {
        if (value["metadata"]!["deletionTimestamp"] is not null)
        {
            return Terminating;
        }

        var status = value["status"];
        if (status?["observedGeneration"] is { } observed
            && $"{observed}" != $"{value["metadata"]!["generation"]}")
        {
            return InProgress;
        }

        var conditions = (status?["conditions"] as JsonArray ?? [])
            .Select(c => ((string?)c!["type"], (string?)c["status"])).ToList();
        foreach (var condition in conditions)
        {
            switch (condition)
            {
                case ("Reconciling", "True"):
                    return InProgress;
                case ("Stalled", "True"):
                    return Failed;
                default:
                    break;
            }
        }

        return conditions.Any(c => c is ("Ready", not "True")) ? InProgress : Current;
    }
}
