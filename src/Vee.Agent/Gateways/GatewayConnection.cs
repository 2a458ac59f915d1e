using System.Buffers;
using System.Net.Sockets;
using Vee.Machines.Networking;

namespace Vee.Agent.Gateways;

/// <summary>One client's connection, bridged into the guest: bytes, windows, half closes and resets.</summary>
/// <remarks>
/// Towards the guest it sends only into room that the guest has promised; from the guest it holds at most what it has
/// promised itself. Both sides' backpressure thus reaches the other.
/// </remarks>
#pragma warning disable CA1001 // Late callers may still cancel `aborting`, which holds nothing once its time is over.
internal sealed class GatewayConnection(
#pragma warning restore CA1001
    Gateway gateway, Socket client, EndPoint4 peer, EndPoint4 guest, Traffic traffic, TimeProvider time)
{
    /// <summary>Bytes from the guest that are held for the client at most: 256 KiB.</summary>
    internal const int WindowBytes = 256 * 1024;

    /// <summary>How long a client is held whom the guest refuses: it may be about to listen.</summary>
    internal static readonly TimeSpan RefusalsEnd = TimeSpan.FromSeconds(2);

    /// <summary>How long a client is held while the guest does not answer: it may be paused or busy.</summary>
    internal static readonly TimeSpan SilenceEnd = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take for what an ended guest has left for it.</summary>
    internal static readonly TimeSpan FarewellEnd = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource aborting = new();

    private readonly GuestStream toClient = new(WindowBytes);

    private TaskCompletionSource<NetworkMessageKind> answer = NewAnswer();
    private TaskCompletionSource? roomAtGuest;
    private ulong number;
    private ulong sent;
    private ulong sendLimit;
    private ulong receiveLimit = WindowBytes;
    private bool isGuestGone;

    /// <summary>Bridges until both directions have ended or either side resets.</summary>
    internal async Task RunAsync(CancellationToken closing)
    {
        await Task.Yield();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(closing, aborting.Token);
        var isClean = false;
        traffic.CountOpened();
        try
        {
            if (await TryConnectAsync(cancellation.Token))
            {
                isClean = await PumpAsync(cancellation.Token);
            }
            else
            {
                traffic.CountFailed();
            }
        }
        catch (OperationCanceledException)
        {
            // Reset by the guest, or the gateway closes.
        }
        finally
        {
            Forget(isClean);
            traffic.CountClosed();
        }
    }

    /// <summary>Takes a message from the guest, on the thread that runs it. Never waits.</summary>
    internal void Take(NetworkMessage message)
    {
        switch (message.Kind)
        {
            case NetworkMessageKind.Accept:
                RaiseSendLimit(message.Window);
                answer.TrySetResult(message.Kind);
                break;
            case NetworkMessageKind.Refuse:
                answer.TrySetResult(message.Kind);
                break;
            case NetworkMessageKind.Window:
                RaiseSendLimit(message.Window);
                break;
            case NetworkMessageKind.Data:
                TakeData(message);
                break;
            case NetworkMessageKind.Finish when toClient.TryFinish(message.Sequence):
                break;
            case NetworkMessageKind.Finish:
                Abort();
                break;
            case NetworkMessageKind.Reset:
                Abort();
                break;
        }
    }

    /// <summary>The guest's process has ended: its kernel would close the connection.</summary>
    internal void EndWithGuest()
    {
        Volatile.Write(ref isGuestGone, true);
        toClient.End();
        answer.TrySetResult(NetworkMessageKind.Reset);
        RaiseSendLimit(sendLimit + 1);
        aborting.CancelAfter(FarewellEnd);
    }

    private static TaskCompletionSource<NetworkMessageKind> NewAnswer() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void TakeData(NetworkMessage message)
    {
        if (!toClient.TryTake(message.Sequence, message.Payload))
        {
            // The stack keeps to our window and to its own word; what does not is no stack of ours.
            Abort();
        }
    }

    private void Abort()
    {
        answer.TrySetResult(NetworkMessageKind.Reset);
        _ = aborting.CancelAsync();
    }

    private void RaiseSendLimit(ulong limit)
    {
        TaskCompletionSource? woken;
        lock (gate)
        {
            sendLimit = Math.Max(sendLimit, limit);
            woken = roomAtGuest;
            roomAtGuest = null;
        }

        woken?.TrySetResult();
    }

    /// <summary>
    /// Asks the guest for a connection, again for a while if it refuses. The client already has one by then: its own
    /// kernel could only be told to refuse if it were known who listens in the guest.
    /// </summary>
    private async Task<bool> TryConnectAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            answer = NewAnswer();
            number = gateway.Register(this);
            Post(NetworkMessageKind.Connect, window: WindowBytes);
            try
            {
                var kind = await answer.Task.WaitAsync(SilenceEnd, time, cancellationToken);
                if (kind != NetworkMessageKind.Refuse)
                {
                    // A guest that accepted, spoke and ended in one breath still has something to say.
                    return kind == NetworkMessageKind.Accept;
                }
            }
            catch (TimeoutException)
            {
                return false;
            }

            gateway.Unregister(number);
            if (time.GetElapsedTime(start) > RefusalsEnd)
            {
                return false;
            }

            await Task.Delay(RetryPause, time, cancellationToken);
        }
    }

    /// <returns>Whether both directions ended by themselves.</returns>
    private async Task<bool> PumpAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var up = StopBothUnlessClean(PumpToGuestAsync(either.Token), either);
        var down = StopBothUnlessClean(PumpToClientAsync(either.Token), either);
        var results = await Task.WhenAll(up, down);
        return results is [true, true];
    }

    private static async Task<bool> StopBothUnlessClean(Task<bool> pump, CancellationTokenSource both)
    {
        var isClean = false;
        try
        {
            isClean = await pump;
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            // The client has reset, or the other direction has.
        }

        if (!isClean)
        {
            await both.CancelAsync();
        }

        return isClean;
    }

    private async Task<bool> PumpToGuestAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var room = await WaitForRoomAsync(cancellationToken);
            if (Volatile.Read(ref isGuestGone))
            {
                return true;
            }

            // Waiting takes no buffer: most connections are silent most of the time.
            await client.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
            var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(room, NetworkMessage.PayloadBytesMax));
            try
            {
                var free = buffer.AsMemory(0, Math.Min(room, NetworkMessage.PayloadBytesMax));
                var count = await client.ReceiveAsync(free, cancellationToken);
                if (count == 0)
                {
                    Post(NetworkMessageKind.Finish, sequence: sent);
                    return true;
                }

                if (Volatile.Read(ref isGuestGone))
                {
                    return false;
                }

                Post(NetworkMessageKind.Data, sequence: sent, payload: buffer.AsSpan(0, count).ToArray());
                sent += (ulong)count;
                traffic.CountIn(count);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private async Task<int> WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task wait;
            lock (gate)
            {
                if (sendLimit > sent)
                {
                    return (int)Math.Min(int.MaxValue, sendLimit - sent);
                }

                roomAtGuest ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wait = roomAtGuest.Task;
            }

            await wait.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> PumpToClientAsync(CancellationToken cancellationToken)
    {
        var written = 0UL;
        await foreach (var piece in toClient.Pieces.ReadAllAsync(cancellationToken))
        {
            if (piece.IsEmpty)
            {
                client.Shutdown(SocketShutdown.Send);
                return true;
            }

            traffic.CountOut(piece.Length);
            for (var rest = piece; !rest.IsEmpty;)
            {
                rest = rest[await client.SendAsync(rest, cancellationToken)..];
            }

            written += (ulong)piece.Length;
            if (written + WindowBytes - receiveLimit >= WindowBytes / 2)
            {
                receiveLimit = written + WindowBytes;
                toClient.RaiseLimit(receiveLimit);
                Post(NetworkMessageKind.Window, window: receiveLimit);
            }
        }

        return false;
    }

    /// <summary>Lets go of both sides; unless both had ended, each is told by a reset.</summary>
    private void Forget(bool isClean)
    {
        gateway.Unregister(number);
        if (!isClean)
        {
            if (!Volatile.Read(ref isGuestGone))
            {
                Post(NetworkMessageKind.Reset);
            }

            client.LingerState = new LingerOption(true, 0);
        }

        client.Dispose();
    }

    private void Post(
        NetworkMessageKind kind, ulong sequence = 0, ulong window = 0, ReadOnlyMemory<byte> payload = default) =>
        gateway.Deliver(new NetworkMessage
        {
            Kind = kind,
            Source = peer,
            Destination = guest,
            Connection = number,
            Sequence = sequence,
            Window = window,
            Payload = payload,
        });
}
