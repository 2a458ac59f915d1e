using Vee.Machines.Memory;

namespace Vee.Hypervisor.Migration;

// Post-copy: the machine executes here while pages follow it. Those that vCPUs need are asked for.
public sealed partial class IncomingMigration
{
    /// <summary>Reason of a failure: what has not come of the machine's pages never will.</summary>
    public const string PagesLost = "PagesLost";

    private readonly HashSet<ulong> latePages = [];
    private readonly Dictionary<ulong, long> wantedAt = [];
    private readonly PageFaultMeter faults = new();
    private bool isPostCopy;

    /// <summary>Pages that have not come.</summary>
    private bool IsAwaitingPages => phase == MigrationPhase.PostCopying;

    /// <summary>
    /// What has not come of the machine's pages never will: it cannot go on. Called when the host is gone that has
    /// them.
    /// </summary>
    /// <param name="why">For whoever looks after the machine.</param>
    /// <returns>False when they have come.</returns>
    public bool TryLosePages(string why)
    {
        if (isOver || !IsAwaitingPages)
        {
            return false;
        }

        failure = new MigrationFailure(
            PagesLost, $"{latePages.Count} pages of the machine never came: {why}", IsRetryable: false);
        phase = MigrationPhase.Failed;
        End();
        machine.Lose(failure.Message);
        Tell();
        return true;
    }

    private void TakeLateList(ReadOnlySpan<byte> content)
    {
        if (LateList.TryRead(content) is not { } named || !named.All(page => pages!.Contains(new PageNumber(page)))
            || latePages.Count + named.Count > pages!.CountMax)
        {
            Refuse(0, "ProtocolError", $"host '{machine.Peer}' named pages that cannot be");
            return;
        }

        latePages.UnionWith(named);
        isPostCopy = true;
    }

    /// <summary>The machine is restored with pages as they came: the bytes of those that follow are old.</summary>
    private void ExpectLatePages()
    {
        var memory = guest!.Machine.Memory;
        latePages.RemoveWhere(page => !memory.HoldsContent(new PageNumber(page)));
        if (latePages.Count > 0)
        {
            guest.PageWanted = Want;
            guest.Machine.BeginIncomplete(latePages.Select(page => new PageNumber(page)));
        }
    }

    /// <summary>A vCPU waits for a page.</summary>
    private void Want(PageNumber page)
    {
        var known = guest!.Machine.Memory.SharersOf(page).Select(sharer => sharer.Value)
            .Where(latePages.Contains).ToList();
        if (known.Count == 0)
        {
            TryLosePages($"nobody has page {page.Value}");
        }
        else if (wantedAt.TryAdd(known[0], port.Now))
        {
            channel.Send(MigrationMessage.Of(MigrationMessageKind.Wanted, (long)known[0] << 1));
        }
    }

    private void TakeLatePages(ulong number, ReadOnlyMemory<byte> content)
    {
        if (LateFrame.TryRead(content.Span) is not { } framed)
        {
            channel.Acknowledge(number);
            TryLosePages($"a frame of host '{machine.Peer}' is damaged");
            return;
        }

        var cost = framed.Sum(item => MigrationCosts.Decode(host.Hardware, codec, item.Page.Kind));
        work.Queue(cost, () =>
        {
            if (isOver)
            {
                return;
            }

            channel.Acknowledge(number);
            if (!IsAwaitingPages || !IsGuestHere)
            {
                return;
            }

            foreach (var (item, half) in framed)
            {
                SupplyPage(item, content.Span.Slice(item.Start, item.Bytes), half);
            }

            guest!.PageCame();
            EndIfComplete();
        });
    }

    private void SupplyPage(FramedPage item, ReadOnlySpan<byte> bytes, uint half)
    {
        var place = new PageNumber(item.Page);
        var memory = guest!.Machine.Memory;
        if (!latePages.Contains(item.Page) || !memory.IsAbsent(place))
        {
            // The guest has unmapped or emptied it meanwhile.
            latePages.Remove(item.Page);
            return;
        }

        var status = decoder!.Decode(item.Kind, memory.Page(place), bytes, page);
        if (status != Pages.PageStatus.Done || LateFrame.Half(digest.Of(page)) != half)
        {
            faults.Mismatches++;
            channel.Send(MigrationMessage.Of(MigrationMessageKind.Wanted, ((long)item.Page << 1) | 1));
            return;
        }

        // It counts as RAM already.
        memory.Supply(place, page);
        latePages.Remove(item.Page);
        if (wantedAt.Remove(item.Page, out var since))
        {
            faults.Add(port.Now - since);
        }
    }

    /// <summary>Nothing is awaited any more when all has come, or when there is nobody who would need it.</summary>
    private void EndIfComplete()
    {
        if (isOver || !IsAwaitingPages)
        {
            return;
        }

        if (!IsGuestHere || guest!.Machine.Ending is not null)
        {
            latePages.Clear();
        }
        else if (latePages.Count == 0 && !guest.Machine.IsStalled)
        {
            guest.Machine.Complete();
        }

        if (latePages.Count == 0 && !(IsGuestHere && guest!.Machine.IsStalled))
        {
            guest!.PageWanted = null;
            phase = MigrationPhase.Done;
            channel.Send(MigrationMessage.Of(faults.Report(guest.PageWaitTime)));
            Tell();
        }
    }

    private bool IsGuestHere => host.Guests.Any(other => other.Program == guest);
}
