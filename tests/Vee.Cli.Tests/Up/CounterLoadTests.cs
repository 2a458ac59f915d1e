using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Vee.Cli.Up;
using Vee.Cli.Up.Moves;
using Xunit;

namespace Vee.Cli.Tests.Up;

/// <summary>The client of the demo notices when a store does not keep its word.</summary>
public sealed class CounterLoadTests
{
    private const int Seed = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_that_keeps_everything_has_lost_nothing()
    {
        using var store = new ForgetfulStore();
        using var client = await store.ConnectAsync();

        var load = await WriteAsync(client);

        Assert.True(load.AcknowledgedCount > 0);
        Assert.Equal(load.AcknowledgedCount, store.Counters.Values.Sum());
        Assert.True(load.TakeLongestGap() > TimeSpan.Zero);
        using var another = await store.ConnectAsync();
        Assert.Equal(0, await load.CountLostAsync(another, Token));
    }

    [Fact]
    public async Task Acknowledged_writes_that_a_store_forgets_are_counted()
    {
        using var store = new ForgetfulStore();
        using var client = await store.ConnectAsync();
        var load = await WriteAsync(client);
        string[] written = [.. store.Counters.Where(c => c.Value > 0).Select(c => c.Key).Take(3)];
        store.Counters[written[0]]--;
        store.Counters[written[1]]--;
        store.Counters.Remove(written[2], out var removed);

        using var another = await store.ConnectAsync();

        Assert.Equal(2 + removed, await load.CountLostAsync(another, Token));
    }

    [Fact]
    public async Task A_store_that_counts_wrong_or_goes_away_ends_the_load()
    {
        using var store = new ForgetfulStore { Step = 2 };
        using var client = await store.ConnectAsync();
        var wrong = await Assert.ThrowsAsync<UpException>(() => WriteAsync(client));
        Assert.Matches("page:[0-9]+:visits was counted to 0, and the next answer is 2", wrong.Message);

        store.Dispose();
        await Assert.ThrowsAsync<UpException>(() => client.AskAsync(["MGET a", "MGET b"], Token));
    }

    private static async Task<CounterLoad> WriteAsync(StoreClient client)
    {
        var load = new CounterLoad(client, Seed, TimeProvider.System);
        await load.FillAsync(Token);
        using var over = new CancellationTokenSource(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        await load.RunAsync(over.Token, Token);
        return load;
    }

    /// <summary>As much of a Redis server as the load needs, whose memory a test can change.</summary>
    private sealed class ForgetfulStore : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly ConcurrentBag<TcpClient> clients = [];

        public ForgetfulStore() => listener.Start();

        public ConcurrentDictionary<string, int> Counters { get; } = new();

        /// <summary>What is added when 1 is to be.</summary>
        public int Step { get; init; } = 1;

        public async Task<StoreClient> ConnectAsync()
        {
            var client = await StoreClient.ConnectAsync("store", $"{listener.LocalEndpoint}", Token);
            var accepted = await listener.AcceptTcpClientAsync(Token);
            clients.Add(accepted);
            _ = ServeAsync(accepted);
            return client;
        }

        public void Dispose()
        {
            listener.Dispose();
            foreach (var client in clients)
            {
                client.Dispose();
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
            while (await reader.ReadLineAsync(Token) is { } line)
            {
                var answer = Answer(line.Split(' '));
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), Token);
            }
        }

        private string Answer(string[] words)
        {
            switch (words[0])
            {
                case "MSET":
                    foreach (var pair in words.Skip(1).Chunk(2))
                    {
                        Counters[pair[0]] = int.Parse(pair[1], CultureInfo.InvariantCulture);
                    }

                    return "+OK\r\n";
                case "INCR":
                    return $":{Counters[words[1]] += Step}\r\n";
                default:
                    var values = words.Skip(1).Select(key =>
                        Counters.TryGetValue(key, out var count) ? $"${$"{count}".Length}\r\n{count}\r\n" : "$-1\r\n");
                    return $"*{words.Length - 1}\r\n{string.Concat(values)}";
            }
        }
    }
}
