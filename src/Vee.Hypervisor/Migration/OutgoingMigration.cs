using Vee.Hypervisor.Events;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Pages;
using Vee.Machines.Memory;
using Vee.Machines.State;

namespace Vee.Hypervisor.Migration;

/// <summary>The source of a migration: a guest without vCPUs on the host that the machine leaves.</summary>
/// <remarks>
/// Rounds of pages, then the stop, as docs/migration.md shows. All that takes time takes it on the host's simulated
/// cores (<see cref="HostWork"/>), card and link. Used by who simulates the host.
/// </remarks>
public sealed partial class OutgoingMigration : IGuest, IDisposable
{
    // How often it looks whether something is due, and tells how it fares.
    private const long TickInterval = 10 * VirtualTime.Millisecond;
    private const long AnswerTimeout = 10 * VirtualTime.Second;
    private const int RoundsKept = 64;

    private readonly OutgoingMachine machine;
    private readonly MigrationOptions options;
    private readonly IMigrationObserver observer;
    private readonly Host host;
    private readonly HostWork work;
    private readonly SourceProtocol protocol = new();
    private readonly List<RoundReport> rounds = [];
    private readonly MemoryDigest digest;
    private IGuestPort port = null!;
    private ReliableChannel channel = null!;
    private SentPages pages = null!;
    private MigrationPhase phase = MigrationPhase.Preparing;
    private MigrationFailure? failure;
    private MigrationResult? result;
    private long begunAt;
    private bool isOver;

    private OutgoingMigration(Host host, OutgoingMachine machine, MigrationOptions options, IMigrationObserver observer)
    {
        this.host = host;
        this.machine = machine;
        this.options = options;
        this.observer = observer;
        digest = new MemoryDigest(machine.Number);
        codecName = options.Codec;
        codec = PageCodecKinds.Named(options.Codec)!.Create();
        sampler = SamplerFor(options.Codec);
        frames = new PageFrameWriter(options.SendsColumns ? FrameLayout.Columns : FrameLayout.Rows);
        streamCount = options.StreamCount;
        work = HostWork.AddTo(
            host, Math.Max(options.StreamCount, host.Cores.Count), new GuestShare(), name: NameOf(machine) + "-work");
    }

    private enum Notice
    {
        /// <summary>It looks whether something is due.</summary>
        Tick = 1,

        /// <summary>The link takes the next frame.</summary>
        Pump,

        /// <summary>The next round may begin.</summary>
        Round,

        /// <summary>The link has sent all of the last round.</summary>
        Stop,

        /// <summary>What harts had begun when the machine was stopped is over.</summary>
        Drained,
    }

    /// <inheritdoc/>
    public IReadOnlyList<IVcpu> Vcpus => [];

    /// <summary>Where the source stands.</summary>
    public SourceStand Stand => protocol.Stand;

    /// <summary>Whether nothing will happen any more.</summary>
    public bool IsOver => isOver;

    /// <summary>Told once, when the machine goes on at the target and has left this host.</summary>
    public Action? MovedAway { get; set; }

    /// <summary>Told once, when the machine is not needed here any more.</summary>
    public Action? Concluded { get; set; }

    /// <summary>How it fares.</summary>
    public MigrationReport Report => new()
    {
        Phase = phase,
        Failure = failure,
        Result = result,
        Elapsed = port.Now - begunAt,
        RoundCount = roundCount,
        PagesTotal = machine.Guest.Machine.Memory.PresentPages,
        PagesRemaining = IsLate ? late!.Left : pagesRemaining,
        PagesSent = pagesSent,
        BytesSent = channel.BytesSent,
        ResendCount = channel.ResendCount,
        BitsPerSecond = (long)(bandwidth.BytesPerSecond * 8),
        DirtyPagesPerSecond = dirtyPagesPerSecond,
        DowntimeExpected = expected.Total,
        HotPagesHeld = hotPagesHeld,
        DirtyLimit = dirtyLimit,
        Dirtying = machine.Guest.Dirtying,
        Escalations = [.. escalations],
        Rounds = [.. rounds],
    };

