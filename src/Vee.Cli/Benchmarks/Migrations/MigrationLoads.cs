using System.Text;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Probes;
using Vee.Machines.Networking;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>The machines that benchmarks move.</summary>
internal static class MigrationLoads
{
    private const uint FirstClient = 0x0A00_0100;
    private const ushort StreamPort = 5004;
    private const ushort StorePort = 6379;
    private const int StoreGroups = 8;
    private const int StoreKeys = 32;

    /// <summary>Small ones: every pattern of <c>writer</c>, the others under load, and one that idles.</summary>
    internal static IReadOnlyList<MigrationLoad> All { get; } =
    [
        Writer("counters", "--pattern counters"),
        Writer("random-words", "--pattern random-words"),
        Writer("whole-pages", "--pattern whole-pages --rate 4000"),
        Writer("moving-records", "--pattern moving-records --rate 50000"),
        Writer("scattered-bytes", "--pattern scattered-bytes --rate 20000"),
        Streamer("streamer", VirtualTime.Millisecond, "", 0),
        Ledger("ledger", 8, 20, 20_000, 64),
        Store("kvstore", isLoaded: true),
        Store("idle", isLoaded: false),
    ];

    /// <summary>Writes to memory, whatever comes.</summary>
    internal static MigrationLoad Writer(
        string name, string arguments, int mebibytes = 1, int frequency = 1000) => new()
    {
        Name = name,
        Program = "writer",
        Arguments = $"--memory {mebibytes}M --seconds 3600 {arguments}",
        HasSeed = true,
        MemoryBytes = Math.Max(64UL << 20, (ulong)mebibytes << 24),
        TouchedBytes = (ulong)mebibytes << 20,
        FrequencyMHz = frequency,
    };

    /// <summary>Answers a viewer, and keeps what it knows of others.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="interval">Nanoseconds from one datagram to the next.</param>
    /// <param name="arguments">What it keeps.</param>
    /// <param name="mebibytes">How much that is.</param>
    internal static MigrationLoad Streamer(string name, long interval, string arguments, int mebibytes) => new()
    {
        Name = name,
        Program = "streamer",
        Arguments = $"--receive {StreamPort} --echo {arguments}".TrimEnd(),
        MemoryBytes = Math.Max(64UL << 20, (ulong)mebibytes << 24),
        TouchedBytes = (ulong)mebibytes << 20,
        Clients = () =>
        [
            new UdpProbe(
                FirstClient, new EndPoint4(MigrationLoad.Address, StreamPort), 1200, interval,
                lostAfter: 60 * VirtualTime.Second),
        ],
    };

    /// <summary>Moves money, and has a heartbeat.</summary>
    internal static MigrationLoad Ledger(string name, int mebibytes, int heartbeatMs, int rate, int machineMebibytes) =>
        new()
        {
            Name = name,
            Program = "ledger",
            Arguments = $"--memory {mebibytes}M --heartbeat-ms {heartbeatMs} --transactions 0 --rate {rate}",
            HasSeed = true,
            MemoryBytes = (ulong)machineMebibytes << 20,
            TouchedBytes = (ulong)mebibytes << 20,
        };

    /// <summary>Keeps what clients set: groups of keys, each to one value and to another in turn.</summary>
    private static MigrationLoad Store(string name, bool isLoaded) => new()
    {
        Name = name,
        Program = "kvstore",
        Arguments = $"--port {StorePort}",
        WarmUp = 500 * VirtualTime.Millisecond,
        Clients = isLoaded
            ? () => [Client(0, "PING\r\n"u8.ToArray(), "+PONG\r\n".Length, VirtualTime.Millisecond), .. Setters()]
            : static () => [],
    };

    private static IEnumerable<TcpProbe> Setters() => Enumerable.Range(0, 2 * StoreGroups).Select(index => Client(
        1 + index, Encoding.ASCII.GetBytes(Set(index / 2, index % 2)), "+OK\r\n".Length,
        50 * VirtualTime.Millisecond));

    private static TcpProbe Client(int index, byte[] request, int answerBytes, long interval) => new(
        new TcpProbeOptions
        {
            Address = FirstClient + (uint)index,
            Target = new EndPoint4(MigrationLoad.Address, StorePort),
            Request = request,
            AnswerBytes = answerBytes,
            Interval = interval,
        });

    private static string Set(int group, int version)
    {
        var words = Enumerable.Range(0, StoreKeys).SelectMany(key => new[]
        {
            $"viewer:{(group * StoreKeys) + key:0000}",
            $"{{\"version\":{version},\"position\":{key * 7919 % 100000:00000},\"token\":\"{new string('x', 400)}\"}}",
        }).Prepend("MSET").ToArray();
        return string.Concat(words.Select(word => $"${word.Length}\r\n{word}\r\n").Prepend($"*{words.Length}\r\n"));
    }
}
