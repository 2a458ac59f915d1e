using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Vee.ControllerRuntime.Informers;

/// <summary>Cuts the answer of a watch into lines, and gives up on one that has fallen silent.</summary>
internal static class WatchStream
{
    /// <summary>Reads until the server closes. What stands after the last line end is half an event and
    /// dropped.</summary>
    /// <param name="stream">The body of the answer.</param>
    /// <param name="lineBytesMax">The longest line.</param>
    /// <param name="heard">Called for every piece that arrives, also for half an event, but not for the end.</param>
    /// <param name="cancellation">Cut by the watchdog or by the end of the informer.</param>
    /// <exception cref="IOException">The connection failed, or a line is too long.</exception>
    internal static async IAsyncEnumerable<byte[]> LinesAsync(
        Stream stream, int lineBytesMax, Action heard, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 << 10));
        var keptBytes = 0L;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellation);
                if (read.Buffer.Length > keptBytes)
                {
                    heard();
                }

                var rest = read.Buffer;
                while (rest.PositionOf((byte)'\n') is { } end)
                {
                    var line = rest.Slice(0, end).ToArray();
                    rest = rest.Slice(rest.GetPosition(1, end));
                    if (line.Length > 0)
                    {
                        yield return line;
                    }
                }

                if (rest.Length > lineBytesMax)
                {
                    throw new IOException($"an event of the watch is longer than {lineBytesMax} bytes");
                }

                keptBytes = rest.Length;
                reader.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted)
                {
                    yield break;
                }
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }
}
