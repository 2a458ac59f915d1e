using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Pages;
using Vee.Machines.Memory;

namespace Vee.Hypervisor.Migration;

// When to stop the machine, and what to do if rounds do not bring it nearer.
public sealed partial class OutgoingMigration
{
    private const int SampleMax = 64;

    // Half a quantum: harts stand still at the end of theirs.
    private const long DrainMean = 25 * VirtualTime.Microsecond;

    // Gap and length of a page in a frame.
    private const int FramingBytes = 2;
    private const string SmallestCodec = "vee-small";
    private const string WithCache = "xbrle2011";
    private const double StillFalling = 0.8;
    private const int ExtraRoundsMax = 6;
    private const int RoundsWithoutGain = 3;
    private const double Gain = 0.95;

    private readonly List<Escalation> escalations = [];
    private IPageCodec sampler;
    private DowntimePrediction expected;
    private long bestExpected = VirtualTime.Never;
    private int roundsWithoutGain;
    private int extraRounds;
    private int ladderNext;
    private long stateBytesKnown;

    private bool IsRawInTheEnd => codecName == WithCache;

    /// <summary>
    /// Looks how small pages become: another codec than the one that sends, which may learn of what it sends. Where
    /// that has a cache, one that makes pages as small as with the right page in it.
    /// </summary>
    private static IPageCodec SamplerFor(string name) => PageCodecKinds.Named(
        name.StartsWith(WithCache, StringComparison.Ordinal) ? "xbzrle" : name)!.Create();

    /// <summary>Of a core of this host, 1 for the reference.</summary>
    private double MeanCapacity =>
        (double)host.Hardware.TotalCapacity / host.Cores.Count / HardwareProfile.CapacityReference;

    /// <summary>What a stop takes, from pages that are encoded to see how small they are.</summary>
    /// <param name="pending">What is left.</param>
    /// <param name="isStopping">Whether it is now, not when all that was sent has been read.</param>
    private DowntimePrediction Predict(List<PageNumber> pending, bool isStopping)
    {
        var step = Math.Max(1, pending.Count / SampleMax);
        var (count, bytes, cost, readCost) = (0L, 0L, 0L, 0L);
        for (var index = 0; index < pending.Count; index += step)
        {
            var change = pages.Look(pending[index]);
            var encoding = sampler.Encode(InputOf(pending[index], change, isFinal: true), scratch);
            bytes += (IsRawInTheEnd ? PageFormat.PageBytes : encoding.Bytes) + FramingBytes;
            cost += MigrationCosts.Encode(host.Hardware, codecName, encoding.Kind);
            readCost += MigrationCosts.Decode(host.Hardware, codecName, encoding.Kind);
            count++;
        }

        if (stateBytesKnown == 0 || roundCount <= 2)
        {
            var size = new StateDigestSink();
            machine.Guest.Machine.SaveWithoutPages(size);
            stateBytesKnown = size.Length;
        }

        var share = count == 0 ? 0 : (double)pending.Count / count;
        var unread = reading!.Until - VirtualTime.After(port.Now, RoundTrip / 2);
        var pagesOfFrame = Math.Min(
            Math.Min(pending.Count, FinalFramePages), bytes == 0 ? 0 : FrameBytes * (double)count / bytes);
        var firstFrame = count == 0 ? 0 : (long)(pagesOfFrame * cost / count / MeanCapacity);
        var lastFrame = Math.Min(FrameBytes, stateBytesKnown + bytes);
        return new DowntimePrediction
        {
            DrainTime = machine.Guest.HasReadyThread ? DrainMean : 0,
            Pages = pending.Count,
            Bytes = (long)(bytes * share),
            EncodeTime = (long)(cost * share / FinalStreams / MeanCapacity),
            // The target begins with the first frame, and when it has read what was sent before.
            DecodeTime = Math.Max(firstFrame, isStopping ? unread : 0) + reading.TimeOf((long)(readCost * share)),
            BytesPerSecond = bandwidth.BytesPerSecond,
            Backlog = isStopping ? host.SendsAt(machine.Peer) - port.Now : 0,
            StateBytes = stateBytesKnown,
            StateTime = 2 * MigrationCosts.CopyBytes(host.Hardware, stateBytesKnown),
            WaysTime = (GrantsAhead ? 1 : 3) * RoundTrip / 2,
            LastFrameTime = count == 0 ? 0 : (long)(pagesOfFrame * readCost / count),
            // A frame is passed on whole by the cards of both hosts.
            CardsTime = 2 * Network.Link.TransmissionTime(lastFrame, host.Hardware.Nic.BandwidthBitsPerSecond),
        };
    }

    /// <summary>At a minimum: it is short enough, and does not fall much any more.</summary>
    private bool ShouldStop(DowntimePrediction before)
    {
        if (expected.Total > options.DowntimeMax)
        {
            extraRounds = 0;
            return false;
        }

        return roundCount > 1 && (expected.Total > StillFalling * before.Total || ++extraRounds > ExtraRoundsMax);
    }

    /// <summary>Takes the next step of the ladder if rounds do not help.</summary>
    /// <returns>False when it was given up.</returns>
    private bool Escalate()
    {
        if (expected.Total < bestExpected * Gain)
        {
            bestExpected = expected.Total;
            roundsWithoutGain = 0;
            return true;
        }

        if (++roundsWithoutGain < RoundsWithoutGain || ladderNext == options.Ladder.Count)
        {
            return true;
        }

        roundsWithoutGain = 0;
        var step = options.Ladder[ladderNext];
        var reason = $"{RoundsWithoutGain} rounds did not make the stop shorter than "
            + $"{Seconds(bestExpected)} s, {Seconds(options.DowntimeMax)} s are meant";
        bestExpected = VirtualTime.Never;
        escalations.Add(new Escalation(step, port.Now - begunAt, reason));
        return Take(step, reason);
    }

    private bool Take(EscalationStep step, string reason)
    {
        switch (step)
        {
            case EscalationStep.SmallerCodec:
                ladderNext++;
                codec.Dispose();
                sampler.Dispose();
                codecName = SmallestCodec;
                codec = PageCodecKinds.Named(codecName)!.Create();
                sampler = SamplerFor(codecName);
                return true;
            case EscalationStep.MoreStreams:
                ladderNext++;
                streamCount = Math.Min(2 * streamCount, Math.Max(streamCount, host.Cores.Count));
                return true;
            case EscalationStep.DirtyLimit:
                LimitGuest();
                return true;
            case EscalationStep.PostCopy:
                return !TryPostCopy();
            default:
                return !TryGiveUp(new MigrationFailure("NotConverging", reason, IsRetryable: true));
        }
    }

    /// <returns>Whether it stops now, for pages to follow it.</returns>
    private bool TryPostCopy()
    {
        ladderNext++;
        isPostCopy = MayPostCopy(expected);
        if (isPostCopy)
        {
            StopWhenSent();
        }
        else
        {
            escalations[^1] = escalations[^1] with { Reason = $"not taken: {TooLong(expected)}" };
        }

        return isPostCopy;
    }
}
