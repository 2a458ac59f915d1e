using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Controllers;
using Vee.Operator.Decisions.Migrations;
using Vee.Operator.Gathering;

namespace Vee.Operator.Acting;

/// <summary>Makes migrations of machines that are not to stay where they are, and removes old ones.</summary>
internal sealed class RelocationReconciliation(
    MigrationStores stores, ResourceClient<VirtualMachineMigration> migrations, TimeProvider time)
{
    /// <summary>One visit.</summary>
    public async Task<ReconcileResult> VisitAsync(VirtualMachine machine, CancellationToken cancellation)
    {
        var plan = RelocationDecision.Decide(new RelocationInput
        {
            Machine = machine,
            Host = machine.Status?.HostName is { } host ? stores.Hosts.Get(new ObjectKey("", host)) : null,
            Migrations = [.. stores.Migrations.List().Where(m => IsOf(m, machine))],
            Now = time.GetUtcNow(),
        });
        foreach (var old in plan.Delete)
        {
            await migrations.DeleteAsync(
                old.Metadata.Key, new DeleteOptions { Uid = old.Metadata.Uid }, cancellation);
        }

        if (plan.Cause is { } cause)
        {
            await migrations.CreateAsync(RelocationDecision.Make(machine, cause), cancellation);
        }

        return plan.RequeueAfter is { } after ? ReconcileResult.RequeueAfter(after) : ReconcileResult.Done;
    }

    private static bool IsOf(VirtualMachineMigration migration, VirtualMachine machine) =>
        migration.Spec.VirtualMachineName == machine.Metadata.Name
        && migration.Metadata.NamespaceProperty == machine.Metadata.NamespaceProperty;
}
