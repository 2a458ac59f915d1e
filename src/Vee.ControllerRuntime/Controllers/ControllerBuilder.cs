using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Informers;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>Says what a controller watches and how it works. Made by <c>ControllerHost.AddController</c>.</summary>
public sealed class ControllerBuilder<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Which objects, and which of their changes.</summary>
    /// <param name="scope">Everything when null.</param>
    /// <param name="when"><see cref="Changes.Intent{T}"/> when null.</param>
    public ControllerBuilder<TEntity> For(
        ResourceScope? scope = null, Func<InformerEvent<TEntity>, bool>? when = null) =>
        throw new NotSupportedException();

    /// <summary>A change of a child visits the object that its controller owner reference names.</summary>
    /// <param name="scope">Everything when null.</param>
    /// <param name="when"><see cref="Changes.Any{T}"/> when null.</param>
    public ControllerBuilder<TEntity> Owns<TChild>(
        ResourceScope? scope = null, Func<InformerEvent<TChild>, bool>? when = null)
        where TChild : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    /// <summary>A change of another object visits the keys that it maps to.</summary>
    /// <param name="map">Pure and quick; asked for the object before and after, so that no one is left behind.</param>
    /// <param name="scope">Everything when null.</param>
    /// <param name="when"><see cref="Changes.Intent{T}"/> when null.</param>
    public ControllerBuilder<TEntity> Watches<T>(
        Func<T, IEnumerable<ObjectKey>> map,
        ResourceScope? scope = null,
        Func<InformerEvent<T>, bool>? when = null)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    /// <summary>Keys from outside Kubernetes, such as what an agent reported.</summary>
    /// <param name="source">Read until the host stops.</param>
    public ControllerBuilder<TEntity> WatchesKeys(Func<CancellationToken, IAsyncEnumerable<ObjectKey>> source) =>
        throw new NotSupportedException();

    /// <summary>How many keys are visited at once, 1..64.</summary>
    /// <value>1</value>
    public ControllerBuilder<TEntity> MaxConcurrentReconciles(int count) => throw new NotSupportedException();

    /// <summary>The longest visit; then its token is cancelled and the key retried.</summary>
    /// <value>1 minute</value>
    public ControllerBuilder<TEntity> ReconcileTimeout(TimeSpan timeout) => throw new NotSupportedException();

    /// <summary>Holds deletion until the finalizer is done. Persisted before the first visit of the controller.</summary>
    /// <param name="name">A domain and a name, such as <c>example.com/cleanup</c>.</param>
    /// <param name="finalizer">Undoes what the controller did.</param>
    public ControllerBuilder<TEntity> Finalizer(string name, IEntityFinalizer<TEntity> finalizer) =>
        throw new NotSupportedException();

    /// <summary>The controller; the last thing said. One that is an <see cref="IDeletedObserver"/> hears of objects
    /// that are gone.</summary>
    public void Reconcile(IEntityController<TEntity> controller) => throw new NotSupportedException();

    /// <summary>A reconciler of keys instead: it reads stores itself; finalizers are its own affair.</summary>
    public void ReconcileKeys(IKeyReconciler reconciler) => throw new NotSupportedException();
}
