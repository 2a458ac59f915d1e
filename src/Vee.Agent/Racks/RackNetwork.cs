using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Vee.Agent.Security;
using Vee.Protocol;

namespace Vee.Agent.Racks;

/// <summary>
/// Connections between the agents of racks: one for each two, made by the one whose name comes first, again and again.
/// </summary>
internal sealed class RackNetwork(CertificateFiles certificates, TimeProvider time) : IRackNetwork, IAsyncDisposable
{
    private const int MessageBytesMax = 64 << 20;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Rack, OpenRack> racks = new();
    private readonly CancellationTokenSource closing = new();

    /// <inheritdoc/>
    public void Open(Rack rack)
    {
        var open = new OpenRack(CancellationTokenSource.CreateLinkedTokenSource(closing.Token));
        racks[rack] = open;
        open.Calling.AddRange(rack.Members.Peers
            .Where(peer => string.CompareOrdinal(rack.Members.OwnName, peer.Name) < 0)
            .Select(peer => Task.Run(() => CallAsync(rack, peer, open.Over.Token), CancellationToken.None)));
    }

    /// <inheritdoc/>
    public void Close(Rack rack)
    {
        if (racks.TryRemove(rack, out var open))
        {
            open.Over.Cancel();
        }
    }

    /// <summary>Serves a peer that has called, until either side ends it.</summary>
    /// <exception cref="RpcException">UNKNOWN_RACK.</exception>
    internal async Task AcceptAsync(
        IAsyncStreamReader<RackMessage> requests, IAsyncStreamWriter<RackMessage> responses,
        CancellationToken cancellationToken)
    {
        if (!await requests.MoveNext(cancellationToken) || requests.Current.Caller is not { } caller)
        {
            throw Refused.Invalid("the first message has to say who calls");
        }

        var rack = racks.Keys.FirstOrDefault(rack => rack.Members.Uid == caller.RackUid
            && rack.Members.Generation == caller.Generation
            && rack.Members.Peers.Any(peer => peer.Name == caller.Agent));
        if (rack is null || !racks.TryGetValue(rack, out var open))
        {
            throw Refused.Precondition(
                Refusal.UnknownRack,
                $"it has not been told of plan {caller.Generation} of rack {caller.RackUid} "
                + $"with agent '{caller.Agent}'");
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, open.Over.Token);
        await new PeerStream(rack, caller.Agent).RunAsync(requests, responses, over.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await Task.WhenAll(racks.Values.SelectMany(open => open.Calling));
        closing.Dispose();
    }

    private async Task CallAsync(Rack rack, RackPeer peer, CancellationToken over)
    {
        var pause = FirstPause;
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var channel = Channel(peer.Address);
                using var call = new Protocol.Agent.AgentClient(channel).JoinRack(cancellationToken: over);
                await call.RequestStream.WriteAsync(
                    new RackMessage
                    {
                        Caller = new RackCaller
                        {
                            RackUid = rack.Members.Uid,
                            Generation = rack.Members.Generation,
                            Agent = rack.Members.OwnName,
                        },
                    },
                    over);

                // The answer's headers say that it was not refused.
                await call.ResponseHeadersAsync.WaitAsync(over);
                pause = FirstPause;
                await new PeerStream(rack, peer.Name).RunAsync(call.ResponseStream, call.RequestStream, over);
            }
            catch (Exception error) when (error is RpcException or IOException or OperationCanceledException
                or UriFormatException)
            {
                rack.CannotConnect(peer.Name, error is RpcException { StatusCode: StatusCode.Unavailable }
                    ? "it does not answer" : error is RpcException rpc ? rpc.Status.Detail : error.Message);
            }

            await Task.Delay(pause, time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private GrpcChannel Channel(string address) => GrpcChannel.ForAddress($"https://{address}", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = KeepAlive,
            KeepAlivePingTimeout = KeepAlive,
            SslOptions = certificates.ForCall(),
        },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = MessageBytesMax,
    });

    private sealed record OpenRack(CancellationTokenSource Over)
    {
        internal List<Task> Calling { get; } = [];
    }
}
