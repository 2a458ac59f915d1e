using Vee.Hypervisor.Events;
using static Vee.Cli.Benchmarks.Migrations.MarkdownTable;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>A machine of which one expects that differences move it, and machines that are nearly so.</summary>
/// <param name="Name">For people.</param>
/// <param name="Says">What it is, with every parameter.</param>
/// <param name="Variants">The machine itself first, then its neighbours.</param>
/// <param name="Notices">What people notice of a pause: a header, and what to say.</param>
internal sealed record Story(
    string Name, string Says, IReadOnlyList<StoryVariant> Variants,
    IReadOnlyList<(string Header, Func<MigrationRow, string> Of)> Notices)
{
    private const long HeartbeatPeriod = 100 * VirtualTime.Millisecond;
    private const long Megabit = 1_000_000;

    /// <summary>The paper's three.</summary>
    internal static IReadOnlyList<Story> All { get; } = [SparseWriter(64, 100), StreamingServer(), LargeLedger()];

    /// <summary>One that takes little time.</summary>
    internal static IReadOnlyList<Story> Quick { get; } = [SparseWriter(1, 100)];

    private static Story SparseWriter(int mebibytes, int megabits)
    {
        MigrationLoad Of(int bytes) => MigrationLoads.Writer(
            $"{bytes} bytes a write", $"--pattern scattered-bytes --bytes {bytes} --rate 6000", mebibytes);
        return new Story(
            "Sparse writer",
            "`writer` changes 16 bytes, scattered over a page, in 6,000 pages a second of "
            + $"{mebibytes} MiB: sent as they are, twice what a link of {megabits} Mbit/s and 1 ms takes.",
            [
                new("as told", Of(16), megabits * Megabit, VirtualTime.Millisecond),
                new("link twice as fast", Of(16), 2 * megabits * Megabit, VirtualTime.Millisecond),
                new("link four times as fast", Of(16), 4 * megabits * Megabit, VirtualTime.Millisecond),
                new("1,024 bytes a write", Of(1024), megabits * Megabit, VirtualTime.Millisecond),
                new("4,096 bytes a write", Of(4096), megabits * Megabit, VirtualTime.Millisecond),
            ],
            []);
    }

    private static Story StreamingServer()
    {
        static MigrationLoad Of(int updates) => MigrationLoads.Streamer(
            $"{updates} sessions a datagram", 40 * VirtualTime.Millisecond, $"--sessions 64M --updates {updates}", 64);
        return new Story(
            "Streaming server",
            "`streamer` sends a viewer 25 datagrams of 1,200 bytes a second, and with each changes 16 bytes of 256 in "
            + "1,000 of 262,144 sessions (64 MiB), over a link of 100 Mbit/s and 1 ms. The viewer has a buffer of 2 s; "
            + "0.2 s is its neighbour.",
            [
                new("as told", Of(1000), 100 * Megabit, VirtualTime.Millisecond),
                new("link ten times as fast", Of(1000), 1000 * Megabit, VirtualTime.Millisecond),
                new("ten times as many sessions", Of(10_000), 100 * Megabit, VirtualTime.Millisecond),
                new("no sessions", MigrationLoads.Streamer("no sessions", 40 * VirtualTime.Millisecond, "", 0),
                    100 * Megabit, VirtualTime.Millisecond),
            ],
            [
                ("no datagram for, ms", row => Milliseconds(row.Silence)),
                ("film stands still, buffer 2 s", row => Frozen(row, 2 * VirtualTime.Second)),
                ("buffer 0.2 s", row => Frozen(row, VirtualTime.Second / 5)),
            ]);
    }

    private static Story LargeLedger() => new(
        "Large ledger",
        "`ledger` has 4 GiB of accounts in a machine with 36 GiB of memory and makes 5,000 transfers a second, a line "
        + "of 64 bytes at each end, over a link of 1 Gbit/s and 0.2 ms. Its heartbeat is due each 100 ms; a cluster "
        + "that gives up after 5 s, or after 1 s, is what the last columns stand for.",
        [
            new("as told", Ledger("4 GiB of 36 GiB", 4096, 5_000, 36 << 10), 1000 * Megabit, 200_000)
            {
                // A migration of 4 GiB takes a minute or two of the wall's time: the others tell of smaller ones.
                Codecs = ["none", "xbzrle", "vee"],
            },
            new("1 GiB of 9 GiB", Ledger("1 GiB of 9 GiB", 1024, 5_000, 9 << 10), 1000 * Megabit, 200_000),
            new("1 GiB of 1.25 GiB: few bases", Ledger("1 GiB of 1.25 GiB", 1024, 5_000, 1280),
                1000 * Megabit, 200_000),
            new("1 GiB of 9 GiB, 50,000 transfers a second", Ledger("1 GiB busy", 1024, 50_000, 9 << 10),
                1000 * Megabit, 200_000),
        ],
        [
            ("heartbeats missed", row => row.Result is { } result ? $"{result.Downtime / HeartbeatPeriod}" : ""),
            ("limit of 5 s", row => Survives(row, 5 * VirtualTime.Second)),
            ("limit of 1 s", row => Survives(row, VirtualTime.Second)),
        ]);

    private static MigrationLoad Ledger(string name, int mebibytes, int rate, int machineMebibytes) =>
        MigrationLoads.Ledger(
            name, mebibytes, (int)(HeartbeatPeriod / VirtualTime.Millisecond), rate, machineMebibytes);

    private static string Frozen(MigrationRow row, long buffer) =>
        row.Silence > buffer ? $"**{Milliseconds(row.Silence - buffer)} ms**" : "no";

    private static string Survives(MigrationRow row, long limit) => row.Downtime > limit ? "**given up**" : "survives";
}

/// <summary>A machine and a link.</summary>
/// <param name="Name">What is different about it.</param>
/// <param name="Load">The machine.</param>
/// <param name="LinkBitsPerSecond">Of the link.</param>
/// <param name="RoundTrip">Nanoseconds.</param>
internal sealed record StoryVariant(string Name, MigrationLoad Load, long LinkBitsPerSecond, long RoundTrip)
{
    /// <summary>The codecs that tell of it.</summary>
    internal IReadOnlyList<string> Codecs { get; init; } = ["none", "zstd", "xbrle2011", "xbzrle", "vee"];
}
