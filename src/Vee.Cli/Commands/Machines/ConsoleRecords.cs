using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Vee.Protocol;

namespace Vee.Cli.Commands.Machines;

/// <summary>A piece of a console, for programs: each holds a text, bytes, a gap or the end.</summary>
internal sealed record ConsoleRecord
{
    /// <summary>When the guest wrote it, or ended: wall time, UTC.</summary>
    public DateTime? WallTime { get; init; }

    /// <summary><c>stdout</c> or <c>stderr</c>.</summary>
    public string? Stream { get; init; }

    /// <summary>What was written, if it is text (UTF-8).</summary>
    public string? Text { get; init; }

    /// <summary>What was written, if it is no text.</summary>
    public string? Base64 { get; init; }

    /// <summary>Bytes that the console's log did not keep, before what follows.</summary>
    public long? DroppedBytes { get; init; }

    /// <summary>How the machine ended; nothing follows.</summary>
    public string? Ended { get; init; }
}

/// <summary>Makes records of what an agent sends of a console.</summary>
/// <remarks>
/// A piece becomes a record as it comes, as its reader may have to answer it. Only half a character waits for its rest,
/// without which the text around it would be none.
/// </remarks>
internal sealed class ConsoleRecords
{
    private readonly Dictionary<ConsoleStream, (byte[] Bytes, long WallMs)> halves = [];

    /// <summary>The records of a message.</summary>
    internal IEnumerable<ConsoleRecord> Of(ConsoleOutput message) => message.OutputCase switch
    {
        ConsoleOutput.OutputOneofCase.Data => OfData(message.Data),
        ConsoleOutput.OutputOneofCase.DroppedBytes =>
            Rest().Append(new ConsoleRecord { DroppedBytes = message.DroppedBytes }),
        ConsoleOutput.OutputOneofCase.End => Rest().Append(
            new ConsoleRecord { WallTime = TimeOf(message.End.EndedAtWallMs), Ended = message.End.Message }),
        // A later version of the agent says something that we do not know, and need not.
        _ => [],
    };

    /// <summary>Halves of characters whose rest does not come.</summary>
    internal IEnumerable<ConsoleRecord> Rest()
    {
        ConsoleRecord[] rest = [.. halves.Select(half => Piece(half.Key, half.Value.WallMs, half.Value.Bytes))];
        halves.Clear();
        return rest;
    }

    private IEnumerable<ConsoleRecord> OfData(ConsoleData data)
    {
        var half = halves.Remove(data.Stream, out var before) ? before.Bytes : [];
        byte[] bytes = [.. half, .. data.Data.Span];
        var whole = bytes.Length - HalfCharacter(bytes);
        if (whole < bytes.Length)
        {
            halves[data.Stream] = (bytes[whole..], data.WrittenAtWallMs);
        }

        return whole > 0 ? [Piece(data.Stream, data.WrittenAtWallMs, bytes.AsSpan(0, whole))] : [];
    }

    private static ConsoleRecord Piece(ConsoleStream stream, long wallMs, ReadOnlySpan<byte> bytes)
    {
        var isText = Utf8.IsValid(bytes);
        return new ConsoleRecord
        {
            WallTime = TimeOf(wallMs),
            Stream = stream == ConsoleStream.Error ? "stderr" : "stdout",
            Text = isText ? Encoding.UTF8.GetString(bytes) : null,
            Base64 = isText ? null : Convert.ToBase64String(bytes),
        };
    }

    private static DateTime TimeOf(long wallMs) => DateTimeOffset.FromUnixTimeMilliseconds(wallMs).UtcDateTime;

    /// <summary>Bytes at the end that begin a character and do not finish it.</summary>
    private static int HalfCharacter(ReadOnlySpan<byte> bytes)
    {
        for (var length = 1; length <= Math.Min(3, bytes.Length); length++)
        {
            if (Rune.DecodeFromUtf8(bytes[^length..], out _, out _) == OperationStatus.NeedMoreData)
            {
                return length;
            }
        }

        return 0;
    }
}
