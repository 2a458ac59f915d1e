using System.Collections.ObjectModel;
using k8s.Models;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>Everything that it rests on whether a machine is to be moved without being told to.</summary>
internal sealed record RelocationInput
{
    public required VirtualMachine Machine { get; init; }

    /// <summary>The host that it is on; null when it is on none.</summary>
    public required SimulatedHost? Host { get; init; }

    /// <summary>Every migration of the machine.</summary>
    public required IReadOnlyList<VirtualMachineMigration> Migrations { get; init; }

    public required DateTimeOffset Now { get; init; }
}

/// <summary>What is to be done.</summary>
/// <param name="Cause">Why a migration is to be made; null for none.</param>
/// <param name="Delete">Those of the operator's own that are to go.</param>
/// <param name="RequeueAfter">When to look again although nothing happens.</param>
internal sealed record RelocationPlan(
    string? Cause, IReadOnlyList<VirtualMachineMigration> Delete, TimeSpan? RequeueAfter);

/// <summary>Decides whether the operator moves a machine by itself.</summary>
/// <remarks>Pure: the same input gives the same plan.</remarks>
internal static class RelocationDecision
{
    /// <summary>Finished migrations of a machine that are kept of those that the operator made.</summary>
    public const int HistoryMax = 5;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    public static RelocationPlan Decide(RelocationInput input)
    {
        var own = input.Migrations.Where(IsOwn).ToList();
        var old = own.Where(m => MigrationPhases.IsFinal(m.Status?.Phase))
            .OrderByDescending(CreatedAt).ThenBy(m => m.Metadata.Name, StringComparer.Ordinal).ToList();
        var delete = old.Skip(HistoryMax).Where(IsThere).ToList();
        if (input.Machine.Status?.Migration is not null)
        {
            // One is under way, though its own status may not say so yet.
            return new RelocationPlan(null, delete, null);
        }

        var cause = CauseOf(input);
        if (cause is null)
        {
            delete.AddRange(own.Where(m => m.Status?.Phase is null or MigrationPhases.Pending).Where(IsThere));
            return new RelocationPlan(null, delete, null);
        }

        if (input.Migrations.Any(m => !MigrationPhases.IsFinal(m.Status?.Phase)))
        {
            return new RelocationPlan(null, delete, null);
        }

        var due = NotBefore(old);
        return due > input.Now
            ? new RelocationPlan(null, delete, MachineDecision.Positive(due.Value - input.Now))
            : new RelocationPlan(cause, delete, null);
    }

    /// <summary>The object that is made.</summary>
    public static VirtualMachineMigration Make(VirtualMachine machine, string cause) => new()
    {
        Metadata = new V1ObjectMeta
        {
            GenerateName = $"{machine.Metadata.Name[..Math.Min(machine.Metadata.Name.Length, 50)]}-",
            NamespaceProperty = machine.Metadata.NamespaceProperty,
            Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [Labels.MigrationCause] = cause },
            OwnerReferences =
            [
                new V1OwnerReference
                {
                    ApiVersion = ApiGroup.NameAndVersion,
                    Kind = VirtualMachine.KindName,
                    Name = machine.Metadata.Name,
                    Uid = machine.Metadata.Uid,
                    Controller = true,
                },
            ],
        },
        Spec = new VirtualMachineMigrationSpec { VirtualMachineName = machine.Metadata.Name },
    };

    /// <summary>Why a machine that executes is not to stay where it is.</summary>
    private static string? CauseOf(RelocationInput input)
    {
        if (input.Machine is not { Metadata.DeletionTimestamp: null, Status.Agent: not null } machine
            || input.Host is not { } host
            || (machine.Spec.RunStrategy ?? RunStrategies.Always) == RunStrategies.Halted
            || machine.Status.Conditions?.Any(IsAlive) != true)
        {
            return null;
        }

        var labels = host.Metadata.Labels?.AsReadOnly()
            ?? ReadOnlyDictionary<string, string>.Empty;
        return Placement.Lacks(machine.Spec.Placement, "placement", host.Metadata.Name, labels).Any()
            ? Labels.CausePlacement
            : host.Spec.Unschedulable == true ? Labels.CauseEvacuation : null;
    }

    private static bool IsAlive(V1Condition condition) =>
        condition.Type is ConditionTypes.Running or ConditionTypes.Paused && condition.Status == ConditionDraft.True;

    /// <summary>When the next one may be made: the more of the last ones failed, the later.</summary>
    private static DateTimeOffset? NotBefore(List<VirtualMachineMigration> newestFirst)
    {
        var failures = newestFirst.TakeWhile(m => m.Status!.Phase != MigrationPhases.Succeeded).Count();
        if (failures == 0 || newestFirst[0].Status!.CompletionTime is not { } end)
        {
            return null;
        }

        var wait = FirstWait * Math.Pow(2, Math.Min(failures - 1, 10));
        return new DateTimeOffset(end.ToUniversalTime()) + (wait < LongestWait ? wait : LongestWait);
    }

    private static bool IsOwn(VirtualMachineMigration migration) =>
        migration.Metadata.Labels?.ContainsKey(Labels.MigrationCause) == true;

    private static bool IsThere(VirtualMachineMigration migration) => migration.Metadata.DeletionTimestamp is null;

    private static DateTime CreatedAt(VirtualMachineMigration migration) =>
        migration.Metadata.CreationTimestamp?.ToUniversalTime() ?? DateTime.MaxValue;
}
