using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Informers;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>Predicates: which changes of an object are worth a visit. Additions, deletions and resyncs always are.</summary>
public static class Changes
{
    /// <summary>Any change, status included. For children, whose status the parent reports.</summary>
    public static bool Any<T>(InformerEvent<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    /// <summary>Generation, labels, annotations, finalizers, owners or deletion: everything but status.</summary>
    /// <remarks>Generation alone would miss label-selected policies and deletions.</remarks>
    public static bool Intent<T>(InformerEvent<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();
}
