using System.Buffers.Binary;
using Vee.Hypervisor.Migration;

namespace Vee.Agent.Consoles;

/// <summary>
/// What a machine's console takes along to another agent: its log as far as it is kept, then what was added since, and
/// at last the input that the guest has not read.
/// </summary>
/// <remarks>Records: stream (1, 2; 0 is input), wall time in milliseconds (8 bytes), length (4), bytes. Input of no
/// bytes is its end.</remarks>
/// <param name="log">The console's output.</param>
/// <param name="input">The console's input.</param>
internal sealed class ConsoleLuggage(ConsoleLog log, ConsoleInputQueue input)
{
    /// <summary>Bytes before those of a record.</summary>
    internal const int HeadBytes = 1 + sizeof(long) + sizeof(int);

    /// <summary>Bytes of a record at most.</summary>
    internal const int RecordBytesMax = 16 * 1024;

    private readonly byte[] buffer = new byte[RecordBytesMax];
    private long position;

    internal byte[] Take(LuggageStage stage)
    {
        var all = new List<byte>();
        while (log.Read(ref position, buffer) is { Count: > 0 } read)
        {
            Add(all, read.Stream, read.WrittenAtWallMs, buffer.AsSpan(0, read.Count));
        }

        if (stage == LuggageStage.Last)
        {
            TakeInput(all);
        }

        return [.. all];
    }

    /// <summary>Only now, when it cannot be this agent's any more.</summary>
    private void TakeInput(List<byte> all)
    {
        int taken;
        do
        {
            input.Read(buffer, out taken, out _);
            if (taken > 0)
            {
                Add(all, 0, 0, buffer.AsSpan(0, taken));
            }
        }
        while (taken > 0);

        if (input.IsEnded)
        {
            Add(all, 0, 0, []);
        }
    }

    private static void Add(List<byte> all, byte stream, long time, ReadOnlySpan<byte> bytes)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        head[0] = stream;
        BinaryPrimitives.WriteInt64LittleEndian(head[1..], time);
        BinaryPrimitives.WriteInt32LittleEndian(head[(1 + sizeof(long))..], bytes.Length);
        all.AddRange(head);
        all.AddRange(bytes);
    }
}

/// <summary>Puts into a console what came along with its machine; it comes from another agent and may be anything.
/// </summary>
/// <param name="log">The console's output.</param>
/// <param name="input">The console's input.</param>
/// <param name="arrived">Told of input.</param>
internal sealed class ConsoleLuggageReader(ConsoleLog log, ConsoleInputQueue input, Action arrived)
{
    private readonly List<byte> waiting = [];

    /// <summary>Takes a piece.</summary>
    /// <returns>False when it cannot be one.</returns>
    internal bool TryTake(ReadOnlyMemory<byte> piece)
    {
        waiting.AddRange(piece.Span);
        byte[] all = [.. waiting];
        var at = 0;
        while (all.Length - at >= ConsoleLuggage.HeadBytes)
        {
            var head = all.AsSpan(at);
            var length = BinaryPrimitives.ReadInt32LittleEndian(head[(1 + sizeof(long))..]);
            if (head[0] > 2 || length is < 0 or > ConsoleLuggage.RecordBytesMax)
            {
                return false;
            }

            if (head.Length < ConsoleLuggage.HeadBytes + length)
            {
                break;
            }

            var time = BinaryPrimitives.ReadInt64LittleEndian(head[1..]);
            Put(head[0], time, head.Slice(ConsoleLuggage.HeadBytes, length));
            at += ConsoleLuggage.HeadBytes + length;
        }

        waiting.RemoveRange(0, at);
        return true;
    }

    private void Put(byte stream, long time, ReadOnlySpan<byte> bytes)
    {
        if (stream != 0)
        {
            log.Append(stream, bytes, time);
        }
        else if (bytes.IsEmpty)
        {
            input.End();
            arrived();
        }
        else
        {
            input.Append(bytes);
            arrived();
        }
    }
}
