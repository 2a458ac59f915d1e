using Vee.Hypervisor.Events;
using Vee.Hypervisor.Pages;
using Vee.Machines.Memory;

namespace Vee.Hypervisor.Migration;

// Rounds: which pages, in which order, encoded on simulated cores, sent as fast as the link takes them.
public sealed partial class OutgoingMigration
{
    // Guests' messages wait behind a frame for so long at most.
    private const long FrameTime = 200 * VirtualTime.Microsecond;
    private const int FrameBytesMin = 9 * 1024;
    private const int FrameBytesMax = 56 * 1024;

    // At the stop frames are small: one is encoded while another is sent and a third is read.
    private const int FinalFramePages = 64;
    private const long WindowBytesMin = 1 << 20;
    private const long RoundIntervalMin = VirtualTime.Millisecond;

    private readonly PageHistory history = new();
    private readonly PageFrameWriter frames;
    private readonly Queue<EncodedFrame> ready = new();
    private readonly Dictionary<PageKind, (long Pages, long Bytes)> forms = [];
    private readonly byte[] scratch = new byte[PageFormat.DestinationBytes];
    private readonly WireBuffer buffer = new();
    private List<PageNumber> todo = [];
    private IPageCodec codec;
    private string codecName;
    private BandwidthMeter bandwidth = null!;
    private TargetReading? reading;
    private int todoNext;
    private int streamCount;
    private int encodersBusy;
    private int roundCount;
    private bool isPassUnderWay;
    private long roundBegunAt;
    private long roundPages;
    private long roundBytes;
    private long pagesRemaining;
    private long pagesSent;
    private long encodeTime;
    private long dirtyPagesPerSecond;
    private long hotPagesHeld;
    private long pumpAt = VirtualTime.Never;
    private long nextSendAt;

    /// <summary>Pages that are encoded at a time: at the stop on the cores too that the machine leaves free.</summary>
    private int StreamsNow => IsStopped ? FinalStreams : streamCount;

    private int FinalStreams => Math.Min(
        streamCount + machine.Guest.Vcpus.Count, Math.Max(streamCount, host.Cores.Count));

    private bool IsStopped => protocol.Stand == SourceStand.Paused;

    private int FrameBytes =>
        (int)Math.Clamp(bandwidth.BytesPerSecond * FrameTime / VirtualTime.Second, FrameBytesMin, FrameBytesMax);

    private long WindowBytes => (long)Math.Max(
        WindowBytesMin, 4 * bandwidth.BytesPerSecond * (RoundTrip + VirtualTime.Millisecond) / VirtualTime.Second);

    private long RoundTrip => 2 * (host.LinkTo(machine.Peer)?.Profile.LatencyNanoseconds ?? 0);

    private void BeginCopying()
    {
        SendLuggage(LuggageStage.First);
        switch (options.Mode)
        {
            case MigrationMode.StopAndCopy:
                Stop();
                break;
            case MigrationMode.PostCopy:
                BeginPostCopy();
                break;
            default:
                BeginRound();
                break;
        }
    }

    private void BeginRound()
    {
        var pending = Pending();
        history.Note(roundCount, pending);
        todo = HoldBack(pending);
        hotPagesHeld = pending.Count - todo.Count;
        if (options.SendsColdFirst)
        {
            todo = [.. todo.OrderBy(page => history.DirtyCount(roundCount, page))];
        }

        roundCount++;
        if (codec is VeeCodec vee && codecName == PageCodecKinds.Standard)
        {
            vee.Follow(new VeeOptions { LinkBytesPerSecond = Math.Clamp(bandwidth.BytesPerSecond, 1e3, 1e12) });
        }

        roundBegunAt = port.Now;
        roundPages = 0;
        roundBytes = 0;
        todoNext = 0;
        isPassUnderWay = true;
        bandwidth.Restart();
        Tell();
        GoOn();
    }

    private List<PageNumber> Pending()
    {
        var pending = new List<PageNumber>();
        pages.ForEachPending(pending.Add);
        pagesRemaining = pending.Count;
        return pending;
    }

    /// <summary>Pages that change all the time were sent once, and wait for the stop.</summary>
    private List<PageNumber> HoldBack(List<PageNumber> pending) => options.HoldsBackHot
        ? pending.FindAll(page => !history.IsHot(roundCount, page)) : pending;

    /// <summary>Lets encoders work and frames leave, as far as there is something to do.</summary>
    private void GoOn()
    {
        Pump();
        while (encodersBusy < StreamsNow && HasNext && ready.Count < 2 * StreamsNow)
        {
            Encode();
        }

        if (isPassUnderWay && !HasNext && encodersBusy == 0 && ready.Count == 0)
        {
            isPassUnderWay = false;
            EndPass();
        }
    }

    private void EndPass()
    {
        if (IsStopped)
        {
            SendState();
        }
        else if (!IsLate)
        {
            EndRound();
        }
    }

    private bool HasNext => IsLate ? late!.Left > 0 : todoNext < todo.Count;

    private PageNumber TakeNext() => IsLate && late!.TryNext(out var page) ? page : todo[todoNext++];

