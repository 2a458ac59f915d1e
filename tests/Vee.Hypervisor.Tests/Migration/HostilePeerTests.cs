using System.Security.Cryptography;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Pages;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Machines.Memory;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>
/// Peers that say anything at any time: the other side refuses or ignores it, goes on simulating, and never lets a
/// machine execute that it must not.
/// </summary>
public sealed class HostilePeerTests(ITestOutputHelper output)
{
    private const int MessagesMax = 60;

    private static readonly MigrationOptions Compared = new() { GrantsAhead = false };

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_target_survives_any_source(int seed)
    {
        var random = new Random(seed);
        using var move = new Move();
        move.Expect();
        using var channel = new ReliableChannel(move.Hosts[0], "b", Move.Number, (_, _) => { });
        for (var count = 0; count < MessagesMax; count++)
        {
            if (count > 0 || random.Next(4) > 0)
            {
                // Mostly it begins as it should.
                channel.Send(count == 0 ? OfferOf(Move.Token) : Said(random));
            }

            move.RunFor(random.Next(1, 2_000_000));
        }

        move.RunFor(TestHost.Second);
        output.WriteLine($"seed {seed}: {move.TargetReports[^1].Phase} {move.TargetReports[^1].Failure?.Message}");
        Assert.NotEqual(TargetStand.Owner, move.In.Stand);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_source_survives_any_target(int seed)
    {
        var random = new Random(seed);
        using var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(20 * TestHost.Millisecond);
        move.BeginWithoutTarget(new MigrationOptions { ProgressTimeout = 5 * TestHost.Second });
        using var channel = new ReliableChannel(move.Hosts[1], "a", Move.Number, (_, _) => { });
        channel.Send(MigrationMessage.Of(new Acceptance(Features: 0, Cores: 2, Capacity: 2048)));
        for (var count = 0; count < MessagesMax; count++)
        {
            move.RunFor(random.Next(1, 200_000));
            channel.Send(Said(random));
        }

        move.RunFor(Unmoved.Life);
        output.WriteLine($"seed {seed}: {move.Last.Phase} {move.Last.Failure?.Message}");
        // It has not shown that it has the machine.
        Assert.Equal(SourceStand.Owner, move.Out.Stand);
        Assert.Equal(MigrationPhase.Failed, move.Last.Phase);
        Assert.Equal(Unmoved.Output, move.Console.Output);
    }

    /// <summary>A target that took the machine and said so, and then says anything, any number of times.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_source_that_has_granted_survives_any_target(int seed)
    {
        var random = new Random(seed);
        using var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(20 * TestHost.Millisecond);
        move.Begin(new MigrationOptions { GrantsAhead = seed % 2 == 0 });
        move.RunUntil(() => move.Out.Stand == SourceStand.Granted, 50_000);
        move.Intercept(arrival => [arrival.Message.Sequence == 0 ? arrival : Saying(Said(random), arrival)]);
        move.RunFor(Unmoved.Life);
        move.AssertOneExecutes();
        Assert.Equal(SourceStand.Granted, move.Out.Stand);
        Assert.InRange(move.Last.Result?.Downtime ?? 0, 0, Unmoved.Life);
    }

    /// <summary>A source that does all as it should but for one thing that it says now and then.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_target_survives_a_source_that_nearly_does_as_it_should(int seed)
    {
        var random = new Random(seed);
        using var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(20 * TestHost.Millisecond);
        move.Begin(new MigrationOptions { GrantsAhead = seed % 2 == 0 });
        move.Intercept(arrival => arrival.Message.Sequence > 1 && random.Next(25) == 0
            ? [Changed(random, arrival)] : [arrival]);
        move.RunFor(Unmoved.Life + TestHost.Second);
        output.WriteLine($"seed {seed}: {move.Last.Phase} {move.Last.Failure?.Message}, target {move.In.Stand}");
        move.AssertOneExecutes();
        // It may have given it away and not have said so.
        var isAtRest = (move.Out.Stand, move.In.Stand) is (SourceStand.Granted, TargetStand.Ready);
        Assert.Equal(isAtRest ? "" : Unmoved.Output, move.Console.Output);
    }

    /// <summary>A machine that says that it has lived for longer than there has been time.</summary>
    [Fact]
    public void A_target_refuses_a_machine_from_another_time()
    {
        using var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(20 * TestHost.Millisecond);
        move.Begin();
        move.Intercept(arrival => [arrival.Message is { Sequence: > 0, Payload: { Length: > 8 } payload }
            && payload.Span[8] == (byte)MigrationMessageKind.Whole
            ? Saying(
                MigrationMessage.Of(MigrationMessage.ReadWhole(payload[9..]) with
                {
                    Place = new MachinePlace(TestHost.Second, IsHeld: false, 0),
                }),
                arrival)
            : arrival]);
        move.RunToEnd();
        Assert.Equal("StateRefused", move.Last.Failure!.Reason);
    }

    /// <summary>What the target knows of its pages, or of the state, is not what was sent: nothing is given away.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(MemoryDigest.RootBytes)]
    public void A_target_that_has_something_else_gets_no_grant(int differsAt)
    {
        using var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(20 * TestHost.Millisecond);
        move.Begin(Compared);
        move.Intercept(arrival => [arrival.Message is { Sequence: > 0, Payload: { Length: > 8 } payload }
            && payload.Span[8] == (byte)MigrationMessageKind.Ready
            ? Saying(Flipped(payload[8..].ToArray(), 1 + differsAt), arrival)
            : arrival]);

        move.RunToEnd();

        Assert.Equal(("IntegrityMismatch", SourceStand.Owner), (move.Last.Failure!.Reason, move.Out.Stand));
        move.RunFor(Unmoved.Life);
        move.AssertOneExecutes();
        Assert.Equal(Unmoved.Output, move.Console.Output);
    }

    /// <summary>What the source says that its pages are, or its state, is not what came: the grant that came along does
    /// not count, and the machine executes on at the source.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_grant_does_not_count_at_a_target_that_has_something_else(bool arePagesOther)
    {
        using var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(20 * TestHost.Millisecond);
        move.Begin();
        move.Intercept(arrival => [arrival.Message is { Sequence: > 0, Payload: { Length: > 8 } payload }
            && payload.Span[8] == (byte)MigrationMessageKind.Whole
            ? Saying(Other(MigrationMessage.ReadWhole(payload[9..]), arePagesOther), arrival)
            : arrival]);

        move.RunUntil(() => move.Out.Stand == SourceStand.Offered, 10_000);
        move.RunToEnd();

        Assert.Equal(("IntegrityMismatch", SourceStand.Owner), (move.Last.Failure!.Reason, move.Out.Stand));
        Assert.Equal(TargetStand.GivenUp, move.In.Stand);
        move.RunFor(Unmoved.Life);
        Assert.Equal(Unmoved.Output, move.Console.Output);
    }

    /// <summary>A grant of another machine, or one that nobody has agreed on.</summary>
    [Theory]
    [InlineData(Move.Token + 1, true)]
    [InlineData(Move.Token, false)]
    public void A_grant_that_was_not_agreed_on_is_refused(long token, bool grantsAhead)
    {
        using var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(20 * TestHost.Millisecond);
        move.Begin(new MigrationOptions { GrantsAhead = grantsAhead });
        move.Intercept(arrival => [arrival.Message is { Sequence: > 0, Payload: { Length: > 8 } payload }
            && payload.Span[8] == (byte)MigrationMessageKind.Whole
            ? Saying(
                MigrationMessage.Of(MigrationMessage.ReadWhole(payload[9..]) with { Grant = token }), arrival)
            : arrival]);
        move.RunToEnd();
        Assert.Equal(("ProtocolError", SourceStand.Owner), (move.Last.Failure!.Reason, move.Out.Stand));
        Assert.Equal(TargetStand.GivenUp, move.In.Stand);
    }

    private static byte[] Other(Whole whole, bool arePagesOther) => MigrationMessage.Of(arePagesOther
        ? whole with { Root = Flipped(whole.Root, 0) }
        : whole with { StateDigest = Flipped(whole.StateDigest, 0) });

    private static byte[] Flipped(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }

    /// <summary>The source has granted, in words that nobody understands: only its own word may end the migration.
    /// </summary>
    [Fact]
    public void A_target_that_is_ready_waits_for_a_grant_that_it_understands_or_that_is_forwarded()
    {
        using var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(20 * TestHost.Millisecond);
        move.Begin(Compared);
        move.Intercept(arrival => [arrival.Message is { Sequence: > 0, Payload: { Length: > 8 } payload }
            && payload.Span[8] == (byte)MigrationMessageKind.Grant
            ? Saying([(byte)MigrationMessageKind.Grant, 1, 2, 3], arrival)
            : arrival]);
        move.RunFor(TestHost.Second);
        Assert.Equal((SourceStand.Granted, TargetStand.Ready), (move.Out.Stand, move.In.Stand));

        Assert.True(move.In.TrySettle());
        move.RunFor(Unmoved.Life);
        move.AssertOneExecutes();
        Assert.Equal(MigrationPhase.Done, move.Last.Phase);
        Assert.Equal(Unmoved.Output, move.Console.Output);
    }

    /// <summary>More pages than the machine has, all of them well-formed.</summary>
    [Fact]
    public void A_target_takes_no_more_pages_than_the_machine_has()
    {
        using var move = new Move();
        move.Expect(1 << 20);
        using var channel = new ReliableChannel(move.Hosts[0], "b", Move.Number, (_, _) => { });
        channel.Send(OfferOf(Move.Token, 1 << 20));
        var writer = new PageFrameWriter(FrameLayout.Columns);
        for (var page = 0UL; page < 4096 && move.TargetReports[^1].Failure is null; page++)
        {
            writer.Add(page, new PageEncoding(PageKind.Fill, 1), [7]);
            if (writer.PageCount == 100)
            {
                var frame = new WireBuffer();
                frame.Byte((byte)MigrationMessageKind.Pages);
                writer.Finish(frame);
                channel.Send(frame.Written.ToArray());
                move.RunFor(TestHost.Millisecond);
            }
        }

        Assert.Contains(move.TargetReports[^1].Failure!.Reason, new[] { "TargetFull", "DamagedPage" });
    }

    /// <summary>A frame's bytes never exceed what a message carries, however far apart its pages are.</summary>
    [Fact]
    public void A_frame_of_pages_that_are_far_apart_fits()
    {
        var writer = new PageFrameWriter(FrameLayout.Columns);
        for (var page = 0UL; writer.Bytes < 56 * 1024 && writer.PageCount < PageFrame.PagesMax; page++)
        {
            writer.Add(
                page % 2 == 0 ? page : (1UL << 20) + page,
                new PageEncoding(page % 2 == 0 ? PageKind.Positions : PageKind.RunLength, 6), new byte[6]);
        }

        var frame = new WireBuffer();
        var (bytes, count) = (writer.Bytes, writer.PageCount);
        writer.Finish(frame);
        Assert.InRange(frame.Length, 1, bytes);
        Assert.Equal(count, PageFrame.TryRead(frame.Written)!.Count);
    }

    private static byte[] OfferOf(long token, ulong memoryBytes = (ulong)TestMachine.BytesOfMemory) =>
        MigrationMessage.Of(new Offer(
            token, memoryBytes, PageKindSet.All, PageCodecKinds.Standard,
            token == Move.Token ? Offer.GrantAhead : 0));

    internal static Network.Arrival Changed(Random random, Network.Arrival arrival)
    {
        var said = arrival.Message.Payload[sizeof(ulong)..].ToArray();
        said[random.Next(said.Length)] ^= (byte)(1 << random.Next(8));
        return Saying(said, arrival);
    }

    internal static Network.Arrival Saying(byte[] said, Network.Arrival arrival)
    {
        var payload = new byte[sizeof(ulong) + said.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(
            payload, System.IO.Hashing.XxHash3.HashToUInt64(said, (long)arrival.Message.Sequence));
        said.CopyTo(payload, sizeof(ulong));
        return arrival with { Message = arrival.Message with { Payload = payload } };
    }

    internal static byte[] Said(Random random)
    {
        var said = Proper(random);
        if (random.Next(3) == 0 && said.Length > 1)
        {
            said[random.Next(1, said.Length)] ^= (byte)(1 << random.Next(8));
        }

        return random.Next(8) == 0 ? said[..random.Next(said.Length)] : said;
    }

    private static byte[] Proper(Random random)
    {
        var kind = (MigrationMessageKind)random.Next(17);
        switch (kind)
        {
            case MigrationMessageKind.Offer:
                return OfferOf(random.Next(2) == 0 ? Move.Token : random.NextInt64());
            case MigrationMessageKind.Abort:
                return random.Next(6) == 0
                    ? MigrationMessage.Of(new MigrationFailure("Any", "any", IsRetryable: true)) : [(byte)kind];
            case MigrationMessageKind.Pages:
                return Frame(random);
            case MigrationMessageKind.State:
                return MigrationMessage.Of(kind, Bytes(random, 4096));
            case MigrationMessageKind.Whole:
                // Of a machine without pages and with no state, which is what has come.
                return MigrationMessage.Of(new Whole(
                    new MemoryDigest(Move.Number).Root(),
                    random.Next(2) == 0 ? SHA256.HashData([]) : Bytes(random, 32),
                    random.Next(3), new MachinePlace(random.NextInt64(), random.Next(2) == 0, random.NextInt64()))
                {
                    Grant = random.Next(3) == 0 ? Move.Token : 0,
                });
            case MigrationMessageKind.Ready:
                return MigrationMessage.Of(kind, Bytes(random, 64));
            case MigrationMessageKind.Late:
                return LateList.Messages(Enumerable.Range(random.Next(1 << 14), random.Next(1, 50)).Select(
                    page => new PageNumber((ulong)page))).Single();
            case MigrationMessageKind.Complete:
                return MigrationMessage.Of(new PageFaultReport { Count = random.NextInt64() });
            case MigrationMessageKind.Wanted:
                return MigrationMessage.Of(kind, random.Next(1 << 16));
            case MigrationMessageKind.Grant or MigrationMessageKind.Running or MigrationMessageKind.Executed:
                return MigrationMessage.Of(kind, random.Next(2) == 0 ? Move.Token : random.NextInt64());
            default:
                return MigrationMessage.Of(kind, Bytes(random, 100));
        }
    }

    private static byte[] Frame(Random random)
    {
        var writer = new PageFrameWriter(random.Next(2) == 0 ? FrameLayout.Columns : FrameLayout.Rows);
        for (var count = random.Next(1, 50); count > 0; count--)
        {
            var kind = (PageKind)random.Next(12);
            var bytes = PageFrame.FixedBytes(kind) is >= 0 and var length ? length : random.Next(200);
            var page = random.Next(40) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(1 << 14);
            writer.Add(page, new PageEncoding(kind, bytes), Bytes(random, bytes));
        }

        var frame = new WireBuffer();
        frame.Byte((byte)MigrationMessageKind.Pages);
        writer.Finish(frame);
        return frame.Written.ToArray();
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
