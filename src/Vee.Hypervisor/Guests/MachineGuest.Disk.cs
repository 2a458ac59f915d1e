using Vee.Machines.State;
using Vee.Machines.Storage;

namespace Vee.Hypervisor.Guests;

// A machine's files lie on the disk of its host, which all guests share.
public sealed partial class MachineGuest
{
    private const int EndedTransfersMax = 1 << 20;

    // Of transfers that ended while the machine was held.
    private readonly Queue<long> endedTransfers = new();
    private long lastTransfer;

    /// <summary>Asks the host's disk, at the time of the hart that asks.</summary>
    private void AskDisk(DiskTransfer transfer)
    {
        // As with messages, what a hart asks for that is behind another does not overtake.
        lastTransfer = Math.Max(lastTransfer, TimeOfExecution);
        port.SetTimer(lastTransfer, (int)Notice.Transfer, transfer.Number);
    }

    private void BeginTransfer(long number)
    {
        if (machine.BytesOfTransfer(number) is > 0 and var bytes)
        {
            port.UseDisk(bytes, (int)Notice.TransferEnd, number);
        }
    }

    private void EndTransfer(long number)
    {
        if (IsStill)
        {
            endedTransfers.Enqueue(number);
            return;
        }

        Guard(() =>
        {
            PassTime();
            machine.CompleteTransfer(number);
            GoOn();
        });
    }

    private void EndTransfersOfHold()
    {
        while (endedTransfers.TryDequeue(out var number))
        {
            machine.CompleteTransfer(number);
        }
    }

    private void SaveTransfers(StateWriter state)
    {
        state.Int64("lastTransfer", lastTransfer);
        state.List("endedTransfers", endedTransfers, static (to, number) => to.Int64("number", number));
    }

    private void RestoreTransfers(StateReader state)
    {
        lastTransfer = state.Int64("lastTransfer", 0);
        endedTransfers.Clear();
        state.List("endedTransfers", EndedTransfersMax, (from, _) => endedTransfers.Enqueue(from.Int64("number", 1)));
    }

    /// <summary>Those that ended in a hold are the oldest that the machine knows of.</summary>
    private void CheckTransfers(StateReader state)
    {
        if (!machine.TransfersUnderWay.Take(endedTransfers.Count).Select(transfer => transfer.Number)
            .SequenceEqual(endedTransfers))
        {
            throw state.Refuse("endedTransfers", "the machine has other transfers under way");
        }
    }

    private sealed class Drive(MachineGuest guest) : IDisk
    {
        public void Begin(DiskTransfer transfer) => guest.AskDisk(transfer);
    }
}
