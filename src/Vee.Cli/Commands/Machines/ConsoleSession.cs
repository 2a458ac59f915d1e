using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Vee.Cli.Cluster;
using Vee.Cli.Terminals;
using Vee.Protocol;

namespace Vee.Cli.Commands.Machines;

/// <summary>How a console is used.</summary>
/// <param name="IsReplayed">Begin with what the log kept.</param>
/// <param name="IsRaw">Every key goes to the guest.</param>
/// <param name="LeavesAtEnd">The end of our input ends the session, not the guest's input.</param>
internal sealed record ConsoleSettings(bool IsReplayed, bool IsRaw, bool LeavesAtEnd);

/// <summary>One connection to a console: our input to the guest, its output to us, until one of both is over.</summary>
internal sealed class ConsoleSession(
    MachineOnAgent machine, ConsoleSettings settings, StandardStreams streams, ConsolePrinter printer,
    TimeProvider time)
{
    private const int InputDescriptor = 0;
    private const int OutputDescriptor = 1;
    private const byte LeaveKey = 0x1d; // Ctrl-]
    private const int PieceBytes = 32 * 1024;

    // Pieces of input that wait for a guest that does not read. Someone at a terminal can still leave.
    private const int PiecesMax = 64;

    /// <summary>A guest that prints nothing for this long has answered what it was sent.</summary>
    private static readonly TimeSpan QuietPeriod = TimeSpan.FromSeconds(1);

    private readonly Channel<ConsoleInput> input = Channel.CreateBounded<ConsoleInput>(PiecesMax);
    private long lastPrinted = time.GetTimestamp();

    /// <summary>Whether somebody types.</summary>
    internal bool IsOnTerminal { get; } = Terminal.IsTerminal(InputDescriptor);

    /// <summary>Runs until the machine ends, the user leaves or nobody reads our output.</summary>
    /// <param name="agent">Who holds the machine.</param>
    /// <param name="connected">Called once, when nothing that is typed or printed from now on is missed.</param>
    /// <param name="cancellation">Ends the session.</param>
    /// <exception cref="RpcException">The agent cannot be reached any more, or refuses.</exception>
    /// <exception cref="CommandFailedException">The guest's output cannot be written.</exception>
    internal async Task RunAsync(
        Protocol.Agent.AgentClient agent, Action connected, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var call = agent.Attach(machine.CallOptions(over.Token));
        var target = new ConsoleTarget
        {
            Uid = machine.Uid,
            Instance = machine.Instance,
            Replay = settings.IsReplayed,
        };
        await call.RequestStream.WriteAsync(new ConsoleInput { Target = target }, over.Token);
        await call.ResponseHeadersAsync;
        using var terminal = settings.IsRaw
            ? Terminal.SetRaw(InputDescriptor)
            : Terminal.SetEndOfLine(InputDescriptor, LeaveKey);
        using var resized = Terminal.OnResize(SendWindowSize);
        SendWindowSize();
        connected();

        var output = PrintAsync(call.ResponseStream, over.Token);
        var sending = SendAsync(call.RequestStream, over.Token);
        var reading = ReadAsync(over.Token);
        if (await Task.WhenAny(output, reading) == reading)
        {
            await reading;
        }

        if (!output.IsCompleted)
        {
            // The user has left, or the input is over and the guest is silent: nobody waits for the agent's answer.
            await over.CancelAsync();
        }

        try
        {
            await output;
        }
        catch (Exception error) when (IsCancelled(error) && over.IsCancellationRequested)
        {
            cancellation.ThrowIfCancellationRequested();
        }

        await over.CancelAsync();
        await sending;
    }

    private async Task PrintAsync(IAsyncStreamReader<ConsoleOutput> output, CancellationToken over)
    {
        await foreach (var message in output.ReadAllAsync(over))
        {
            var goesOn = printer.Print(message);
            Volatile.Write(ref lastPrinted, time.GetTimestamp());
            if (!goesOn)
            {
                return;
            }
        }
    }

    /// <summary>Completes when it is time to leave; while the guest is to be listened to, it does not.</summary>
    private async Task ReadAsync(CancellationToken over)
    {
        var buffer = new byte[PieceBytes];
        while (true)
        {
            // A read cannot be called off. It keeps a thread of the pool, and the end of the process ends it.
            var count = await Task.Run(() => streams.InputDescriptor.Read(buffer), over);
            var leave = IsOnTerminal ? buffer.AsSpan(0, count).IndexOf(LeaveKey) : -1;
            if (leave >= 0)
            {
                return;
            }

            if (count == 0)
            {
                await EndAsync(over);
                return;
            }

            await TakeAsync(new ConsoleInput { Data = ByteString.CopyFrom(buffer.AsSpan(0, count)) }, over);
        }
    }

    private async Task EndAsync(CancellationToken over)
    {
        if (!settings.LeavesAtEnd)
        {
            await input.Writer.WriteAsync(new ConsoleInput { End = new EndOfInput() }, over);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, over);
        }

        // What was read last may not have been sent yet, and its answer is still to come.
        Volatile.Write(ref lastPrinted, time.GetTimestamp());
        while (time.GetElapsedTime(Volatile.Read(ref lastPrinted)) is var quiet && quiet < QuietPeriod)
        {
            await Task.Delay(QuietPeriod - quiet, time, over);
        }
    }

    /// <summary>A file waits for the guest; somebody who types hears that it is full, as a terminal says it.</summary>
    private async ValueTask TakeAsync(ConsoleInput piece, CancellationToken over)
    {
        if (!IsOnTerminal)
        {
            await input.Writer.WriteAsync(piece, over);
        }
        else if (!input.Writer.TryWrite(piece))
        {
            _ = streams.ErrorDescriptor.Write("\a"u8, out _);
        }
    }

    private async Task SendAsync(IClientStreamWriter<ConsoleInput> requests, CancellationToken over)
    {
        try
        {
            await foreach (var message in input.Reader.ReadAllAsync(over))
            {
                await requests.WriteAsync(message, over);
            }
        }
        catch (Exception error) when (IsCancelled(error) || error is RpcException or InvalidOperationException)
        {
            // The call is over, and its output says why.
        }
    }

    private void SendWindowSize()
    {
        if (Terminal.SizeOf(OutputDescriptor) is { } size)
        {
            var window = new WindowSize { Columns = size.Columns, Rows = size.Rows };
            _ = input.Writer.TryWrite(new ConsoleInput { Window = window });
        }
    }

    private static bool IsCancelled(Exception error) =>
        error is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled };
}
