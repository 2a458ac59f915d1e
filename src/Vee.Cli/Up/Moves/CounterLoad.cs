using System.Globalization;

namespace Vee.Cli.Up.Moves;

/// <summary>
/// Counts up counters of a store over one connection, and knows what the store has acknowledged: what must be there
/// wherever the store is. The sequence of counters is the seed's alone.
/// </summary>
/// <param name="client">The connection, which stays open throughout.</param>
/// <param name="seed">Which counters, in which order.</param>
/// <param name="time">Measures.</param>
internal sealed class CounterLoad(StoreClient client, int seed, TimeProvider time)
{
    private const int CounterCount = 20_000;

    /// <summary>Requests that are sent in one go.</summary>
    private const int BatchCount = 40;

    /// <summary>Keys of one request: a store takes 1024 words at most.</summary>
    private const int KeysOfRequest = 500;

    private static readonly TimeSpan BatchInterval = TimeSpan.FromMilliseconds(10);

    // A counter's value is the number of its writes that were acknowledged.
    private readonly int[] acknowledged = new int[CounterCount];
    private readonly Random random = new(seed);
    private readonly Lock gapLock = new();
    private TimeSpan longestGap;

    /// <summary>Writes that the store has acknowledged.</summary>
    public long AcknowledgedCount => acknowledged.Sum(count => (long)count);

    /// <summary>Makes all counters, each 0.</summary>
    public async Task FillAsync(CancellationToken cancellation)
    {
        foreach (var keys in Requests())
        {
            await client.AskAsync(["MSET " + string.Join(' ', keys.Select(key => $"{Name(key)} 0"))], cancellation);
        }
    }

    /// <summary>Writes until it is told to end; what was sent is waited for.</summary>
    /// <exception cref="UpException">The connection broke, or a counter is not what it was counted to.</exception>
    public async Task RunAsync(CancellationToken over, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(BatchInterval, time);
        var last = time.GetTimestamp();
        while (!over.IsCancellationRequested)
        {
            int[] keys = [.. Enumerable.Range(0, BatchCount).Select(_ => random.Next(CounterCount))];
            var answers = await client.AskAsync([.. keys.Select(key => $"INCR {Name(key)}")], cancellation);
            foreach (var (key, answer) in keys.Zip(answers))
            {
                Acknowledge(key, answer[0]);
            }

            var now = time.GetTimestamp();
            NoteGap(time.GetElapsedTime(last, now));
            last = now;
            await timer.WaitForNextTickAsync(cancellation);
        }
    }

    /// <summary>The longest wall time between acknowledgements since this was last asked.</summary>
    public TimeSpan TakeLongestGap()
    {
        lock (gapLock)
        {
            var taken = longestGap;
            longestGap = TimeSpan.Zero;
            return taken;
        }
    }

    /// <summary>Counts acknowledged writes that a store does not have. The load must have ended.</summary>
    /// <param name="store">A connection to where the store is now.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<long> CountLostAsync(StoreClient store, CancellationToken cancellation)
    {
        var lost = 0L;
        foreach (var keys in Requests())
        {
            var answers = await store.AskAsync(["MGET " + string.Join(' ', keys.Select(Name))], cancellation);
            lost += keys.Zip(answers[0]).Sum(pair => Math.Max(0, acknowledged[pair.First] - Number(pair.Second)));
        }

        return lost;
    }

    private static IEnumerable<int[]> Requests() => Enumerable.Range(0, CounterCount).Chunk(KeysOfRequest);

    private static string Name(int key) => string.Create(CultureInfo.InvariantCulture, $"page:{key:00000000}:visits");

    private static int Number(string? value) => value is null ? 0 : int.Parse(value, CultureInfo.InvariantCulture);

    private void Acknowledge(int key, string? answer)
    {
        if (Number(answer) != acknowledged[key] + 1)
        {
            throw new UpException(string.Create(
                CultureInfo.InvariantCulture,
                $"{Name(key)} was counted to {acknowledged[key]}, and the next answer is {answer ?? "nothing"}."));
        }

        acknowledged[key]++;
    }

    private void NoteGap(TimeSpan gap)
    {
        lock (gapLock)
        {
            longestGap = gap > longestGap ? gap : longestGap;
        }
    }
}
