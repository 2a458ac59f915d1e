using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Informers;
using Vee.Api.SimulatedHosts;
using Vee.Operator.Agents;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Images;
using Vee.Operator.Mapping;
using Vee.Protocol;

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
        var claim = machine.Status!.Agent!;
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
                claim, uid, await client.DeleteAsync(uid, delete.Instance, cancellation)),
            _ => throw new ArgumentException($"{step} is no step", nameof(step)),
        };
    }

    /// <summary>Takes away what agents hold of a machine beside the instance that its status claims.</summary>
    /// <exception cref="Grpc.Core.RpcException">An agent did not answer in time.</exception>
    public async Task RemoveSupersededAsync(VirtualMachine machine, CancellationToken cancellation)
    {
        foreach (var old in Superseded.Of(machine, agents.Views))
        {
            if (agents.ClientOf(old.Agent, old.Incarnation) is { } client)
            {
                var uid = machine.Metadata.Uid;
                var answer = await client.DeleteAsync(uid, old.Instance, cancellation);
                Deleted(new AgentReference { Name = old.Agent, Incarnation = old.Incarnation }, uid, answer);
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
                RequestOf(machine, step, host.Metadata.Uid), cancellation));
    }

    private static CreateMachineRequest RequestOf(VirtualMachine machine, MachineStep.Create step, string hostUid)
    {
        var spec = step.Spec;
        return new CreateMachineRequest
        {
            Uid = machine.Metadata.Uid,
            Instance = step.Instance,
            Namespace = machine.Metadata.NamespaceProperty,
            Name = machine.Metadata.Name,
            HostUid = hostUid,
            Type = AgentMapping.ToProtocol(spec.MachineType),
            ImageDigest = spec.ImageDigest,
            ProgramName = spec.ProgramName,
            VcpuCount = spec.VcpuCount,
            MemoryBytes = spec.MemoryBytes,
            Arguments = { spec.Arguments },
            Environment = { spec.Environment },
            Seed = (ulong)spec.Seed,
            Ports =
            {
                spec.Ports.Select(p => new PublishedPort
                {
                    Name = p.Name,
                    Port = p.Port,
                    AgentPort = p.AgentPort ?? 0,
                }),
            },
            ConsoleLogBytes = spec.ConsoleLogBytes,
            SpecHash = spec.Hash(),
            NetworkAddress = Addressing.Number(machine.Status!.Network!.Address!),
            Weight = spec.Weight ?? 0,
            CapPercent = spec.CapPercent ?? 0,
        };
    }

    private StepOutcome Seen(AgentReference claim, AgentAnswer<MachineView> answer)
    {
        if (answer.Value is { } machine)
        {
            agents.Observe(claim.Name, claim.Incarnation, v => v.With(machine));
        }

        return new StepOutcome(answer.Value is not null, answer.Refusal);
    }

    private StepOutcome Deleted(AgentReference claim, string uid, AgentAnswer<DeleteMachineResponse> answer)
    {
        if (answer.Value is not null)
        {
            agents.Observe(claim.Name, claim.Incarnation, v => v.WithoutMachine(uid));
        }

        return new StepOutcome(answer.Value is not null, answer.Refusal);
    }
}
