using System.Globalization;
using Grpc.Core;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.Protocol;

namespace Vee.Cli.Cluster;

/// <summary>The instance of a machine that an agent holds, and what calls about it need.</summary>
/// <param name="Name">Of the machine.</param>
/// <param name="Uid">Of the machine.</param>
/// <param name="Instance">Grows with each start.</param>
/// <param name="Agent">Who holds it.</param>
internal sealed record MachineOnAgent(string Name, string Uid, long Instance, AgentReference Agent)
{
    /// <summary>Whether it is the instance before the current one.</summary>
    internal bool IsPrevious { get; private init; }

    /// <summary>For people.</summary>
    internal string Title => string.Create(CultureInfo.InvariantCulture, $"instance {Instance} of '{Name}'");

    /// <summary>Finds out who holds a machine.</summary>
    /// <exception cref="CommandFailedException">Nobody does; the message says why.</exception>
    internal static MachineOnAgent Of(VirtualMachine machine)
    {
        var name = machine.Metadata.Name;
        if (machine.Status is { Agent: { } agent, Instance: > 0 and var instance })
        {
            return new MachineOnAgent(name, machine.Metadata.Uid, instance, agent);
        }

        throw new CommandFailedException(WhyNowhere(machine));
    }

    /// <summary>The instance before this one.</summary>
    /// <exception cref="CommandFailedException">This is the first.</exception>
    internal MachineOnAgent Previous() => Instance > 1
        ? this with { Instance = Instance - 1, IsPrevious = true }
        : throw new CommandFailedException($"'{Name}' was started once: there is no instance before this one.");

    /// <summary>Meant for this incarnation of the agent: another one does not have the machine.</summary>
    internal CallOptions CallOptions(CancellationToken cancellation) =>
        new(new Metadata { { CallHeaders.Incarnation, Agent.Incarnation } }, cancellationToken: cancellation);

    /// <summary>Says what a failed call means for the machine's user.</summary>
    internal CommandFailedException Explain(RpcException error)
    {
        var where = $"agent '{Agent.Name}' at {Agent.Address}";
        var message = error.Trailers.GetValue(Refusal.Trailer) switch
        {
            Refusal.OtherIncarnation =>
                $"{where} was started anew, and {Title} is gone with what it held before. The operator starts the "
                    + "machine again as its run strategy says; try again then.",
            Refusal.UnknownMachine or Refusal.StaleInstance when IsPrevious =>
                $"{where} has not kept the console of {Title}: it ran elsewhere, or others came after it.",
            Refusal.UnknownMachine or Refusal.StaleInstance =>
                $"{where} does not have {Title} any more: the machine is being started again or was stopped. Try "
                    + $"again, or look at 'kubectl get veevm {Name}'.",
            _ => Explain(error, where),
        };
        return new CommandFailedException(message, error);
    }

    private static string Explain(RpcException error, string where) => error.StatusCode switch
    {
        StatusCode.PermissionDenied or StatusCode.Unauthenticated =>
            $"{where} does not accept the certificate of users: {error.Status.Detail}",
        StatusCode.Unavailable or StatusCode.Internal =>
            $"{where} cannot be reached: {Cause(error)} The machine may run on. Is the agent running, and can this "
                + "computer reach its address?",
        StatusCode.DeadlineExceeded or StatusCode.Cancelled => $"{where} did not answer in time.",
        _ => $"{where} refused: {error.Status.Detail}",
    };

    private static string Cause(RpcException error)
    {
        var cause = error.Status.DebugException?.GetBaseException().Message ?? error.Status.Detail;
        var line = cause.ReplaceLineEndings(" ").TrimEnd();
        return line.EndsWith('.') ? line : $"{line}.";
    }

    private static string WhyNowhere(VirtualMachine machine)
    {
        var name = machine.Metadata.Name;
        var conditions = machine.Status?.Conditions ?? [];
        var scheduled = conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Scheduled);
        var ready = conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready);
        if (scheduled is null && ready is null)
        {
            return $"'{name}' has no status yet: the operator has not seen it. Is the operator running?";
        }

        // A machine that waits for something else than a host says that in Ready.
        var telling = scheduled is { Status: "False", Reason: not Reasons.NotNeeded } ? scheduled : ready ?? scheduled!;
        var status = machine.Status?.PrintableStatus ?? telling.Reason;
        return $"'{name}' is on no agent ({status}): {telling.Reason}: {telling.Message}";
    }
}
