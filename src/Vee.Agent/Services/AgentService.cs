using Grpc.Core;
using Vee.Agent.Guests;
using Vee.Agent.Racks;
using Vee.Agent.Storage;
using Vee.Agent.Watching;
using Vee.Protocol;

namespace Vee.Agent.Services;

/// <summary>What the agent is, as it tells its callers.</summary>
internal sealed record AgentIdentity(AgentOptions Options, string Incarnation, string MetricsAddress);

/// <summary>The contract's calls, each one thing that the registry, the store or a console does.</summary>
internal sealed partial class AgentService(
    AgentIdentity identity, GuestRegistry registry, GuestMeters meters, ImageStore images, ChangeFeed feed,
    RackNetwork racks, StreamLifetime lifetime, TimeProvider time) : Protocol.Agent.AgentBase
{
    private const long GracePeriodMsMax = 3_600_000;
    private const string Engine = "interpreter";

    public override Task<AgentDescription> Describe(DescribeRequest request, ServerCallContext context)
    {
        if (request.ProtocolVersion != ProtocolVersion.Current)
        {
            throw Refused.Precondition(
                Refusal.ProtocolVersion,
                $"the agent speaks version {ProtocolVersion.Current} of the protocol, not {request.ProtocolVersion}");
        }

        var options = identity.Options;
        var description = new AgentDescription
        {
            ProtocolVersion = ProtocolVersion.Current,
            Name = options.Name,
            Incarnation = identity.Incarnation,
            MemoryBytesMax = options.MemoryBytesMax,
            CoreCount = options.CoreCount,
            Version = options.Version,
            MetricsAddress = identity.MetricsAddress,
        };
        foreach (var (name, value) in options.Labels)
        {
            description.Labels.Add(name, value);
        }

        description.Engines.Add(Engine);
        description.MachineTypes.Add(MachineType.Process);
        return Task.FromResult(description);
    }

    public override Task<HostState> CreateHost(CreateHostRequest request, ServerCallContext context) =>
        Task.FromResult(Reports.Host(registry.CreateHost(HostRequests.Host(request))));

    public override Task<DeleteHostResponse> DeleteHost(DeleteHostRequest request, ServerCallContext context)
    {
        registry.DeleteHost(Checked.Uid("uid", request.Uid));
        return Task.FromResult(new DeleteHostResponse());
    }

    public override async Task<MachineState> CreateMachine(CreateMachineRequest request, ServerCallContext context)
    {
        var spec = Requests.Machine(request);
        return Reports.Machine(await registry.CreateAsync(
            spec, cancellation => images.LoadAsync(spec.ImageDigest, cancellation), context.CancellationToken));
    }

    public override async Task<MachineState> StartMachine(MachineRequest request, ServerCallContext context) =>
        Reports.Machine(await Find(request).StartAsync(context.CancellationToken));

    public override async Task<MachineState> PauseMachine(MachineRequest request, ServerCallContext context) =>
        Reports.Machine(await Find(request).PauseAsync(context.CancellationToken));

    public override async Task<MachineState> ResumeMachine(MachineRequest request, ServerCallContext context) =>
        Reports.Machine(await Find(request).ResumeAsync(context.CancellationToken));

    public override async Task<MachineState> StopMachine(StopMachineRequest request, ServerCallContext context)
    {
        var (uid, instance) = Requests.Instance(request.Uid, request.Instance);
        var grace = Checked.Range("grace_period_wall_ms", request.GracePeriodWallMs, 0, GracePeriodMsMax);
        var guest = registry.Find(uid, instance);
        return Reports.Machine(await guest.StopAsync(TimeSpan.FromMilliseconds(grace), context.CancellationToken));
    }

    public override async Task<DeleteMachineResponse> DeleteMachine(MachineRequest request, ServerCallContext context)
    {
        var (uid, instance) = Requests.Instance(request.Uid, request.Instance);
        await registry.DeleteAsync(uid, instance, context.CancellationToken);
        return new DeleteMachineResponse();
    }

    private Guest Find(MachineRequest request)
    {
        var (uid, instance) = Requests.Instance(request.Uid, request.Instance);
        return registry.Find(uid, instance);
    }
}
