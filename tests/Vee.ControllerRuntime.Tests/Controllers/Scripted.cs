using System.Collections.Concurrent;
using Vee.ControllerRuntime.Controllers;

namespace Vee.ControllerRuntime.Tests.Controllers;

/// <summary>A controller, finalizer and observer of deletions in one, each a function of the test.</summary>
internal sealed class ScriptedController : IEntityController<Widget>, IEntityFinalizer<Widget>, IDeletedObserver
{
    internal Func<Widget, CancellationToken, Task<ReconcileResult>> OnReconcile { get; set; } =
        (_, _) => Task.FromResult(ReconcileResult.Done);

    internal Func<Widget, CancellationToken, Task<ReconcileResult>> OnFinalize { get; set; } =
        (_, _) => Task.FromResult(ReconcileResult.Done);

    /// <summary>Every visit: the verb, the name and the generation.</summary>
    internal ConcurrentQueue<string> Visits { get; } = new();

    public Task<ReconcileResult> ReconcileAsync(Widget entity, CancellationToken cancellation)
    {
        Visits.Enqueue($"reconcile {entity.Metadata.Name} {entity.Metadata.Generation}");
        return OnReconcile(entity, cancellation);
    }

    public Task<ReconcileResult> FinalizeAsync(Widget entity, CancellationToken cancellation)
    {
        Visits.Enqueue($"finalize {entity.Metadata.Name}");
        return OnFinalize(entity, cancellation);
    }

    public Task<ReconcileResult> DeletedAsync(ObjectKey key, CancellationToken cancellation)
    {
        Visits.Enqueue($"deleted {key.Name}");
        return Task.FromResult(ReconcileResult.Done);
    }

    internal int CountOf(string visit) => Visits.Count(v => v == visit);
}
