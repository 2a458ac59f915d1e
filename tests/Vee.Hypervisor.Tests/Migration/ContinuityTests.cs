using System.Globalization;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Machines.Networking;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>What programs and those who talk to them notice of a migration: a pause, and nothing else.</summary>
public sealed class ContinuityTests(ITestOutputHelper output)
{
    private const string Programs = "../tests/Vee.Hypervisor.Tests/Guests/Programs/";

    [Fact]
    public void A_client_of_a_store_that_goes_there_and_back_ten_times_only_waits()
    {
        using var move = Move.Of("bin/kvstore", "--port 6379");
        var probe = new TcpProbe(new TcpProbeOptions
        {
            Address = TestMachine.Address(1),
            Target = new EndPoint4(TestMachine.Address(10), 6379),
            Request = "INCR hits\r\n"u8.ToArray(),
            AnswerBytes = ":100000\r\n"u8.Length,
            Interval = TestHost.Millisecond,
        });
        move.RunFor(50 * TestHost.Millisecond);
        move.Hosts[2].Add("probe", probe, new GuestShare());
        move.RunFor(50 * TestHost.Millisecond);
        var downtime = 0L;
        for (var count = 0; count < 20; count++)
        {
            downtime = Math.Max(downtime, move.There().Downtime);
            move.RunFor(10 * TestHost.Millisecond);
        }

        move.RunFor(TestHost.Second / 2);
        output.WriteLine($"downtime {downtime}, silence {probe.Meter.LongestSilence}, {probe.Meter.Answered} answers");
        Assert.Equal((0, 0, 0), (probe.Breaks, probe.Refusals, probe.Meter.Lost));
        Assert.InRange(probe.Meter.LongestSilence, downtime / 2, downtime + (5 * TestHost.Millisecond));
        Assert.Same(move.Hosts[0].Guests.Single(guest => guest.Domain.Name == "machine").Program, move.Guest);
    }

    [Theory]
    [InlineData("bin/journal", "--records 400 --synchronous", 1)]
    [InlineData("bin/journal", "--records 1000", 3)]
    [InlineData("bin/ledger", "--memory 1M --transactions 200000", 1)]
    [InlineData("bin/ledger", "--memory 256K --transactions 100 --rate 1000 --heartbeat-ms 5", 3)]
    [InlineData("bin/streamer", "--self-test --count 60 --rate 500", 1)]
    [InlineData("bin/threads", "--threads 6 --rounds 400", 3)]
    [InlineData("bin/kvstore", "--self-test", 1)]
    public void A_program_that_moves_at_any_time_prints_what_it_would_have(
        string program, string arguments, int harts)
    {
        using var stays = new Move();
        stays.AddMachine(program, arguments, harts);
        stays.RunUntil(() => stays.Guest.Machine.Ending is not null);
        var life = stays.Hosts[0].Now;
        var moved = 0;
        for (var part = 1; part < 8; part += 2)
        {
            using var move = new Move();
            move.AddMachine(program, arguments, harts);
            move.RunFor(life * part / 9);
            move.Begin();
            move.RunToEnd();
            moved += move.Last.Phase == MigrationPhase.Done ? 1 : 0;
            move.RunUntil(() => move.Guest.Machine.Ending is not null);
            Assert.Equal(stays.Console.Output, move.Console.Output);
            Assert.Equal(stays.Guest.Machine.Ending, move.Guest.Machine.Ending);
        }

        output.WriteLine($"moved {moved} times within {life} ns");
        Assert.True(moved > 1, $"moved {moved} times, ended before else");
    }

    /// <summary>Something is being written to the disk when it stops: that is done anew on the disk of the target.
    /// </summary>
    [Fact]
    public void A_program_that_waits_for_its_disk_waits_for_another_one()
    {
        var awaited = 0;
        for (var offset = 0; offset < 8; offset++)
        {
            using var move = Move.Of("bin/journal", "--records 400 --synchronous");
            move.RunFor((10 * TestHost.Millisecond) + (offset * 37_000));
            move.Begin();
            move.RunUntil(() => move.HasGranted, 20_000);
            awaited += move.Source.Machine.TransfersUnderWay.Count > 0 ? 1 : 0;
            move.RunUntil(() => move.Guest.Machine.Ending is not null);
            Assert.Contains("records 400, bytes 204800, wrong 0", move.Console.Output, StringComparison.Ordinal);
        }

        Assert.True(awaited > 0, "nothing was under way at any stop");
    }

    /// <summary>It sleeps until times: those that come in the pause are late by what is left of it.</summary>
    [Fact]
    public void Timers_keep_their_times()
    {
        using var move = new Move();
        move.AddMachine(Programs + "sleeper", "x");
        move.RunFor(20 * TestHost.Millisecond);
        var downtime = move.There().Downtime;
        move.RunUntil(() => move.Guest.Machine.Ending is not null);

        var late = move.Console.Output.Split('\n')[..2]
            .Select(line => long.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        output.WriteLine($"downtime {downtime}, late {string.Join(' ', late)}");
        Assert.InRange(late[0], downtime - 400_000, downtime + 100_000);
        Assert.InRange(late[1], 0, 200_000);
    }

    [Fact]
    public void A_machine_that_is_held_stays_so_and_goes_on_when_it_is_released()
    {
        using var move = Move.Of(Unmoved.Program, Unmoved.Arguments);
        move.RunFor(100 * TestHost.Millisecond);
        move.Source.Hold();
        move.RunFor(TestHost.Second);
        var (age, retired) = (move.Source.Age, move.Source.RetiredCount);
        move.There();
        move.RunFor(TestHost.Second);
        Assert.True(move.Guest.IsHeld);
        Assert.Equal((age, retired), (move.Guest.Age, move.Guest.RetiredCount));

        move.Guest.Release();
        move.RunFor(Unmoved.Life);
        Assert.Equal(Unmoved.Output, move.Console.Output);
    }
}
