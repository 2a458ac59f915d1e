using Google.Protobuf;
using Grpc.Core;
using Vee.Agent.Consoles;
using Vee.Agent.Guests;
using Vee.Protocol;

namespace Vee.Agent.Services;

// Consoles. Each reader goes through the log at its own speed; a slow one loses bytes and is told how many.
internal sealed partial class AgentService
{
    private const int OutputBytesMax = 32 * 1024;
    private const int InputBytesMax = 64 * 1024;
    private const int WindowMax = 10_000;
    private const int TailLinesMax = 1_000_000;

    public override async Task Attach(
        IAsyncStreamReader<ConsoleInput> requestStream, IServerStreamWriter<ConsoleOutput> responseStream,
        ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken)
            || requestStream.Current.Target is not { } target)
        {
            throw Refused.Invalid("the first message must name the machine");
        }

        var guest = registry.Find(
            Checked.Uid("uid", target.Uid), Checked.Range("instance", target.Instance, 0, long.MaxValue));
        var position = target.Replay ? 0 : guest.Log.End;

        // Who has the headers knows that nothing written from now on is missed.
        await context.WriteResponseHeadersAsync([]);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.Stopping);
        var input = PassInputAsync(guest, requestStream, over.Token);
        var output = PassOutputAsync(ReadableConsole.Of(guest), responseStream, position, long.MaxValue, over.Token);
        if (await Task.WhenAny(input, output) == input && !input.IsCompletedSuccessfully)
        {
            await over.CancelAsync();
        }

        try
        {
            await output;
        }
        finally
        {
            await over.CancelAsync();
            await IgnoreEndOfInputAsync(input, output);
        }
    }

    public override async Task ReadLog(
        ReadLogRequest request, IServerStreamWriter<ConsoleOutput> responseStream, ServerCallContext context)
    {
        var lines = Checked.Range("tail_lines", request.TailLines, 0, TailLinesMax);
        var console = registry.FindConsole(
            Checked.Uid("uid", request.Uid), Checked.Range("instance", request.Instance, 0, long.MaxValue));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.Stopping);
        var end = request.Follow ? long.MaxValue : console.Log.End;
        await PassOutputAsync(console, responseStream, console.Log.FindTail(lines), end, over.Token);
    }

    /// <summary>An error of the input is the call's error; that it was cut short at the call's end is none.</summary>
    private static async Task IgnoreEndOfInputAsync(Task input, Task output)
    {
        try
        {
            await input;
        }
        catch (Exception) when (output.IsCompletedSuccessfully)
        {
            // The machine has ended: what more would have come does not matter.
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The output says why the call ended.
        }
    }

    private async Task PassOutputAsync(
        ReadableConsole console, IServerStreamWriter<ConsoleOutput> writer, long from, long to, CancellationToken over)
    {
        var position = from;
        var buffer = new byte[OutputBytesMax];
        while (position < to)
        {
            var free = buffer.AsMemory(0, (int)Math.Min(buffer.Length, to - position));
            var read = console.Log.Read(ref position, free.Span);
            if (read.LostBytes > 0 && from != 0)
            {
                meters.CountDropped(read.LostBytes);
            }

            if (read.LostBytes > 0)
            {
                await writer.WriteAsync(new ConsoleOutput { DroppedBytes = read.LostBytes }, over);
            }

            if (read.Count > 0)
            {
                await writer.WriteAsync(Output(read, free.Span), over);
            }
            else if (read.IsEnd)
            {
                break;
            }
            else
            {
                await console.Log.WaitAsync(position, over);
            }
        }

        if (console.End() is { } end)
        {
            await writer.WriteAsync(new ConsoleOutput { End = Reports.End(end) }, over);
        }
    }

    private static ConsoleOutput Output(in ConsoleLogRead read, ReadOnlySpan<byte> bytes) => new()
    {
        Data = new ConsoleData
        {
            Stream = (ConsoleStream)read.Stream,
            Data = ByteString.CopyFrom(bytes[..read.Count]),
            WrittenAtWallMs = read.WrittenAtWallMs,
        },
    };

    private static async Task PassInputAsync(
        Guest guest, IAsyncStreamReader<ConsoleInput> reader, CancellationToken over)
    {
        while (await reader.MoveNext(over))
        {
            switch (reader.Current.InputCase)
            {
                case ConsoleInput.InputOneofCase.Data when reader.Current.Data.Length <= InputBytesMax:
                    await guest.WriteInputAsync(reader.Current.Data.Memory, over);
                    break;
                case ConsoleInput.InputOneofCase.End:
                    guest.EndInput();
                    break;
                case ConsoleInput.InputOneofCase.Window:
                    var window = reader.Current.Window;
                    guest.Resize(
                        Checked.Range("window.columns", window.Columns, 1, WindowMax),
                        Checked.Range("window.rows", window.Rows, 1, WindowMax));
                    break;
                default:
                    throw Refused.Invalid(
                        $"after the target come input of at most {InputBytesMax} bytes, its end, or window sizes");
            }
        }
    }
}