    /// <summary>Makes a frame of the next pages as they are now; it can leave when a core has done the work.</summary>
    private void Encode()
    {
        var limit = FrameBytes;
        var pagesMax = IsStopped ? FinalFramePages : IsLate ? LateFrame.PagesMax : PageFrame.PagesMax;
        var (count, cost, readCost) = (0, 0L, 0L);
        while (HasNext && frames.Bytes < limit && count < pagesMax)
        {
            var page = TakeNext();
            if (pages.IsPending(page))
            {
                var (encoding, reading) = Encode(page);
                cost += encoding;
                readCost += reading;
                count++;
            }
        }

        if (count == 0)
        {
            return;
        }

        var message = FinishFrame();
        encodersBusy++;
        work.Queue(cost, () =>
        {
            if (!isOver)
            {
                encodersBusy--;
                ready.Enqueue(new EncodedFrame(message, count, readCost));
                GoOn();
            }
        });
    }

    private byte[] FinishFrame()
    {
        buffer.Clear();
        if (IsLate)
        {
            LateFrame.Begin(buffer, lateDigests);
            lateDigests.Clear();
        }
        else
        {
            buffer.Byte((byte)MigrationMessageKind.Pages);
        }

        frames.Finish(buffer);
        return buffer.Written.ToArray();
    }

    /// <returns>What that and reading it cost, nanoseconds of a reference core.</returns>
    private (long Encoding, long Reading) Encode(PageNumber page, bool isWhole = false)
    {
        var change = pages.Look(page);
        change = isWhole ? new PageChange(change.Content, [], ulong.MaxValue) : change;
        var encoding = codec.Encode(InputOf(page, change, IsStopped || IsLate), scratch);
        frames.Add(page.Value, encoding, scratch);
        var pageDigest = digest.Of(change.Content);
        digest.Note(page.Value, pageDigest);
        if (IsLate)
        {
            lateDigests.Add(pageDigest);
        }

        pages.NoteSent(page);
        var known = forms.GetValueOrDefault(encoding.Kind);
        forms[encoding.Kind] = (known.Pages + 1, known.Bytes + encoding.Bytes);
        var cost = MigrationCosts.Encode(host.Hardware, codecName, encoding.Kind);
        encodeTime += cost;
        return (cost, MigrationCosts.Decode(host.Hardware, codecName, encoding.Kind));
    }

    private PageInput InputOf(PageNumber page, PageChange change, bool isFinal) => new()
    {
        Number = page.Value,
        Page = change.Content,
        Base = options.KeepsBaseImages ? change.Base : [],
        DirtyLines = options.KeepsBaseImages ? change.Lines : PageFormat.AllLines,
        IsFinal = isFinal,
    };

    private void Pump()
    {
        while (ready.Count > 0 && channel.BytesUnderWay < WindowBytes)
        {
            var at = Math.Max(nextSendAt, host.SendsAt(machine.Peer) - FrameTime);
            if (at > port.Now)
            {
                ArmPump(at);
                return;
            }

            var frame = ready.Dequeue();
            channel.Send(frame.Message);
            CountSent(frame.Message, frame.Pages);
            reading!.Add(host.SendsAt(machine.Peer) + (RoundTrip / 2), frame.ReadCost);
            if (options.BitsPerSecondMax > 0)
            {
                nextSendAt = Math.Max(nextSendAt, port.Now)
                    + Network.Link.TransmissionTime(frame.Message.Length, options.BitsPerSecondMax);
            }
        }
    }

    private void CountSent(byte[] message, int count)
    {
        pagesSent += count;
        if (IsLate)
        {
            latePages += count;
            lateBytes += message.Length;
        }
        else
        {
            roundPages += count;
            roundBytes += message.Length;
        }
    }

    private void ArmPump(long at)
    {
        if (at < pumpAt)
        {
            pumpAt = at;
            port.SetTimer(at, (int)Notice.Pump, 0);
        }
    }

    private void Arrived(long bytes)
    {
        if (channel.IsSettled)
        {
            reading?.NoteAllRead(port.Now);
        }

        if (ready.Count == 0)
        {
            // The link does not have all that it could take.
            bandwidth.Restart();
        }
        else
        {
            bandwidth.Add(port.Now, bytes);
        }

        if (!isOver)
        {
            GoOn();
        }
    }

    private void EndRound()
    {
        var duration = port.Now - roundBegunAt;
        var pending = Pending();
        if (duration >= RoundIntervalMin)
        {
            var changed = Math.Max(0, pending.Count - hotPagesHeld);
            dirtyPagesPerSecond = (long)((Int128)changed * VirtualTime.Second / duration);
        }

        var before = expected;
        expected = Predict(pending, isStopping: false);
        rounds.Add(new RoundReport
        {
            Number = roundCount - 1,
            Begun = roundBegunAt - begunAt,
            Duration = duration,
            Pages = roundPages,
            Bytes = roundBytes,
            DirtyAfter = pending.Count,
            DowntimeExpected = expected.Total,
        });
        rounds.RemoveRange(0, Math.Max(0, rounds.Count - RoundsKept));
        if (ShouldStop(before))
        {
            StopWhenSent();
        }
        else if (options.Mode == MigrationMode.Hybrid && expected.Total > options.DowntimeMax && MayPostCopy(expected))
        {
            isPostCopy = true;
            StopWhenSent();
        }
        else if (Escalate())
        {
            port.SetTimer(
                Math.Max(port.Now, VirtualTime.After(roundBegunAt, RoundIntervalMin)), (int)Notice.Round, 0);
        }
    }

    /// <param name="Message">As it is sent.</param>
    /// <param name="Pages">How many are in it.</param>
    /// <param name="ReadCost">Nanoseconds of a reference core that reading it takes.</param>
    private readonly record struct EncodedFrame(byte[] Message, int Pages, long ReadCost);
}
