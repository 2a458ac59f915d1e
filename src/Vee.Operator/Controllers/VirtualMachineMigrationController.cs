using Vee.Api.Migrations;
using Vee.ControllerRuntime.Controllers;
using Vee.Operator.Acting;

namespace Vee.Operator.Controllers;

/// <summary>Moves machines as migrations ask.</summary>
internal sealed class VirtualMachineMigrationController(MigrationReconciliation reconciliation)
    : IEntityController<VirtualMachineMigration>
{
    /// <summary>One that is being deleted is given up by whoever decides about its machine.</summary>
    public Task<ReconcileResult> ReconcileAsync(
        VirtualMachineMigration entity, CancellationToken cancellation) =>
        reconciliation.VisitAsync(entity, cancellation);
}
