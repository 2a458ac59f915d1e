using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions.Machines;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>From nothing to the record of an attempt in the machine's status.</summary>
internal static class Preparing
{
    /// <summary>
    /// How long what a migration names may be missing or not run yet: objects of one manifest come in any order.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    public static MigrationPlan Decide(MigrationInput input)
    {
        if (input.IsAbortWanted)
        {
            return Concluding.Aborted(input);
        }

        if (input.IsLate)
        {
            return Concluding.Late(input);
        }

        if (Impossible(input) is { } impossible)
        {
            return impossible;
        }

        if (input.Status.RetryAfter?.ToUniversalTime() is { } retry && retry > input.Now.UtcDateTime)
        {
            return Wait(input, Reasons.Retrying, $"tried again at {retry:HH:mm:ss} UTC; the last attempt: "
                + input.Status.Failure?.Message) with
            {
                RequeueAfter = MachineDecision.Positive(retry - input.Now.UtcDateTime),
            };
        }

        var choice = PolicyChoice.Of(input);
        if (choice.Settings is null)
        {
            return WaitOrFail(input, Reasons.PolicyNotFound, choice.Message!);
        }

        var machine = input.Machine!;
        var placement = Placement.Find(machine.Spec, input.Hosts, host => Lacks(input, host));
        if (placement.Host is not { } target)
        {
            return Wait(input, placement.Reason!, placement.Message!);
        }

        return Turn.WaitsFor(input) is { } turn
            ? Wait(input, Reasons.WaitsForTurn, turn) : Reserve(input, machine, target, choice);
    }

    /// <summary>What speaks against any move of the machine as it is.</summary>
    private static MigrationPlan? Impossible(MigrationInput input)
    {
        var name = input.Spec.VirtualMachineName;
        if (input.Machine is not { } machine)
        {
            return WaitOrFail(input, Reasons.MachineGone, $"there is no machine {name}");
        }

        if (machine.Metadata.DeletionTimestamp is not null)
        {
            return Concluding.Failed(input, Reasons.MachineGone, $"machine {name} is being deleted");
        }

        if (machine.Status?.Migration is { } other)
        {
            // It may have ended just now; what is known of it here is a moment old.
            return WaitOrFail(input, Reasons.AlreadyMigrating, $"machine {name} moves already ({other.Name})");
        }

        if (machine.Status is not { Agent: { } claim, HostName: { } host } status)
        {
            return WaitOrFail(input, Reasons.MachineNotRunning, $"machine {name} does not execute");
        }

        if (MigrationInput.Answering(input.Source, claim) is not { } agent)
        {
            return Wait(input, Reasons.AgentUnreachable, $"agent {claim.Name}, which has the machine, does not answer");
        }

        if (!agent.Machines.TryGetValue(machine.Metadata.Uid, out var held)
            || held.Phase is not (MachinePhase.Running or MachinePhase.Paused))
        {
            return WaitOrFail(input, Reasons.MachineNotRunning, $"machine {name} does not execute");
        }

        if (agent.Migrations.GetValueOrDefault((machine.Metadata.Uid, MigrationRole.Target))
            is { Stage: MigrationStage.Fetching } last && last.Instance == held.Instance)
        {
            // The record of a move back would take away what its last host has of its pages.
            return WaitOrFail(input, Reasons.PagesFollow, $"pages of machine {name} still follow from its last move");
        }

        if (input.Spec.Target?.HostName == host)
        {
            return Concluding.Failed(input, Reasons.AlreadyThere, $"machine {name} is on host {host}");
        }

        return input.StartSpec?.Hash() == status.StartedSpecHash
            ? null
            : Concluding.Failed(
                input, Reasons.SpecChanged,
                $"the spec or the program of machine {name} changed after its start, and it cannot be told what it was "
                + "made with: restart it, which also looks for a host anew");
    }

    private static IEnumerable<string> Lacks(MigrationInput input, HostCandidate host)
    {
        var source = input.Machine!.Status!.HostName!;
        if (host.Name == source)
        {
            yield return "is where the machine is";
        }
        else if (!input.LinkedHosts.Contains(host.Name))
        {
            yield return $"has no link from host {source}";
        }

        foreach (var lack in Placement.Lacks(input.Spec.Target, "target", host.Name, host.Labels))
        {
            yield return lack;
        }
    }

    private static MigrationPlan Reserve(
        MigrationInput input, VirtualMachine machine, HostCandidate target, PolicyChoice choice) =>
        new()
        {
            Status = MigrationDecision.Observed(input),
            Conditions = MigrationDecision.Underway(Reasons.Migrating, $"about to move to host {target.Name}"),
            Reservation = new MigrationRecord
            {
                Name = input.Migration.Metadata.Name,
                Number = input.NumberOf(input.Attempts + 1),
                HostName = target.Name,
                Agent = target.Agent!,
                Instance = MachineInput.NextInstanceOf(machine.Status!),
            },
            Notes =
            [
                new(false, Reasons.Migrating,
                    $"Moves from host {machine.Status!.HostName} to {target.Name} by {choice.Source}"),
            ],
        };

    /// <summary>What is not there yet may come with the rest of its manifest.</summary>
    private static MigrationPlan WaitOrFail(MigrationInput input, string reason, string message) =>
        input.Now - input.CreatedAt < Grace
            ? Wait(input, reason, message) : Concluding.Failed(input, reason, message);

    private static MigrationPlan Wait(MigrationInput input, string reason, string message) => new()
    {
        Status = MigrationDecision.Observed(input) with { Phase = MigrationPhases.Pending },
        Conditions = MigrationDecision.Underway(reason, message),
        RequeueAfter = LookAgain,
    };
}
