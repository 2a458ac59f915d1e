using Grpc.Core;
using Vee.Agent.Guests;
using Vee.Agent.Security;
using Vee.Protocol;

namespace Vee.Agent.Services;

// Time: how it is, how far it may come, and who shares it.
internal sealed partial class AgentService
{
    // 146 years: what is counted from there on does not overflow either.
    private const long VirtualNanosecondsMax = long.MaxValue / 2;

    public override Task<HostInspection> InspectHost(InspectHostRequest request, ServerCallContext context) =>
        InspectAsync(registry.FindHost(Checked.Uid("uid", request.Uid)), context.CancellationToken);

    public override async Task<HostInspection> AdvanceTime(AdvanceTimeRequest request, ServerCallContext context)
    {
        var host = registry.FindHost(Checked.Uid("host_uid", request.HostUid));
        var until = Checked.Range("until_virtual_ns", request.UntilVirtualNs, 0, VirtualNanosecondsMax);
        if (host.Spec.Mode != Guests.TimeMode.FreeRunning)
        {
            throw Refused.Precondition(
                Refusal.Paced, $"the time of host '{host.Spec.Name}' goes by the wall's: make it free-running");
        }

        host.Line.Post(() =>
        {
            host.Line.Horizon = Math.Max(host.Line.Horizon, until);
            host.Line.Rack.AdvanceTo(until);
        });
        return await InspectAsync(host, context.CancellationToken);
    }

    public override async Task<EquipHostResponse> EquipHost(EquipHostRequest request, ServerCallContext context)
    {
        var host = registry.FindHost(Checked.Uid("host_uid", request.HostUid));
        var equipment = EquipmentRequests.Equipment(request, host.Spec.Hardware.Costs);
        await registry.EquipAsync(host, equipment).WaitAsync(context.CancellationToken);
        return new EquipHostResponse();
    }

    public override Task<SetRackResponse> SetRack(SetRackRequest request, ServerCallContext context)
    {
        var (members, hosts) = RackRequests.Plan(request, identity.Options.Name);
        registry.SetRack(members, hosts);
        return Task.FromResult(new SetRackResponse());
    }

    public override Task JoinRack(
        IAsyncStreamReader<RackMessage> requestStream, IServerStreamWriter<RackMessage> responseStream,
        ServerCallContext context) =>
        racks.AcceptAsync(
            CallerRole.NameOf(context.GetHttpContext().Connection.ClientCertificate!), requestStream, responseStream,
            context.CancellationToken);

    private static Task<HostInspection> InspectAsync(SimulatedHost host, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<HostInspection>(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Line.Post(
            () => done.TrySetResult(new HostInspection
            {
                VirtualTimeNs = host.Line.Host.Now,
                Events = host.Line.Host.EventCount,
                Hashes = { host.Line.Host.Hashes },
                Time = Reports.Time(host.Line.Time),
                Windows = host.Line.Rack.WindowCount,
                Probes =
                {
                    host.Line.Equipment.Probes.Select(p => EquipmentRequests.Reading(p, host.Line.Host.Now)),
                },
                Tasks = { host.Line.Equipment.Tasks.Select(EquipmentRequests.Reading) },
            }),
            isUrgent: true);
        return done.Task.WaitAsync(cancellationToken);
    }
}
