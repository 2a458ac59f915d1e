using Grpc.Core;
using Polly;
using Polly.Retry;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Migrations;
using Vee.Operator.Mapping;
using Vee.Protocol;

namespace Vee.Operator.Agents;

/// <summary>Calls to one incarnation of one agent. Another incarnation refuses them.</summary>
/// <remarks>
/// Every call has a deadline. All are idempotent, uid and instance being part of them, so they are tried again when
/// the agent cannot be reached; what an agent answers is never asked twice.
/// </remarks>
internal sealed class AgentClient(Agent.AgentClient client, string incarnation, TimeProvider time)
{
    private const int ChunkBytes = 128 * 1024;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan UploadTimeout = TimeSpan.FromSeconds(60);

    private readonly ResiliencePipeline retry = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder()
                .Handle<RpcException>(e => e.StatusCode == StatusCode.Unavailable),
            MaxRetryAttempts = 3,
            Delay = TimeSpan.FromMilliseconds(100),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    public Task<AgentAnswer<HostView>> CreateHostAsync(CreateHostRequest request, CancellationToken cancellation) =>
        CallAsync(
            o => client.CreateHostAsync(request, o), s => s.ToView(time.GetUtcNow()), CallTimeout, cancellation);

    public Task<AgentAnswer<DeleteHostResponse>> DeleteHostAsync(string uid, CancellationToken cancellation) =>
        CallAsync(
            o => client.DeleteHostAsync(new DeleteHostRequest { Uid = uid }, o), r => r, CallTimeout, cancellation);

    public Task<AgentAnswer<SetRackResponse>> SetRackAsync(SetRackRequest request, CancellationToken cancellation) =>
        CallAsync(o => client.SetRackAsync(request, o), r => r, CallTimeout, cancellation);

    public Task<AgentAnswer<EquipHostResponse>> EquipHostAsync(
        EquipHostRequest request, CancellationToken cancellation) =>
        CallAsync(o => client.EquipHostAsync(request, o), r => r, CallTimeout, cancellation);

    public Task<AgentAnswer<EquipmentReading>> InspectHostAsync(string uid, CancellationToken cancellation) =>
        CallAsync(
            o => client.InspectHostAsync(new InspectHostRequest { Uid = uid }, o), i => i.ToReading(), CallTimeout,
            cancellation);

    public Task<AgentAnswer<MachineView>> CreateMachineAsync(
        CreateMachineRequest request, CancellationToken cancellation) =>
        CallAsync(o => client.CreateMachineAsync(request, o), s => s.ToView(), CallTimeout, cancellation);

    public Task<AgentAnswer<MachineView>> StartAsync(string uid, long instance, CancellationToken cancellation) =>
        CallAsync(
            o => client.StartMachineAsync(Machine(uid, instance), o), s => s.ToView(), CallTimeout, cancellation);

    public Task<AgentAnswer<MachineView>> PauseAsync(string uid, long instance, CancellationToken cancellation) =>
        CallAsync(
            o => client.PauseMachineAsync(Machine(uid, instance), o), s => s.ToView(), CallTimeout, cancellation);

    public Task<AgentAnswer<MachineView>> ResumeAsync(string uid, long instance, CancellationToken cancellation) =>
        CallAsync(
            o => client.ResumeMachineAsync(Machine(uid, instance), o), s => s.ToView(), CallTimeout, cancellation);

    public Task<AgentAnswer<MachineView>> StopAsync(
        string uid, long instance, TimeSpan gracePeriod, CancellationToken cancellation)
    {
        var request = new StopMachineRequest
        {
            Uid = uid,
            Instance = instance,
            GracePeriodWallMs = (long)gracePeriod.TotalMilliseconds,
        };
        return CallAsync(o => client.StopMachineAsync(request, o), s => s.ToView(), CallTimeout, cancellation);
    }

    public Task<AgentAnswer<DeleteMachineResponse>> DeleteAsync(
        string uid, long instance, CancellationToken cancellation) =>
        CallAsync(o => client.DeleteMachineAsync(Machine(uid, instance), o), r => r, CallTimeout, cancellation);

