using Vee.Api.Migrations;
using Vee.ControllerRuntime.Controllers;
using Vee.Operator.Acting;

namespace Vee.Operator.Controllers;

/// <summary>Says which machines policies select, and which of them are in each other's way.</summary>
internal sealed class MigrationPolicyController(PolicyReconciliation reconciliation)
    : IEntityController<MigrationPolicy>
{
    public async Task<ReconcileResult> ReconcileAsync(MigrationPolicy entity, CancellationToken cancellation)
    {
        await reconciliation.VisitAsync(entity, cancellation);
        return ReconcileResult.Done;
    }
}
