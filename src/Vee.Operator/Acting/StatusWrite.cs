using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Vee.Api;
using Vee.ControllerRuntime.Clients;
using Vee.Operator.Decisions;

namespace Vee.Operator.Acting;

/// <summary>Writes statuses: by server-side apply, and only when something changed.</summary>
internal static class StatusWrite
{
    /// <summary>The one writer of the whole status of our kinds.</summary>
    public const string FieldManager = "vee-operator";

    /// <summary>Makes the status of an object what it should be.</summary>
    /// <param name="client">The kind's client.</param>
    /// <param name="current">The object as last read or written.</param>
    /// <param name="desired">The same object with the status that it should have.</param>
    /// <param name="isGuarded">Whether it is written only if nobody has changed the object since it was read.</param>
    /// <param name="cancellation">Stops waiting; the server may still carry it out.</param>
    /// <returns>The object as it is afterwards.</returns>
    /// <exception cref="KubernetesApiException">409: somebody has; read again.</exception>
    public static async Task<T> ApplyAsync<T>(
        ResourceClient<T> client, T current, T desired, bool isGuarded, CancellationToken cancellation)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (!isGuarded && JsonNode.DeepEquals(StatusOf(current), StatusOf(desired)))
        {
            return current;
        }

        var options = new ApplyOptions
        {
            FieldManager = FieldManager,
            ResourceVersion = isGuarded ? current.Metadata.ResourceVersion : null,
        };
        return await client.ApplyStatusAsync(desired, options, cancellation);
    }

    /// <summary>The conditions as they are to be: times only move where a status changed.</summary>
    /// <param name="before">What the object says; kept where nothing new is said.</param>
    /// <param name="drafts">What is to be said.</param>
    /// <param name="generation">The generation that was looked at.</param>
    /// <param name="now">Stamps what changes.</param>
    public static IReadOnlyList<V1Condition> Merge(
        IReadOnlyList<V1Condition>? before, IEnumerable<ConditionDraft> drafts, long? generation, DateTimeOffset now)
    {
        var said = drafts.ToDictionary(d => d.Type);
        var kept = (before ?? []).Where(c => !said.ContainsKey(c.Type));
        return
        [
            .. kept.Concat(said.Values.Select(draft =>
            {
                var old = before?.FirstOrDefault(c => c.Type == draft.Type);
                return new V1Condition
                {
                    Type = draft.Type,
                    Status = draft.Status,
                    Reason = draft.Reason,
                    Message = StatusText.Cut(draft.Message, StatusText.ConditionMessageLength),
                    ObservedGeneration = generation,
                    LastTransitionTime = old?.Status == draft.Status
                        ? old.LastTransitionTime : WallTime.WholeSecond(now),
                };
            })).OrderBy(c => c.Type, StringComparer.Ordinal),
        ];
    }

    private static JsonNode? StatusOf<T>(T entity) =>
        JsonSerializer.SerializeToNode(KubernetesJson.Deserialize<JsonElement>(KubernetesJson.Serialize(entity)))!
            ["status"];
}
