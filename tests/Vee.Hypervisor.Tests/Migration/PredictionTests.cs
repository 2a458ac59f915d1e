using Vee.Hypervisor.Network;
using Vee.Hypervisor.Tests.Hosts;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>How long machines stand still, against what was expected and what it takes at least.</summary>
public sealed class PredictionTests(ITestOutputHelper output)
{
    private static readonly (string Pattern, int Rate)[] Writers =
        [("counters", 0), ("random-words", 0), ("whole-pages", 4_000), ("moving-records", 50_000)];

    // What the cards of both hosts and their work on the last frame take, however short the way is.
    private const long FixedTime = 100_000;

    // Encoding a page on two cores, and reading it on one.
    private const long PageTime = 1_500;

    private static readonly long[] LinksMegabits = [100, 1_000, 10_000];

    private static readonly long[] LatenciesMicroseconds = [50, 1_000, 25_000];

    [Fact]
    public void A_stop_takes_as_long_as_expected_and_not_much_longer_than_it_must()
    {
        var errors = new List<double>();
        output.WriteLine("pattern         Mbit/s  RTT ms  rounds  pages  KiB    down us  bound us  /bound  predicted/"
            + "   drain memory state verify grant resume us");
        foreach (var (pattern, rate) in Writers)
        {
            foreach (var megabits in LinksMegabits)
            {
                foreach (var latency in LatenciesMicroseconds)
                {
                    errors.Add(Row(pattern, rate, megabits, latency));
                }
            }
        }

        errors.Sort();
        output.WriteLine($"error p50 {errors[errors.Count / 2]:P1}, p90 {errors[errors.Count * 9 / 10]:P1}");
        Assert.InRange(errors[errors.Count * 9 / 10], 0, 0.2);
    }

    /// <returns>By how much of the downtime it was predicted wrong.</returns>
    private double Row(string pattern, int rate, long megabits, long latency)
    {
        using var move = Move.Of(
            "bin/writer", $"--memory 1M --rate {rate} --seconds 20 --pattern {pattern}",
            new LinkProfile { BandwidthBitsPerSecond = megabits * 1_000_000, LatencyNanoseconds = latency * 1_000 });
        move.RunFor(50 * TestHost.Millisecond);
        var result = move.There();
        var bound = (double)result.Downtime / result.DowntimeBound;
        var predicted = (double)result.DowntimePredicted / result.Downtime;
        output.WriteLine(
            $"{pattern,-15} {megabits,6} {latency / 500.0,7} {move.Last.RoundCount,7} "
            + $"{result.FinalPages,6} {(result.FinalBytes + result.StateBytes) >> 10,4} {result.Downtime / 1000,10} "
            + $"{result.DowntimeBound / 1000,9} {bound,7:F2} {predicted,8:F2}   "
            + $"{result.Drain / 1000} {result.FinalMemory / 1000} {result.State / 1000} {result.Verify / 1000} "
            + $"{result.Grant / 1000} {result.Resume / 1000}");
        // The bound has a round trip; the grant goes along with the state, one way.
        var way = latency * 1_000;
        Assert.InRange(
            result.Downtime, result.DowntimeBound - way,
            (1.25 * (result.DowntimeBound - way + (PageTime * result.FinalPages))) + FixedTime);
        return Math.Abs(predicted - 1);
    }
}
