using Vee.Hypervisor.Events;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Pages;
using Vee.Machines.Linux;
using Vee.Machines.Memory;
using Vee.Machines.State;

namespace Vee.Hypervisor.Migration;

/// <summary>The target of a migration: a guest without vCPUs on the host that the machine comes to.</summary>
public sealed partial class IncomingMigration : IGuest, IDisposable
{
    private const long TickInterval = 10 * VirtualTime.Millisecond;
    private const long StateBytesMax = 1L << 34;

    // The source may have ended before it heard all.
    private const long LingerMax = 60 * VirtualTime.Second;

    private readonly IncomingMachine machine;
    private readonly IMigrationObserver observer;
    private readonly Host host;
    private readonly HostWork work;
    private readonly TargetProtocol protocol;
    private readonly MemoryDigest digest;
    private readonly StateList state = new();
    private readonly byte[] page = new byte[PageFormat.PageBytes];
    private IGuestPort port = null!;
    private ReliableChannel channel = null!;
    private ReceivedPages? pages;
    private PageDecoder? decoder;
    private string codec = PageCodecKinds.Standard;
    private MachineGuest? guest;
    private MigrationPhase phase = MigrationPhase.Preparing;
    private MigrationFailure? failure;
    private long begunAt;
    private long stateBytes;
    private bool isOver;
    private bool isExecutedTold;
    private bool isSourceDone;
    private bool mayBeGrantedAhead;

    private IncomingMigration(Host host, IncomingMachine machine, IMigrationObserver observer)
    {
        this.host = host;
        this.machine = machine;
        this.observer = observer;
        protocol = new TargetProtocol(machine.Token);
        digest = new MemoryDigest(machine.Number);
        work = HostWork.AddTo(host, host.Cores.Count, new GuestShare(), name: NameOf(machine) + "-work");
    }

    private enum Notice
    {
        Tick = 1,
    }

    /// <inheritdoc/>
    public IReadOnlyList<IVcpu> Vcpus => [];

    /// <summary>Where the target stands.</summary>
    public TargetStand Stand => protocol.Stand;

    /// <summary>Whether nothing will happen any more.</summary>
    public bool IsOver => isOver;

    /// <summary>How it fares.</summary>
    public MigrationReport Report => new()
    {
        Phase = phase,
        Failure = failure,
        Elapsed = port.Now - begunAt,
        PagesTotal = pages?.Count ?? 0,
        PagesRemaining = latePages.Count,
        BytesSent = channel.BytesSent,
        ResendCount = channel.ResendCount,
    };

