using System.Text;
using Vee.Agent.Consoles;
using Xunit;

namespace Vee.Agent.Tests;

/// <summary>The ring behind a console, against all that was ever written.</summary>
public sealed class ConsoleLogTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Readers_find_each_byte_once_or_are_told_that_it_is_lost(int seed)
    {
        var random = new Random(seed);
        var log = new ConsoleLog(random.Next(1, 20_000), TimeProvider.System);
        var written = new List<(byte Byte, int Stream)>();
        var positions = new long[3];
        for (var step = 0; step < 3000; step++)
        {
            if (random.Next(2) == 0)
            {
                var piece = new byte[random.Next(random.Next(20) == 0 ? 50_000 : 60)];
                random.NextBytes(piece);
                var stream = random.Next(1, 3);
                log.Append(stream, piece);
                written.AddRange(piece.Select(one => (one, stream)));
                continue;
            }

            var reader = random.Next(positions.Length);
            var before = positions[reader];
            var buffer = new byte[random.Next(1, 9000)];
            var read = log.Read(ref positions[reader], buffer);
            var first = before + read.LostBytes;
            Assert.Equal(first + read.Count, positions[reader]);
            Assert.True(
                read.Count > 0 || first == written.Count, $"seed {seed}, step {step}: nothing of what was written");
            for (var index = 0; index < read.Count; index++)
            {
                Assert.True(
                    written[(int)first + index] == (buffer[index], read.Stream),
                    $"seed {seed}, step {step}: byte {first + index}");
            }
        }
    }

    [Theory]
    [InlineData("a\nb\nc\n", 1, "c\n")]
    [InlineData("a\nb\nc\n", 2, "b\nc\n")]
    [InlineData("a\nb\nc", 1, "c")]
    [InlineData("a\nb\nc", 2, "b\nc")]
    [InlineData("a\nb\nc", 9, "a\nb\nc")]
    [InlineData("a\nb\nc", 0, "a\nb\nc")]
    [InlineData("\n\n\n", 2, "\n\n")]
    [InlineData("", 2, "")]
    public void Tail_is_whole_lines(string text, int lines, string expected)
    {
        var log = new ConsoleLog(4096, TimeProvider.System);
        log.Append(1, Encoding.ASCII.GetBytes(text));
        var position = log.FindTail(lines);
        var buffer = new byte[100];

        var read = log.Read(ref position, buffer);

        Assert.Equal(expected, Encoding.ASCII.GetString(buffer, 0, read.Count));
    }

    [Fact]
    public void What_is_noted_of_pieces_counts_as_held_and_is_trimmed_at_the_end()
    {
        const int PieceBytes = 24;
        const int BytesMax = 64 * 1024;
        var log = new ConsoleLog(BytesMax, new TickingTime());
        for (var i = 0; i < 10_000; i++)
        {
            log.Append(1, "x"u8);
        }

        var (position, byteCount, pieceCount) = (0L, 0, 0);
        while (log.Read(ref position, new byte[BytesMax]) is { Count: > 0 } read)
        {
            byteCount += read.Count;
            pieceCount++;
        }

        Assert.InRange(pieceCount, 4000, 10_000);
        Assert.InRange(log.HeldBytes, byteCount + (PieceBytes * pieceCount), long.MaxValue);
        log.Complete();
        Assert.InRange(
            log.HeldBytes, byteCount + (PieceBytes * pieceCount), (2 * byteCount) + (PieceBytes * pieceCount));
    }

    /// <summary>A millisecond passes between any two looks at it.</summary>
    private sealed class TickingTime : TimeProvider
    {
        private long milliseconds;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds++);
    }
}
