using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Informers;

/// <summary>Keeps a store equal to the server's objects of one type and scope, and tells of changes.</summary>
public interface IInformer<T>
    where T : class
{
    /// <summary>What is watched.</summary>
    ResourceScope Scope { get; }

    /// <summary>The objects as last heard of.</summary>
    IStore<T> Store { get; }

    /// <summary>The first list is in the store, and handlers were told of it.</summary>
    bool HasSynced { get; }

    /// <summary>Completes when <see cref="HasSynced"/>.</summary>
    Task WaitForSyncAsync(CancellationToken cancellation);

    /// <summary>Makes <see cref="IStore{T}.ByIndex"/> answer for a name.</summary>
    /// <param name="name">The index.</param>
    /// <param name="values">Pure and cheap; the values under which an object is found, at most 1000.</param>
    /// <exception cref="InvalidOperationException">The informer has started, or has that index.</exception>
    void AddIndexer(string name, Func<T, IEnumerable<string>> values);

    /// <summary>Tells a handler of every change, in order, from one thread.</summary>
    /// <param name="handler">Quick: it holds up the watch. What it throws is counted and logged.</param>
    /// <returns>Ends the telling when disposed.</returns>
    /// <remarks>A handler that comes late is first told <c>Added</c> for everything there.</remarks>
    IDisposable AddHandler(Action<InformerEvent<T>> handler);

    /// <summary>The store is not older than what this process last wrote to the object or to those it
    /// controls.</summary>
    /// <param name="key">An object of this type.</param>
    bool IsFresh(ObjectKey key);

    /// <summary>The store is not older than what this process wrote to objects controlled by an owner.</summary>
    /// <param name="ownerUid">The uid in their controller owner reference.</param>
    bool IsFreshFor(string ownerUid);
}
