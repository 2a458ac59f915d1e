using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime.Controllers;
using Vee.Operator.Acting;

namespace Vee.Operator.Controllers;

/// <summary>Has machines moved that are not to stay where they are.</summary>
internal sealed class RelocationController(RelocationReconciliation reconciliation) : IEntityController<VirtualMachine>
{
    public Task<ReconcileResult> ReconcileAsync(VirtualMachine entity, CancellationToken cancellation) =>
        reconciliation.VisitAsync(entity, cancellation);
}
