using k8s;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime.Status;
using Vee.Operator.Decisions;

namespace Vee.Operator.Acting;

/// <summary>Writes what statuses say of migrations.</summary>
internal sealed class MigrationStatuses(
    StatusWriter<VirtualMachineMigration> migrations, StatusWriter<VirtualMachine> machines, ConditionList conditions)
{
    /// <summary>Writes the status of a migration, and what conditions say anew.</summary>
    /// <remarks>The number of an attempt must not come back, so a status is never written on old news.</remarks>
    public Task<VirtualMachineMigration> WriteAsync(
        VirtualMachineMigration migration, VirtualMachineMigrationStatus status, IReadOnlyList<ConditionDraft> drafts,
        CancellationToken cancellation)
    {
        var desired = new VirtualMachineMigration
        {
            Metadata = migration.Metadata,
            Spec = migration.Spec,
            Status = status with
            {
                Conditions = conditions.Merge(migration.Status?.Conditions, drafts, migration.Metadata.Generation),
            },
        };
        var isSame = migration.Status is not null
            && KubernetesJson.Serialize(migration.Status) == KubernetesJson.Serialize(desired.Status);
        return migrations.WriteAsync(migration, desired, isGuarded: !isSame, cancellation);
    }

    /// <summary>Writes the record of an attempt to the machine, if that is still as it was read.</summary>
    public Task<VirtualMachine> ReserveAsync(
        VirtualMachine machine, MigrationRecord record, CancellationToken cancellation) =>
        machines.WriteAsync(
            machine,
            new VirtualMachine
            {
                Metadata = machine.Metadata,
                Spec = machine.Spec,
                Status = machine.Status! with { Migration = record, InstanceMax = record.Instance },
            },
            isGuarded: true, cancellation);
}
