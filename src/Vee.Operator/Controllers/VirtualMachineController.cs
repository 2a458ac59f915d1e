using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime.Controllers;
using Vee.Operator.Acting;

namespace Vee.Operator.Controllers;

/// <summary>Brings machines to what their spec asks for.</summary>
internal sealed class VirtualMachineController(MachineReconciliation reconciliation)
    : IEntityController<VirtualMachine>, IEntityFinalizer<VirtualMachine>
{
    public async Task<ReconcileResult> ReconcileAsync(VirtualMachine entity, CancellationToken cancellation) =>
        (await reconciliation.VisitAsync(entity, cancellation)).Result;

    /// <summary>Done only when no agent has anything of the machine any more.</summary>
    public async Task<ReconcileResult> FinalizeAsync(VirtualMachine entity, CancellationToken cancellation)
    {
        var (isFinalized, result) = await reconciliation.VisitAsync(entity, cancellation);
        return isFinalized ? ReconcileResult.Done
            : result.IsDone ? ReconcileResult.RequeueAfter(TimeSpan.FromSeconds(5)) : result;
    }
}
