using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Tests.Hosts;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>What a migration is like depends on what is moved and over what, not on who simulates it how.</summary>
public sealed class MigrationDeterminismTests(ITestOutputHelper output)
{
    private const string Writer = "--memory 1M --rate 300000 --rounds 1500 --pattern random-words";

    public static TheoryData<string> Ways => [.. Options.Keys];

    private static Dictionary<string, MigrationOptions> Options { get; } = new()
    {
        ["as usual"] = new(),
        ["stop and copy"] = new() { Mode = MigrationMode.StopAndCopy },
        ["without base images"] = new() { KeepsBaseImages = false },
        ["in the order of addresses"] = new() { SendsColdFirst = false },
        ["with hot pages"] = new() { HoldsBackHot = false },
        ["in rows"] = new() { SendsColumns = false },
        ["with two streams"] = new() { StreamCount = 2, Codec = "zstd" },
        ["with a cap"] = new() { BitsPerSecondMax = 50_000_000 },
        ["with a limit for the guest"] = new()
        {
            DowntimeMax = 1_600_000,
            Codec = "none",
            KeepsBaseImages = false,
            Ladder = [EscalationStep.SmallerCodec, EscalationStep.DirtyLimit, EscalationStep.Abort],
        },
        ["given up"] = new() { DowntimeMax = 1000 },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_migration_is_the_same_whoever_simulates_the_hosts(string way)
    {
        var together = Run(way);
        output.WriteLine(together[0]);
        Assert.Equal(together, Run(way, isApart: true));
        Assert.Equal(together, Run(way, slice: 997));
    }

    /// <summary>All that can be seen of a migration, and hashes of the hosts.</summary>
    private static string[] Run(string way, bool isApart = false, long slice = long.MaxValue)
    {
        using var move = Move.Of("bin/writer", Writer, isApart: isApart, slice: slice, isHashed: true);
        move.RunFor(20 * TestHost.Millisecond);
        move.Begin(Options[way]);
        move.RunUntil(3 * TestHost.Second);
        var (report, result) = (move.Last, move.Last.Result);
        // Whatever limit it had is gone, wherever it is.
        var place = move.Hosts.SelectMany(host => host.Guests).Single(guest => guest.Program == move.Guest);
        Assert.Equal(0, place.CapPercent);
        return
        [
            $"{report.Phase} {report.Failure?.Reason}: {report.RoundCount} rounds, {report.BytesSent} bytes, "
            + $"{report.PagesSent} pages, {string.Join(", ", report.Escalations.Select(step => step.Step))}",
            $"{result?.Total} {result?.Downtime} {result?.DowntimePredicted} {result?.FinalBytes} {result?.EncodeTime}",
            string.Join("; ", result?.Forms.OrderBy(form => form.Key).Select(form => $"{form}") ?? []),
            string.Join("; ", report.Rounds),
            Convert.ToHexString([.. result?.RootDigest ?? []]),
            move.Console.Output,
            .. move.Hosts.Select(host => string.Join(' ', host.Hashes)),
        ];
    }
}
