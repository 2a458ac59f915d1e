using Vee.Hypervisor.Events;
using Vee.Machines.Memory;

namespace Vee.Hypervisor.Migration;

// Post-copy: the machine executes at the target while pages follow it. Each goes as what differs from the bytes that
// the target has of it, those that vCPUs wait for before the others.
public sealed partial class OutgoingMigration
{
    // For so long a machine executes on before its pages follow it, if no round has shown what it needs.
    private const long ObservationTime = 20 * VirtualTime.Millisecond;

    private readonly List<ulong> lateDigests = [];
    private LateOrder? late;
    private PageFaultReport? faults;
    private bool isPostCopy;
    private long latePages;
    private long lateBytes;
    private long completedAt;

    /// <summary>Whether pages are sent that the machine needs at the target.</summary>
    private bool IsLate => late is not null && protocol.Stand == SourceStand.Granted;

    private bool IsComplete => late is null || faults is not null;

    /// <summary>Whether pages would follow within the time that they may: a source that dies meanwhile takes the
    /// machine along.</summary>
    private bool MayPostCopy(DowntimePrediction prediction) => LateTime(prediction) <= options.PostCopyMax;

    private static long LateTime(DowntimePrediction prediction) => Math.Max(
        prediction.EncodeTime, (long)(prediction.Bytes * (double)VirtualTime.Second / prediction.BytesPerSecond));

    private string TooLong(DowntimePrediction prediction) =>
        $"pages would follow for {Seconds(LateTime(prediction))} s, {Seconds(options.PostCopyMax)} s are meant";

    private void BeginPostCopy()
    {
        var prediction = Predict(Pending(), isStopping: false);
        if (!MayPostCopy(prediction))
        {
            TryGiveUp(new MigrationFailure("PostCopyTooLong", TooLong(prediction), IsRetryable: true));
            return;
        }

        isPostCopy = true;
        // What it accesses now it most likely accesses first at the target.
        machine.Guest.Machine.Memory.SwapAccessEpoch(static _ => { });
        port.SetTimer(VirtualTime.After(port.Now, ObservationTime), (int)Notice.Stop, 0);
    }

    /// <summary>What was sent leaves, and is read, while the machine executes on; then it stops.</summary>
    private void StopWhenSent() => port.SetTimer(
        Math.Max(host.SendsAt(machine.Peer), reading!.Until - (RoundTrip / 2)), (int)Notice.Stop, 0);

    /// <summary>Of what the target has other bytes of, that which holds nothing any more: it costs next to nothing, and
    /// goes before.</summary>
    private List<PageNumber> Gone(List<PageNumber> pending) =>
        pending.FindAll(page => !machine.Guest.Machine.Memory.HoldsContent(page));

    /// <summary>Names the pages that follow.</summary>
    /// <returns>What goes before.</returns>
    private List<PageNumber> Postpone(List<PageNumber> pending)
    {
        var memory = machine.Guest.Machine.Memory;
        List<PageNumber> held = [.. pending.Where(page => memory.HoldsContent(page)).OrderBy(page => page.Value)];
        if (held.Count == 0)
        {
            return pending;
        }

        var accessed = Accessed();
        late = new LateOrder(
            held, page => history.DirtyCount(roundCount, page) + (accessed.Contains(page.Value) ? 1 : 0));
        foreach (var message in LateList.Messages(held))
        {
            channel.Send(message);
        }

        return Gone(pending);
    }

    /// <summary>Pages that were accessed in the last moment; none where rounds have shown what changes.</summary>
    private HashSet<ulong> Accessed()
    {
        var accessed = new HashSet<ulong>();
        if (roundCount == 0)
        {
            machine.Guest.Machine.Memory.SwapAccessEpoch(page => accessed.Add(page.Value));
        }

        return accessed;
    }

    private void BeginLatePages()
    {
        if (late is not null)
        {
            todo = [];
            todoNext = 0;
            isPassUnderWay = late.Left > 0;
            GoOn();
        }
    }

    /// <summary>A vCPU waits for a page: it goes before all others.</summary>
    /// <param name="asked">The page's number, twice, and 1 more if what came of it was of no use.</param>
    private void SendWanted(ulong asked)
    {
        var page = new PageNumber(asked >> 1);
        var isWhole = (asked & 1) != 0;
        if (!IsLate || !(isWhole ? late!.Contains(page) : late!.TryTake(page)))
        {
            // It is on its way.
            return;
        }

        var (cost, _) = Encode(page, isWhole);
        var message = FinishFrame();
        CountSent(message, 1);
        work.Queue(cost, () =>
        {
            if (!isOver)
            {
                channel.Send(message);
            }
        });
    }

    /// <summary>The target has all pages.</summary>
    private void TakeComplete(PageFaultReport report)
    {
        if (late is null || faults is not null)
        {
            return;
        }

        faults = report;
        completedAt = port.Now;
        pagesRemaining = 0;
        SayOver();
        Conclude();
    }

    private void SayOver()
    {
        if (isMovedAway && IsComplete)
        {
            channel.Send(MigrationMessage.Of(MigrationMessageKind.Over));
        }
    }

    private PostCopyReport? PostCopied() => faults is null ? null : new PostCopyReport
    {
        Duration = completedAt - executedAt,
        Pages = latePages,
        Bytes = lateBytes,
        Faults = faults,
    };
}