    /// <summary>Begins to move a machine.</summary>
    /// <param name="host">Where it is.</param>
    /// <param name="machine">Which, and where to.</param>
    /// <param name="options">How.</param>
    /// <param name="observer">Told how it fares.</param>
    /// <exception cref="ArgumentException">An option cannot be, no link leads there, or the machine is not there or is
    /// being moved already.</exception>
    public static OutgoingMigration Begin(
        Host host, OutgoingMachine machine, MigrationOptions options, IMigrationObserver observer)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Defects() is { Count: > 0 } defects)
        {
            throw new ArgumentException(string.Join("; ", defects), nameof(options));
        }

        if (host.LinkTo(machine.Peer) is null)
        {
            throw new ArgumentException($"no link leads from '{host.Name}' to '{machine.Peer}'", nameof(machine));
        }

        if (host.Guests.All(guest => guest.Program != machine.Guest))
        {
            throw new ArgumentException($"the machine is not on host '{host.Name}'", nameof(machine));
        }

        if (machine.Guest.Machine.IsIncomplete)
        {
            throw new ArgumentException("pages of the machine have not come yet", nameof(machine));
        }

        if (machine.Guest.Machine.Memory.IsSent)
        {
            throw new ArgumentException("the machine is being moved already", nameof(machine));
        }

        var migration = new OutgoingMigration(host, machine, options, observer);
        host.Add(NameOf(machine), migration, new GuestShare());
        return migration;
    }

    /// <inheritdoc/>
    public void Start(IGuestPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        this.port = port;
        begunAt = port.Now;
        channel = new ReliableChannel(host, machine.Peer, machine.Number, Take) { Acknowledged = Arrived };
        machine.Guest.CountDirtying();
        var memory = machine.Guest.Machine.Memory;
        pages = memory.TrackSent(options.KeepsBaseImages ? memory.RamPages / 8 : 0);
        bandwidth = new BandwidthMeter(LinkBytesPerSecond());
        channel.Send(MigrationMessage.Of(new Offer(
            machine.Token, machine.Guest.Machine.Options.MemoryBytes, PageKindSet.All, codecName,
            (options.HasPostCopy ? Offer.PostCopy : 0) | (options.GrantsAhead ? Offer.GrantAhead : 0))));
        port.SetTimer(VirtualTime.After(port.Now, TickInterval), (int)Notice.Tick, 0);
        Tell();
    }

    /// <inheritdoc/>
    public void Notify(int kind, long argument)
    {
        if (isOver)
        {
            return;
        }

        switch ((Notice)kind)
        {
            case Notice.Tick:
                Tick();
                break;
            case Notice.Pump:
                pumpAt = VirtualTime.Never;
                GoOn();
                break;
            case Notice.Round when phase == MigrationPhase.Copying:
                BeginRound();
                break;
            case Notice.Stop when phase == MigrationPhase.Copying:
                StopIfShort();
                break;
            case Notice.Drained when phase == MigrationPhase.Switching:
                SendRest();
                break;
        }
    }

    /// <summary>Gives it up, if it still can be: the machine executes on here.</summary>
    /// <returns>False when the machine was given away.</returns>
    public bool TryGiveUp(MigrationFailure why)
    {
        if (isOver)
        {
            return failure is not null;
        }

        if (!protocol.TryGiveUp())
        {
            return false;
        }

        GoOnHere(why);
        return true;
    }

    /// <summary>The target has given up: the machine executes on here, unless it was given away for good.</summary>
    /// <param name="why">Why the target did.</param>
    /// <returns>False when the machine is the target's, as far as the source knows.</returns>
    public bool TryTakeBack(MigrationFailure why)
    {
        ArgumentNullException.ThrowIfNull(why);
        if (!protocol.TryTakeBack())
        {
            return TryGiveUp(why);
        }

        if (isOver)
        {
            // Nothing is left of it here that could go on.
            failure = why;
            phase = MigrationPhase.Failed;
            Tell();
        }
        else
        {
            GoOnHere(why);
        }

        return true;
    }

    /// <summary>Whether the target has it, nobody will ever tell: as if it had said so.</summary>
    /// <returns>False when it is not known to be given away: it executes on here.</returns>
    public bool TryConfirm()
    {
        var isGranted = protocol.TryConfirm();
        if (isGranted && phase is MigrationPhase.Switching or MigrationPhase.Offered)
        {
            phase = MigrationPhase.Granted;
            Tell();
        }

        return isGranted;
    }

    /// <summary>Nothing is to be done for it any more: somebody knows what became of the machine.</summary>
    public void Abandon()
    {
        if (!isOver)
        {
            End();
            phase = protocol.Stand == SourceStand.Offered ? MigrationPhase.Offered : phase;
            Tell();
        }
    }

    /// <summary>What it knows matters to hashes; it does not go on after a restore.</summary>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.UInt64("phase", (ulong)phase);
        state.Int64("rounds", roundCount);
        state.Int64("pagesSent", pagesSent);
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
        codec.Dispose();
        sampler.Dispose();
        pages?.Dispose();
    }

    private void GoOnHere(MigrationFailure why)
    {
        failure = why;
        phase = MigrationPhase.Failed;
        channel.Send(MigrationMessage.Of(why));
        End();
        machine.Guest.Thaw();
        Tell();
    }

    private static string NameOf(OutgoingMachine machine) => $"migration-out-{machine.Number:x16}";

    private void Tick()
    {
        port.SetTimer(VirtualTime.After(port.Now, TickInterval), (int)Notice.Tick, 0);
        channel.Look();
        if (phase == MigrationPhase.Done
            && (channel.IsSettled || port.Now - channel.LastHeard >= options.ProgressTimeout))
        {
            End();
            return;
        }

        if (isHandOverDue)
        {
            HandOver();
        }

        if (machine.Guest.Machine.Ending is { } ending && protocol.MayGiveUp)
        {
            TryGiveUp(new MigrationFailure("GuestEnded", $"the guest ended meanwhile: {ending}", IsRetryable: false));
            return;
        }

        if (!isMovedAway && Place() is null)
        {
            Forget();
            return;
        }

        // An answer is due to what was sent, and to the state when it has come.
        var isAwaited = !channel.IsSettled || stateSentAt > 0;
        var silence = isAwaited ? port.Now - channel.LastHeard : 0;
        if (phase == MigrationPhase.Preparing && port.Now - begunAt >= AnswerTimeout)
        {
            TryGiveUp(new MigrationFailure(
                "NoAnswer", $"host '{machine.Peer}' does not answer over the link", IsRetryable: true));
        }
        else if (protocol.Stand == SourceStand.Offered)
        {
            // Whether the target has it, others have to find out.
            phase = silence >= SwitchTimeout ? MigrationPhase.Offered : phase;
        }
        else if (silence >= (phase == MigrationPhase.Switching ? SwitchTimeout : options.ProgressTimeout))
        {
            TryGiveUp(new MigrationFailure(
                "LinkLost", $"host '{machine.Peer}' has not answered for {Seconds(silence)} s", IsRetryable: true));
        }
        else if (port.Now - begunAt >= options.CompletionTimeout)
        {
            TryGiveUp(new MigrationFailure(
                "CompletionTimeout", $"not done in {Seconds(options.CompletionTimeout)} s", IsRetryable: true));
        }

        if (!isOver)
        {
            Tell();
        }
    }

    private static string Seconds(long nanoseconds) =>
        FormattableString.Invariant($"{(double)nanoseconds / VirtualTime.Second:0.###}");

    private void Tell() => observer.Changed(Report);

    private void End()
    {
        isOver = true;
        if (protocol.MayExecute && Place() is not null)
        {
            machine.Guest.LiftDirtyLimit();
        }

        Dispose();
        work.Leave();
        // What was sent last still has to arrive; nothing that comes matters any more.
        channel.Dispose();
        port.Leave(port.Now);
    }

    private long LinkBytesPerSecond()
    {
        var link = host.LinkTo(machine.Peer)?.Profile.BandwidthBitsPerSecond ?? long.MaxValue;
        var least = Math.Min(link, host.Hardware.Nic.BandwidthBitsPerSecond);
        return Math.Max(1, (options.BitsPerSecondMax > 0 ? Math.Min(least, options.BitsPerSecondMax) : least) / 8);
    }
}
