namespace Vee.ControllerRuntime.Controllers;

/// <summary>Brings the world closer to what one object says.</summary>
/// <remarks>
/// Level-based: it is told which object, never what happened. Idempotent: it may be called again at any moment, after
/// any of its steps. What it throws is counted, logged and retried with growing waits.
/// </remarks>
public interface IEntityController<in TEntity>
    where TEntity : class
{
    /// <summary>One visit.</summary>
    /// <param name="entity">A copy of its own, never one that is being deleted, at least as new as what this process
    /// last wrote to it. Its finalizers are persisted.</param>
    /// <param name="cancellation">Cancelled when the visit takes too long, and when leadership is lost.</param>
    Task<ReconcileResult> ReconcileAsync(TEntity entity, CancellationToken cancellation);
}

/// <summary>Undoes what a controller did outside the object, before the object goes.</summary>
/// <remarks>Idempotent, and content with things that are gone already.</remarks>
public interface IEntityFinalizer<in TEntity>
    where TEntity : class
{
    /// <summary>One attempt. The object goes after <see cref="ReconcileResult.Done"/> and not before.</summary>
    /// <param name="entity">A copy of its own, with a deletion timestamp.</param>
    /// <param name="cancellation">Cancelled when the attempt takes too long, and when leadership is lost.</param>
    Task<ReconcileResult> FinalizeAsync(TEntity entity, CancellationToken cancellation);
}

/// <summary>For controllers that also want to hear of objects that are gone.</summary>
public interface IDeletedObserver
{
    /// <summary>The store has no object of this key. May be called again, and for objects never seen.</summary>
    Task<ReconcileResult> DeletedAsync(ObjectKey key, CancellationToken cancellation);
}

/// <summary>The seam beneath entities: one visit of a key, whatever the key means.</summary>
public interface IKeyReconciler
{
    /// <summary>One visit. Never two at once for one key.</summary>
    Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation);
}
