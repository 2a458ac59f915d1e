using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Tests.Hosts;
using Xunit;
using static Vee.Hypervisor.Tests.Migration.HostilePeerTests;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>Peers that say what they should not while pages follow a machine: it never sees a page that is wrong.
/// </summary>
public sealed class HostilePostCopyTests(ITestOutputHelper output)
{
    private static readonly MigrationOptions PostCopy = new() { Mode = MigrationMode.PostCopy };

    public static TheoryData<int> Seeds => HostilePeerTests.Seeds;

    [Fact]
    public void A_late_page_that_differs_is_asked_for_again_and_not_seen_before()
    {
        using var move = Begun();
        var changed = 0;
        move.Intercept(arrival => [IsLatePages(arrival) && changed++ < 3 ? OtherDigest(arrival) : arrival]);
        move.RunToEnd();
        move.RunFor(Unmoved.Life);

        Assert.Null(move.Last.Failure);
        Assert.InRange(move.Result.PostCopy!.Faults.Mismatches, 1, 3);
        Assert.Equal(Unmoved.Output, move.Console.Output);
    }

    /// <summary>Bits of what follows are flipped, checksums of messages mended.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_machine_sees_no_page_that_is_wrong_whatever_its_source_says(int seed)
    {
        var random = new Random(seed);
        using var move = Begun();
        move.Intercept(arrival => [IsLatePages(arrival) && random.Next(4) == 0 ? Changed(random, arrival) : arrival]);
        move.RunFor(Unmoved.Life + TestHost.Second);

        output.WriteLine($"seed {seed}: {move.Last.Phase}, {move.TargetReports[^1].Failure?.Message} {move.Lost}");
        move.AssertOneExecutes();
        Assert.Equal(move.Last.Phase == MigrationPhase.Done ? Unmoved.Output : "", move.Console.Output);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_source_whose_pages_follow_survives_any_target(int seed)
    {
        var random = new Random(seed);
        using var move = Begun();
        move.RunUntil(() => move.Out.Stand == SourceStand.Granted, 50_000);
        move.Intercept(arrival => [arrival.Message.Sequence == 0 || !IsFromTarget(arrival)
            ? arrival : Saying(Said(random), arrival)]);
        move.RunFor(Unmoved.Life);

        move.AssertOneExecutes();
        Assert.Equal(SourceStand.Granted, move.Out.Stand);
    }

    private static Move Begun()
    {
        var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(20 * TestHost.Millisecond);
        move.Begin(PostCopy);
        return move;
    }

    private static bool IsLatePages(Arrival arrival) =>
        arrival.Message is { Sequence: > 0, Payload: { Length: > 8 } payload }
        && payload.Span[8] == (byte)MigrationMessageKind.LatePages;

    // What targets say is short, and no frame.
    private static bool IsFromTarget(Arrival arrival) =>
        arrival.Message.Payload is { Length: > 8 } payload && payload.Span[8] is
            (byte)MigrationMessageKind.Running or (byte)MigrationMessageKind.Executed
            or (byte)MigrationMessageKind.Wanted or (byte)MigrationMessageKind.Complete;

    private static Arrival OtherDigest(Arrival arrival)
    {
        // Behind the kind and the count of pages comes the first page's digest.
        var said = arrival.Message.Payload[8..].ToArray();
        said[said[1] < 0x80 ? 2 : 3] ^= 1;
        return Saying(said, arrival);
    }
}
