using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Informers;
using Vee.Api.SimulatedHosts;
using Vee.Operator.Agents;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Decisions.Migrations;
using Vee.Operator.Images;
using Vee.Operator.Mapping;
using Vee.Protocol;
using MigrationRole = Vee.Operator.Decisions.Migrations.MigrationRole;

namespace Vee.Operator.Acting;

/// <summary>What came of a step.</summary>
/// <param name="IsDone">Whether the agent did it. If not, and it did not refuse, it could not be asked.</param>
/// <param name="Refusal">Why it refused.</param>
internal readonly record struct StepOutcome(bool IsDone, AgentRefusal? Refusal);

/// <summary>Carries out steps on the agent that a machine's status claims.</summary>
internal sealed class MachineActions(AgentDirectory agents, IStore<SimulatedHost> hosts, ImageResolver images)
{
    /// <summary>Asks the agent; a step that was carried out before changes nothing.</summary>
    /// <exception cref="Grpc.Core.RpcException">The agent did not answer in time: nobody knows what it did.</exception>
    public async Task<StepOutcome> PerformAsync(
        VirtualMachine machine, MachineStep step, CancellationToken cancellation)
    {
        var isAtTarget = step is MachineStep.CancelAtTarget or MachineStep.SettleAtTarget or MachineStep.DeleteAtTarget;
        var claim = isAtTarget ? machine.Status!.Migration!.Agent : machine.Status!.Agent!;
        if (agents.ClientOf(claim.Name, claim.Incarnation) is not { } client)
        {
            return new StepOutcome(false, null);
        }

        var uid = machine.Metadata.Uid;
        return step switch
        {
            MachineStep.Create create => await CreateAsync(machine, create, client, cancellation),
            MachineStep.Start start => Seen(claim, await client.StartAsync(uid, start.Instance, cancellation)),
            MachineStep.Pause pause => Seen(claim, await client.PauseAsync(uid, pause.Instance, cancellation)),
            MachineStep.Resume resume => Seen(claim, await client.ResumeAsync(uid, resume.Instance, cancellation)),
            MachineStep.Stop stop => Seen(
                claim, await client.StopAsync(uid, stop.Instance, stop.GracePeriod, cancellation)),
            MachineStep.Delete delete => Deleted(
                claim, uid, delete.Instance, await client.DeleteAsync(uid, delete.Instance, cancellation)),
            MachineStep.CancelAtSource cancel => Seen(
                claim, uid, MigrationRole.Source,
                await client.CancelMigrationAsync(uid, cancel.Number, cancellation)),
            MachineStep.CancelAtTarget cancel => Seen(
                claim, uid, MigrationRole.Target,
                await client.CancelMigrationAsync(uid, cancel.Number, cancellation)),
            MachineStep.SettleAtTarget settle => Seen(
                claim, uid, MigrationRole.Target,
                await client.SettleMigrationAsync(uid, settle.Number, cancellation)),
            MachineStep.SettleAtSource settle => Seen(
                claim, uid, MigrationRole.Source,
                await client.SettleSourceAsync(uid, settle.Number, settle.WhyGivenUp, cancellation)),
            MachineStep.DeleteAtTarget delete => Deleted(
                claim, uid, delete.Instance, await client.DeleteAsync(uid, delete.Instance, cancellation)),
            _ => throw new ArgumentException($"{step} is no step", nameof(step)),
        };
    }

    /// <summary>Takes away what agents hold of a machine beside the instance that its status claims.</summary>
    /// <param name="machine">As last read or written.</param>
    /// <param name="isOpen">Whether a migration of that number has yet to be told of to the end.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="Grpc.Core.RpcException">An agent did not answer in time.</exception>
    public async Task RemoveSupersededAsync(
        VirtualMachine machine, Func<long, bool> isOpen, CancellationToken cancellation)
    {
        foreach (var old in Superseded.Of(machine, agents.Views, isOpen))
        {
            if (agents.ClientOf(old.Agent, old.Incarnation) is { } client)
            {
                var uid = machine.Metadata.Uid;
                var answer = await client.DeleteAsync(uid, old.Instance, cancellation);
                Deleted(
                    new AgentReference { Name = old.Agent, Incarnation = old.Incarnation }, uid, old.Instance, answer);
                agents.Observe(old.Agent, old.Incarnation, v => v.WithoutMigration(uid, MigrationRole.Source));
            }
        }
    }

    private async Task<StepOutcome> CreateAsync(
        VirtualMachine machine, MachineStep.Create step, AgentClient client, CancellationToken cancellation)
    {
        if (hosts.Get(new ObjectKey("", step.HostName)) is not { } host)
        {
            return new StepOutcome(
                false, new AgentRefusal(AgentRefusalKind.UnknownHost, $"host {step.HostName} is gone"));
        }

        var found = await client.FindImageAsync(step.Spec.ImageDigest, cancellation);
        if (found.Value is { Found: false })
        {
            if (images.BytesOf(machine, step.Spec.ImageDigest) is not { } program)
            {
                return new StepOutcome(false, null);
            }

            found = await client.UploadImageAsync(program.Digest, program.Bytes, cancellation);
        }

        return found.Refusal is { } refusal
            ? new StepOutcome(false, refusal)
            : Seen(machine.Status!.Agent!, await client.CreateMachineAsync(
                MachineMapping.ToRequest(machine, step.Spec, step.Instance, host.Metadata.Uid), cancellation));
    }

    /// <summary>What an agent says that knows nothing of a migration is news, too.</summary>
    private StepOutcome Seen(
        AgentReference claim, string uid, MigrationRole role, AgentAnswer<MigrationView> answer)
    {
        if (answer.Value is { } migration)
        {
            agents.Observe(claim.Name, claim.Incarnation, v => v.With(migration));
        }
        else if (answer.Refusal?.Kind == AgentRefusalKind.UnknownMigration)
        {
            agents.Observe(claim.Name, claim.Incarnation, v => v.WithoutMigration(uid, role));
        }

        return new StepOutcome(answer.Value is not null, answer.Refusal);
    }

    private StepOutcome Seen(AgentReference claim, AgentAnswer<MachineView> answer)
    {
        if (answer.Value is { } machine)
        {
            agents.Observe(claim.Name, claim.Incarnation, v => v.With(machine));
        }

        return new StepOutcome(answer.Value is not null, answer.Refusal);
    }

    private StepOutcome Deleted(
        AgentReference claim, string uid, long instance, AgentAnswer<DeleteMachineResponse> answer)
    {
        if (answer.Value is not null)
        {
            agents.Observe(claim.Name, claim.Incarnation, v => v.WithoutMachine(uid, instance));
        }

        return new StepOutcome(answer.Value is not null, answer.Refusal);
    }
}
