using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Informers;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>Predicates: which changes of an object are worth a visit. Additions, deletions and resyncs always
/// are.</summary>
public static class Changes
{
    /// <summary>Any change, status included. For children, whose status the parent reports.</summary>
    public static bool Any<T>(InformerEvent<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta> => change.Kind != InformerEventKind.None;

    /// <summary>Generation, labels, annotations, finalizers, owners or deletion: everything but status.</summary>
    /// <remarks>
    /// Generation alone would miss label-selected policies and deletions. Kinds whose server counts no generations
    /// (ConfigMaps, Secrets) differ in their resource version: for them every change counts.
    /// </remarks>
    public static bool Intent<T>(InformerEvent<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (change.Kind != InformerEventKind.Updated || change.IsResync)
        {
            return true;
        }

        var (old, now) = (change.Old!.Metadata, change.New!.Metadata);
        return now.Generation is null
            ? old.ResourceVersion != now.ResourceVersion
            : old.Generation != now.Generation
                || old.DeletionTimestamp != now.DeletionTimestamp
                || !SameEntries(old.Labels, now.Labels)
                || !SameEntries(old.Annotations, now.Annotations)
                || !(old.Finalizers ?? []).SequenceEqual(now.Finalizers ?? [], StringComparer.Ordinal)
                || !OwnersOf(old).SequenceEqual(OwnersOf(now));
    }

    private static IEnumerable<(string, bool?)> OwnersOf(V1ObjectMeta metadata) =>
        (metadata.OwnerReferences ?? []).Select(o => (o.Uid, o.Controller));

    private static bool SameEntries(IDictionary<string, string>? left, IDictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0)
        && (left ?? new Dictionary<string, string>(StringComparer.Ordinal)).All(
            e => right!.TryGetValue(e.Key, out var value) && value == e.Value);
}
