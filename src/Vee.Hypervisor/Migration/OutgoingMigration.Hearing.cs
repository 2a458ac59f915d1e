using Vee.Machines.State;

namespace Vee.Hypervisor.Migration;

// What the target says.
public sealed partial class OutgoingMigration
{
    private void Take(ulong number, ReadOnlyMemory<byte> message)
    {
        channel.Acknowledge(number);
        if (isOver || message.IsEmpty)
        {
            return;
        }

        try
        {
            var content = message[1..];
            switch ((MigrationMessageKind)message.Span[0])
            {
                case MigrationMessageKind.Accept when phase == MigrationPhase.Preparing:
                    Agree(MigrationMessage.ReadAcceptance(content));
                    break;
                case MigrationMessageKind.Abort:
                    TryTakeBack(MigrationMessage.ReadAbort(content));
                    break;
                case MigrationMessageKind.Ready:
                    GrantIfEqual(content.Span);
                    break;
                case MigrationMessageKind.Running when runningAt == 0:
                    TakeRunning(MigrationMessage.ReadNumber(content));
                    break;
                case MigrationMessageKind.Wanted:
                    SendWanted((ulong)MigrationMessage.ReadNumber(content));
                    break;
                case MigrationMessageKind.Complete when runningAt > 0:
                    TakeComplete(MigrationMessage.ReadComplete(content));
                    break;
                case MigrationMessageKind.Executed when runningAt > 0 && executedAt == 0:
                    executedAt = Math.Clamp(MigrationMessage.ReadNumber(content), runningAt, port.Now);
                    Conclude();
                    break;
            }
        }
        catch (StateRefusedException refused)
        {
            TryGiveUp(new MigrationFailure(
                "ProtocolError", $"host '{machine.Peer}' said what cannot be: {refused.Message}", IsRetryable: false));
        }
    }

    /// <summary>The target can take the machine.</summary>
    private void Agree(Acceptance acceptance)
    {
        if (options.HasPostCopy && (acceptance.Features & Offer.PostCopy) == 0)
        {
            TryGiveUp(new MigrationFailure(
                "Unsupported", $"host '{machine.Peer}' takes no machine whose pages follow it", IsRetryable: false));
            return;
        }

        mayGrantAhead = (acceptance.Features & Offer.GrantAhead) != 0 && options.GrantsAhead;
        reading = new TargetReading(acceptance.Cores, acceptance.Capacity);
        phase = MigrationPhase.Copying;
        BeginCopying();
    }
}