    /// <param name="request">What is to come.</param>
    /// <param name="trace">The span that the agent's are part of, as W3C writes it; null for no trace.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<AgentAnswer<MachineView>> ExpectMachineAsync(
        ExpectMachineRequest request, string? trace, CancellationToken cancellation) =>
        CallAsync(
            o => client.ExpectMachineAsync(request, Traced(o, trace)), s => s.ToView(), CallTimeout, cancellation);

    /// <param name="request">What is to move, and where to.</param>
    /// <param name="trace">The span that the agent's are part of, as W3C writes it; null for no trace.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<AgentAnswer<MigrationView>> MigrateMachineAsync(
        MigrateMachineRequest request, string? trace, CancellationToken cancellation) =>
        CallAsync(
            o => client.MigrateMachineAsync(request, Traced(o, trace)), s => s.ToView(time.GetUtcNow()), CallTimeout,
            cancellation);

    public Task<AgentAnswer<MigrationView>> CancelMigrationAsync(
        string uid, long number, CancellationToken cancellation) =>
        CallAsync(
            o => client.CancelMigrationAsync(Migration(uid, number), o), s => s.ToView(time.GetUtcNow()), CallTimeout,
            cancellation);

    public Task<AgentAnswer<MigrationView>> SettleMigrationAsync(
        string uid, long number, CancellationToken cancellation) =>
        CallAsync(
            o => client.SettleMigrationAsync(Migration(uid, number), o), s => s.ToView(time.GetUtcNow()), CallTimeout,
            cancellation);

    public Task<AgentAnswer<MigrationView>> SettleSourceAsync(
        string uid, long number, Api.Migrations.MigrationFailure? whyGivenUp, CancellationToken cancellation)
    {
        var request = new SettleSourceRequest
        {
            Migration = (ulong)number,
            Uid = uid,
            TargetFailure = whyGivenUp?.ToWire(),
        };
        return CallAsync(
            o => client.SettleSourceAsync(request, o), s => s.ToView(time.GetUtcNow()), CallTimeout, cancellation);
    }

    public Task<AgentAnswer<MigrationView>> LosePagesAsync(
        string uid, long number, CancellationToken cancellation) =>
        CallAsync(
            o => client.LosePagesAsync(Migration(uid, number), o), s => s.ToView(time.GetUtcNow()), CallTimeout,
            cancellation);

    public Task<AgentAnswer<FindImageResponse>> FindImageAsync(string digest, CancellationToken cancellation) =>
        CallAsync(
            o => client.FindImageAsync(new FindImageRequest { Digest = digest }, o), r => r, CallTimeout, cancellation);

    /// <summary>Gives the agent a program, whole or not at all.</summary>
    public Task<AgentAnswer<FindImageResponse>> UploadImageAsync(
        string digest, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
        CallAsync(o => UploadAsync(digest, bytes, o), r => r, UploadTimeout, cancellation);

    private static MachineRequest Machine(string uid, long instance) => new() { Uid = uid, Instance = instance };

    private static CallOptions Traced(CallOptions options, string? trace)
    {
        if (trace is not null)
        {
            options.Headers!.Add(CallHeaders.TraceParent, trace);
        }

        return options;
    }

    private static MigrationRequest Migration(string uid, long number) =>
        new() { Uid = uid, Migration = (ulong)number };

    private AsyncUnaryCall<FindImageResponse> UploadAsync(
        string digest, ReadOnlyMemory<byte> bytes, CallOptions options)
    {
        var call = client.UploadImage(options);
        return new AsyncUnaryCall<FindImageResponse>(
            SendAsync(call, digest, bytes, options.CancellationToken), call.ResponseHeadersAsync, call.GetStatus,
            call.GetTrailers, call.Dispose);
    }

    private static async Task<FindImageResponse> SendAsync(
        AsyncClientStreamingCall<ImageChunk, FindImageResponse> call, string digest, ReadOnlyMemory<byte> bytes,
        CancellationToken cancellation)
    {
        try
        {
            var header = new ImageHeader { Digest = digest, SizeBytes = bytes.Length };
            await call.RequestStream.WriteAsync(new ImageChunk { Header = header }, cancellation);
            for (var start = 0; start < bytes.Length; start += ChunkBytes)
            {
                var data = bytes.Slice(start, Math.Min(ChunkBytes, bytes.Length - start));
                await call.RequestStream.WriteAsync(
                    new ImageChunk { Data = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(data) }, cancellation);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // An agent that refuses early does not read to the end; its answer says why.
        }

        return await call.ResponseAsync;
    }

    /// <exception cref="RpcException">The agent could not be reached, or did not answer in time.</exception>
    private async Task<AgentAnswer<TView>> CallAsync<TAnswer, TView>(
        Func<CallOptions, AsyncUnaryCall<TAnswer>> start, Func<TAnswer, TView> map, TimeSpan timeout,
        CancellationToken cancellation)
        where TView : class
    {
        try
        {
            return await retry.ExecuteAsync(
                async token =>
                {
                    var deadline = (time.GetUtcNow() + timeout).UtcDateTime;
                    var headers = new Metadata { { CallHeaders.Incarnation, incarnation } };
                    using var call = start(new CallOptions(headers, deadline, token));
                    return AgentAnswer<TView>.Of(map(await call.ResponseAsync));
                },
                cancellation);
        }
        catch (RpcException e) when (e.Trailers.GetValue(Refusal.Trailer) is { } reason
            && reason != Refusal.TooManyCalls)
        {
            return AgentAnswer<TView>.No(new AgentRefusal(AgentMapping.ToKind(reason), e.Status.Detail));
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.InvalidArgument)
        {
            return AgentAnswer<TView>.No(new AgentRefusal(AgentRefusalKind.InvalidRequest, e.Status.Detail));
        }
    }
}
