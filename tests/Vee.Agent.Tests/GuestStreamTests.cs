using System.Text;
using Vee.Agent.Gateways;
using Xunit;

namespace Vee.Agent.Tests;

/// <summary>What a guest sends to a client and its network brings in another order.</summary>
public sealed class GuestStreamTests
{
    private const int WindowBytes = 1000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_order_gives_the_same_bytes_and_ends(int times)
    {
        // Where each begins, and its bytes; none for the end.
        (ulong Sequence, string Text)[] conversation = [(0, "ab"), (2, "cde"), (5, "f"), (6, "gh"), (7, "hi"), (9, "")];
        foreach (var order in Permutations(conversation))
        {
            var stream = new GuestStream(WindowBytes);
            foreach (var (sequence, text) in order.SelectMany(message => Enumerable.Repeat(message, times)))
            {
                Assert.True(text.Length == 0 ? stream.TryFinish(sequence) : Take(stream, sequence, text));
            }

            Assert.Equal("abcdefghi.", ReadAll(stream));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Long_streams_come_whole_from_a_network_that_delays_messages_at_random(int seed)
    {
        var random = new Random(seed);
        var stream = new GuestStream(WindowBytes);
        var all = new byte[200_000];
        random.NextBytes(all);
        List<(int Sequence, int Count)> flying = [];
        List<byte> got = [];
        for (var (sent, limit) = (0, WindowBytes); got.Count < all.Length;)
        {
            while (sent < Math.Min(limit, all.Length) && flying.Count < 20)
            {
                var count = Math.Min(random.Next(1, 200), Math.Min(limit, all.Length) - sent);
                flying.Add((sent, count));
                sent += count;
            }

            var next = random.Next(flying.Count);
            var (sequence, length) = flying[next];
            Assert.True(stream.TryTake((ulong)sequence, all.AsMemory(sequence, length)));
            flying.RemoveAt(next);
            while (stream.Pieces.TryRead(out var piece))
            {
                got.AddRange(piece.ToArray());
            }

            limit = got.Count + WindowBytes;
            stream.RaiseLimit((ulong)limit);
        }

        Assert.True(all.AsSpan().SequenceEqual(got.ToArray()), $"seed {seed}");
        Assert.True(stream.TryFinish((ulong)all.Length));
        Assert.True((await stream.Pieces.ReadAsync(TestContext.Current.CancellationToken)).IsEmpty);
    }

    [Theory]
    [InlineData(995, 6)]
    [InlineData(1000, 1)]
    [InlineData(ulong.MaxValue, 2)]
    public void What_is_beyond_the_window_is_refused(ulong sequence, int count) =>
        Assert.False(Take(new GuestStream(WindowBytes), sequence, new string('x', count)));

    [Fact]
    public void An_end_that_contradicts_others_is_refused()
    {
        var stream = new GuestStream(WindowBytes);
        Assert.True(Take(stream, 4, "ef"));
        Assert.False(stream.TryFinish(5));
        Assert.True(stream.TryFinish(6));
        Assert.False(stream.TryFinish(7));
        Assert.False(Take(stream, 5, "fg"));
        Assert.False(Take(stream, 0, "abcdefg"));
        Assert.True(Take(stream, 0, "abcd"));
        Assert.Equal("abcdef.", ReadAll(stream));
    }

    [Fact]
    public void Too_many_gaps_are_refused()
    {
        var stream = new GuestStream(WindowBytes);
        var gaps = Enumerable.Range(1, 400).TakeWhile(gap => Take(stream, (ulong)(2 * gap), "x")).Count();
        Assert.Equal(256, gaps);
    }

    private static bool Take(GuestStream stream, ulong sequence, string text) =>
        stream.TryTake(sequence, Encoding.Latin1.GetBytes(text));

    private static string ReadAll(GuestStream stream)
    {
        var text = "";
        while (stream.Pieces.TryRead(out var piece))
        {
            text += piece.IsEmpty ? "." : Encoding.Latin1.GetString(piece.Span);
        }

        return text;
    }

    private static IEnumerable<T[]> Permutations<T>(T[] items) => items.Length < 2
        ? [items]
        : items.SelectMany((first, index) => Permutations([.. items[..index], .. items[(index + 1)..]])
            .Select(rest => (T[])[first, .. rest]));
}
