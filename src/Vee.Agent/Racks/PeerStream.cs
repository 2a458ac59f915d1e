using System.Threading.Channels;
using Grpc.Core;
using Vee.Protocol;

namespace Vee.Agent.Racks;

/// <summary>One connection between two agents of a rack: messages out, one after another, and messages in.</summary>
internal sealed class PeerStream : IPeerConnection
{
    private readonly Channel<RackMessage> outgoing = Channel.CreateUnbounded<RackMessage>(
        new UnboundedChannelOptions { SingleReader = true });

    private readonly Rack rack;
    private readonly string peer;

    internal PeerStream(Rack rack, string peer)
    {
        this.rack = rack;
        this.peer = peer;
    }

    /// <inheritdoc/>
    public void Send(RackHello hello) => outgoing.Writer.TryWrite(RackMessages.Of(hello));

    // At most one window waits: the next is sent when the others have answered.
    /// <inheritdoc/>
    public void Send(RackWindow window) => outgoing.Writer.TryWrite(RackMessages.Of(window));

    /// <inheritdoc/>
    public void Close() => outgoing.Writer.TryComplete();

    /// <summary>Passes messages on until either side ends it. The rack is told of its beginning and its end.</summary>
    /// <param name="incoming">What the peer says.</param>
    /// <param name="writer">Says something to the peer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task RunAsync(
        IAsyncStreamReader<RackMessage> incoming, IAsyncStreamWriter<RackMessage> writer,
        CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        rack.Connected(peer, this);
        var why = "the connection has ended";
        var reading = ReadAsync(incoming, over.Token);
        var writing = WriteAsync(writer, over.Token);
        try
        {
            await await Task.WhenAny(reading, writing);
        }
        catch (Exception end) when (end is RpcException or IOException or InvalidDataException
            or OperationCanceledException or InvalidOperationException)
        {
            why = end is InvalidDataException ? end.Message : why;
        }
        finally
        {
            Close();
            await over.CancelAsync();
            await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            rack.Disconnected(peer, this, why);
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<RackMessage> incoming, CancellationToken cancellationToken)
    {
        while (await incoming.MoveNext(cancellationToken))
        {
            switch (incoming.Current.MessageCase)
            {
                case RackMessage.MessageOneofCase.Hello:
                    rack.HelloCame(peer, this, RackMessages.Read(incoming.Current.Hello));
                    break;
                case RackMessage.MessageOneofCase.Window:
                    rack.WindowCame(peer, this, RackMessages.Read(incoming.Current.Window, peer));
                    break;
                default:
                    throw new InvalidDataException($"agent '{peer}' says what nobody expects here");
            }
        }
    }

    private async Task WriteAsync(IAsyncStreamWriter<RackMessage> writer, CancellationToken cancellationToken)
    {
        await foreach (var message in outgoing.Reader.ReadAllAsync(cancellationToken))
        {
            await writer.WriteAsync(message, cancellationToken);
        }
    }
}
