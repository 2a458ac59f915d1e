using Vee.Api.SimulatedHosts;
using Vee.ControllerRuntime.Controllers;
using Vee.Operator.Acting;

namespace Vee.Operator.Controllers;

/// <summary>Brings hosts to agents.</summary>
internal sealed class SimulatedHostController(HostReconciliation reconciliation)
    : IEntityController<SimulatedHost>, IEntityFinalizer<SimulatedHost>
{
    public async Task<ReconcileResult> ReconcileAsync(SimulatedHost entity, CancellationToken cancellation) =>
        (await reconciliation.VisitAsync(entity, cancellation)).Result;

    /// <summary>Done only when no agent has the host any more.</summary>
    public async Task<ReconcileResult> FinalizeAsync(SimulatedHost entity, CancellationToken cancellation)
    {
        var (isFinalized, result) = await reconciliation.VisitAsync(entity, cancellation);
        return isFinalized ? ReconcileResult.Done
            : result.IsDone ? ReconcileResult.RequeueAfter(TimeSpan.FromSeconds(5)) : result;
    }
}
