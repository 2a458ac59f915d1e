using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Queues;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>Turns the changes of one store into keys to visit.</summary>
internal interface IEventSource
{
    /// <summary>The informer behind the store.</summary>
    IRunningInformer Informer { get; }

    /// <summary>Shows everything there is, then every change that is worth a visit.</summary>
    IDisposable Start(WorkQueue queue);
}

/// <summary>Turns the changes of one store into keys to visit.</summary>
/// <param name="informer">The store's informer.</param>
/// <param name="when">Which updates are worth a visit.</param>
/// <param name="map">Which keys an object stands for.</param>
internal sealed class EventSource<T>(
    SharedInformer<T> informer, Func<InformerEvent<T>, bool> when, Func<T, IEnumerable<ObjectKey>> map) : IEventSource
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    public IRunningInformer Informer => informer;

    public IDisposable Start(WorkQueue queue) => informer.AddHandler(change =>
    {
        if (change.Kind == InformerEventKind.Updated && !change.IsResync && !when(change))
        {
            return;
        }

        // Before and after: an object that changed sides is news to both.
        foreach (var key in Keys(change.Old).Concat(Keys(change.New)).Distinct())
        {
            queue.Add(key);
        }
    });

    private IEnumerable<ObjectKey> Keys(T? entity) => entity is null ? [] : map(entity);
}
