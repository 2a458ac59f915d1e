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
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Rack, OpenRack> racks = new();

    /// <inheritdoc/>
    public void Open(Rack rack)
    {
        var open = new OpenRack(new CancellationTokenSource());
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
    /// <param name="name">What its certificate calls it.</param>
    /// <param name="requests">What it says.</param>
    /// <param name="responses">Says something to it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RpcException">UNKNOWN_RACK.</exception>
    internal async Task AcceptAsync(
        string name, IAsyncStreamReader<RackMessage> requests, IAsyncStreamWriter<RackMessage> responses,
        CancellationToken cancellationToken)
    {
        if (!await requests.MoveNext(cancellationToken) || requests.Current.Caller is not { } caller)
        {
            throw Refused.Invalid("the first message has to say who calls");
        }

        if (caller.Agent != name)
        {
            throw Refused.With(
                StatusCode.PermissionDenied, Refusal.RoleRequired,
                $"the certificate is that of '{name}', not that of agent '{caller.Agent}'");
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
        OpenRack[] open = [.. racks.Values];
        await Task.WhenAll(open.Select(rack => rack.Over.CancelAsync()));
        await Task.WhenAll(open.SelectMany(rack => rack.Calling));
    }

    private async Task CallAsync(Rack rack, RackPeer peer, CancellationToken over)
    {
        var pause = FirstPause;
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var channel = Channel(peer);
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
#pragma warning disable CA1031 // Whatever it is, it is told, and tried again.
            catch (Exception error)
#pragma warning restore CA1031
            {
                rack.CannotConnect(peer.Name, error is RpcException { StatusCode: StatusCode.Unavailable }
                    ? "it does not answer" : error is RpcException rpc ? rpc.Status.Detail : error.Message);
            }

            await Task.Delay(pause, time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private GrpcChannel Channel(RackPeer peer) => GrpcChannel.ForAddress($"https://{peer.Address}", new()
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = KeepAlive,
            KeepAlivePingTimeout = KeepAlive,
            SslOptions = certificates.ForCall(peer.Name),
        },
        DisposeHttpClient = true,
    });

    private sealed record OpenRack(CancellationTokenSource Over)
    {
        internal List<Task> Calling { get; } = [];
    }
}