    /// <summary>Makes room for a machine.</summary>
    public static IncomingMigration Begin(Host host, IncomingMachine machine, IMigrationObserver observer)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(machine);
        var migration = new IncomingMigration(host, machine, observer);
        host.Add(NameOf(machine), migration, new GuestShare());
        return migration;
    }

    /// <inheritdoc/>
    public void Start(IGuestPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        this.port = port;
        begunAt = port.Now;
        channel = new ReliableChannel(host, machine.Peer, machine.Number, Take);
        port.SetTimer(VirtualTime.After(port.Now, TickInterval), (int)Notice.Tick, 0);
        Tell();
    }

    /// <inheritdoc/>
    public void Notify(int kind, long argument)
    {
        if (!isOver)
        {
            port.SetTimer(VirtualTime.After(port.Now, TickInterval), (int)Notice.Tick, 0);
            channel.Look();
            EndIfComplete();
            TellExecuted();
        }
    }

    /// <summary>Gives it up, unless the machine is here: no grant counts any more.</summary>
    /// <returns>False when the machine is here.</returns>
    public bool TryGiveUp(MigrationFailure why)
    {
        if (!protocol.TryGiveUp())
        {
            return false;
        }

        if (!isOver)
        {
            failure = why;
            phase = MigrationPhase.Failed;
            channel.Send(MigrationMessage.Of(why));
            End();
            guest?.Dispose();
            Tell();
        }

        return true;
    }

    /// <summary>Says that the source has granted: in its place, when nobody hears of it. A target that has not got all
    /// of the machine gives it up, if the source may take back what it granted.</summary>
    /// <returns>Whether it is decided who has the machine: <see cref="Stand"/> tells.</returns>
    public bool TrySettle()
    {
        Accept(machine.Token);
        if (mayBeGrantedAhead)
        {
            TryGiveUp(new MigrationFailure(
                "LinkLost", $"not all of the machine has come from host '{machine.Peer}'", IsRetryable: true));
        }

        return protocol.Stand is TargetStand.Owner or TargetStand.GivenUp;
    }

    /// <summary>What it knows matters to hashes; it does not go on after a restore.</summary>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.UInt64("phase", (ulong)phase);
        state.Int64("pages", pages?.Count ?? 0);
        state.Int64("bytesSent", channel.BytesSent);
    }

    /// <inheritdoc/>
    public void Restore(StateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        throw state.Refuse("phase", "a migration that was under way does not go on");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        decoder?.Dispose();
        pages?.Dispose();
        if (!protocol.MayExecute)
        {
            guest?.Dispose();
        }
    }

    private static string NameOf(IncomingMachine machine) => $"migration-in-{machine.Number:x16}";

    private void Take(ulong number, ReadOnlyMemory<byte> message)
    {
        if (isOver || message.IsEmpty)
        {
            return;
        }

        try
        {
            Handle(number, (MigrationMessageKind)message.Span[0], message[1..]);
        }
        catch (StateRefusedException refused)
        {
            Refuse(number, "ProtocolError", $"host '{machine.Peer}' said what cannot be: {refused.Message}");
        }
    }

    private void Handle(ulong number, MigrationMessageKind kind, ReadOnlyMemory<byte> content)
    {
        switch (kind)
        {
            case MigrationMessageKind.Offer when phase == MigrationPhase.Preparing:
                channel.Acknowledge(number);
                Answer(MigrationMessage.ReadOffer(content));
                break;
            case MigrationMessageKind.Pages when phase == MigrationPhase.Copying:
                TakePages(number, content.Span);
                break;
            case MigrationMessageKind.State when phase == MigrationPhase.Copying:
                channel.Acknowledge(number);
                TakeState(number, content.Span);
                break;
            case MigrationMessageKind.Late when phase == MigrationPhase.Copying:
                channel.Acknowledge(number);
                TakeLateList(content.Span);
                break;
            case MigrationMessageKind.LatePages when phase is MigrationPhase.PostCopying or MigrationPhase.Done:
                TakeLatePages(number, content);
                break;
            case MigrationMessageKind.Luggage
                when phase is MigrationPhase.Copying or MigrationPhase.PostCopying or MigrationPhase.Done:
                channel.Acknowledge(number);
                if (!machine.TakeLuggage(content))
                {
                    Refuse(0, "ProtocolError", $"host '{machine.Peer}' sent luggage that cannot be");
                }

                break;
            case MigrationMessageKind.Over when phase == MigrationPhase.Done:
                channel.Acknowledge(number);
                isSourceDone = true;
                break;
            case MigrationMessageKind.Whole when phase == MigrationPhase.Copying:
                channel.Acknowledge(number);
                var whole = MigrationMessage.ReadWhole(content);
                if (whole.Grant != 0 && (whole.Grant != machine.Token || !mayBeGrantedAhead))
                {
                    Refuse(0, "ProtocolError", $"host '{machine.Peer}' granted what was not offered");
                    break;
                }

                whenRead = () => work.Queue(
                    MigrationCosts.CopyBytes(host.Hardware, stateBytes), () => Complete(whole));
                GoOnWhenRead();
                break;
            case MigrationMessageKind.Grant:
                channel.Acknowledge(number);
                Accept(MigrationMessage.ReadNumber(content));
                break;
            case MigrationMessageKind.Abort:
                channel.Acknowledge(number);
                TryGiveUp(MigrationMessage.ReadAbort(content));
                break;
            default:
                Refuse(number, "ProtocolError", $"host '{machine.Peer}' said {kind} while it is {phase}");
                break;
        }
    }

    private void Answer(Offer offer)
    {
        if (offer.Token != machine.Token || offer.MemoryBytes != machine.MemoryBytes)
        {
            Refuse(0, "OtherMachine", "the machine that is offered is not the one that is expected");
        }
        else if ((offer.PageKinds & ~PageKindSet.All) != 0 || PageCodecKinds.Named(offer.Codec) is null)
        {
            Refuse(0, "Unsupported", $"pages of the codec '{offer.Codec}' cannot be read here");
        }
        else
        {
            codec = offer.Codec;
            mayBeGrantedAhead = (offer.Features & Offer.GrantAhead) != 0;
            decoder = new PageDecoder(PageKindSet.Of(offer.PageKinds));
            pages = ProcessMachine.ReceivePages(machine.MemoryBytes);
            phase = MigrationPhase.Copying;
            channel.Send(MigrationMessage.Of(new Acceptance(
                offer.Features & (Offer.PostCopy | Offer.GrantAhead),
                host.Cores.Count, host.Hardware.TotalCapacity)));
            Tell();
        }
    }

    private void Accept(long token)
    {
        if (protocol.TryTake(token))
        {
            phase = isPostCopy ? MigrationPhase.PostCopying : MigrationPhase.Done;
            machine.Settle(guest!);
            channel.Send(MigrationMessage.Of(MigrationMessageKind.Running, port.Now));
            EndIfComplete();
            TellExecuted();
            Tell();
        }
    }

    /// <summary>A machine with nothing to do has nothing to wait for.</summary>
    private void TellExecuted()
    {
        if (phase is not (MigrationPhase.PostCopying or MigrationPhase.Done))
        {
            return;
        }

        if (!isExecutedTold && FirstExecuted() is { } at)
        {
            isExecutedTold = true;
            channel.Send(MigrationMessage.Of(MigrationMessageKind.Executed, at));
        }

        var isSettled = isSourceDone && channel.IsSettled;
        if (isExecutedTold && !IsAwaitingPages && (isSettled || port.Now - channel.LastHeard >= LingerMax))
        {
            End();
        }
    }

    private long? FirstExecuted() =>
        guest!.FirstExecutedAt ?? (IsGuestHere && guest.HasReadyThread ? null : port.Now);

    private void Tell() => observer.Changed(Report);

    private void Refuse(ulong number, string reason, string message)
    {
        if (number != 0)
        {
            channel.Acknowledge(number);
        }

        if (protocol.Stand == TargetStand.Ready)
        {
            // The source may have granted: only its word that it has given up ends this now, or the operator's.
            return;
        }

        TryGiveUp(new MigrationFailure(
            reason, message, IsRetryable: reason is not ("ProtocolError" or "OtherMachine" or "Unsupported")));
    }

    private void End()
    {
        isOver = true;
        decoder?.Dispose();
        decoder = null;
        if (protocol.Stand == TargetStand.GivenUp)
        {
            pages?.Dispose();
        }

        work.Leave();
        channel.Dispose();
        port.Leave(port.Now);
    }
}
