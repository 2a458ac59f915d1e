using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Pages;
using Vee.Machines.Linux;
using Vee.Machines.Memory;

namespace Vee.Hypervisor.Migration;

// Pages and state as they come, until the machine is whole.
public sealed partial class IncomingMigration
{
    private int framesBeingRead;
    private Action? whenRead;

    private void TakePages(ulong number, ReadOnlySpan<byte> frame)
    {
        if (PageFrame.TryRead(frame) is not { } framed)
        {
            Refuse(number, "DamagedFrame", $"a frame of host '{machine.Peer}' is damaged");
            return;
        }

        var cost = 0L;
        foreach (var item in framed)
        {
            cost += MigrationCosts.Decode(host.Hardware, codec, item.Kind);
            if (!TryTakePage(item, frame.Slice(item.Start, item.Bytes), out var refusal))
            {
                Refuse(number, refusal.Reason, refusal.Message);
                return;
            }
        }

        framesBeingRead++;
        work.Queue(cost, () =>
        {
            framesBeingRead--;
            if (!isOver)
            {
                channel.Acknowledge(number);
                GoOnWhenRead();
            }
        });
    }

    /// <summary>The state is read when all pages that came before are, on whatever cores.</summary>
    private void GoOnWhenRead()
    {
        if (framesBeingRead == 0 && whenRead is { } next)
        {
            whenRead = null;
            next();
        }
    }

    private bool TryTakePage(FramedPage item, ReadOnlySpan<byte> bytes, out (string Reason, string Message) refusal)
    {
        var place = new PageNumber(item.Page);
        refusal = ("DamagedPage", $"page {item.Page} is no page of the machine");
        if (!pages!.Contains(place))
        {
            return false;
        }

        var status = decoder!.Decode(item.Kind, pages[place], bytes, page);
        refusal = ("DamagedPage", $"page {item.Page} in form {item.Kind} is {status}");
        if (status != PageStatus.Done)
        {
            return false;
        }

        digest.Note(item.Page, digest.Of(page));
        refusal = ("TargetFull", $"more than {pages.CountMax} pages have come");
        return pages.TryPlace(place, page);
    }

    private void TakeState(ulong number, ReadOnlySpan<byte> piece)
    {
        stateBytes += piece.Length;
        if (stateBytes > StateBytesMax)
        {
            Refuse(number, "StateTooLarge", $"the machine's state has more than {StateBytesMax} bytes");
            return;
        }

        state.Write(piece);
    }

    private void Complete(Whole whole)
    {
        if (isOver || phase != MigrationPhase.Copying)
        {
            return;
        }

        var root = digest.Root();
        var stateDigest = DigestOfState();
        var isEqual = root.AsSpan().SequenceEqual(whole.Root)
            && stateDigest.AsSpan().SequenceEqual(whole.StateDigest);
        if (isEqual && !TryRestore(whole, out var refusal))
        {
            Refuse(0, "StateRefused", refusal);
        }
        else if (isEqual)
        {
            protocol.Complete();
            phase = MigrationPhase.Ready;
            Tell();
            TakeOrAnswer(whole, root, stateDigest);
        }
        else if (whole.Grant != 0)
        {
            Refuse(0, "IntegrityMismatch", $"other pages or another state came than host '{machine.Peer}' has");
        }
        else
        {
            // The source compares, too, and has the last word.
            TakeOrAnswer(whole, root, stateDigest);
        }
    }

    private void TakeOrAnswer(Whole whole, byte[] root, byte[] stateDigest)
    {
        if (whole.Grant != 0)
        {
            Accept(whole.Grant);
        }
        else
        {
            channel.Send(MigrationMessage.Of(MigrationMessageKind.Ready, [.. root, .. stateDigest]));
        }
    }

    private byte[] DigestOfState()
    {
        var sink = new StateDigestSink();
        state.Pieces.ForEach(piece => sink.Write(piece));
        return sink.Digest();
    }

    private bool TryRestore(Whole whole, out string refusal)
    {
        var why = "";
        try
        {
            guest = machine.Make((network, disk) => ProcessMachine.TryRestore(
                state, machine.Console, root: null, network, disk, pages, out why)
                ?? throw new InvalidOperationException(why));
            guest.Arrival = whole.Place;
            ExpectLatePages();
            why = IsPossible(guest, whole.Place) ? "" : "the machine has lived for longer than time has passed";
        }
        catch (InvalidOperationException) when (why.Length > 0)
        {
            pages = null;
        }

        refusal = why;
        return guest is not null && why.Length == 0;
    }

    private bool IsPossible(MachineGuest made, MachinePlace place) =>
        Enumerable.Range(0, made.Machine.Harts.Count).Max(made.Machine.TimeOf) <= host.Now - place.BornAt
        && place.HeldAt <= host.Now;
}
