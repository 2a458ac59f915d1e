using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hosts;
using Vee.Machines.Linux;
using Vee.Machines.Networking;
using Vee.Machines.State;
using Vee.Machines.Storage;

namespace Vee.Hypervisor.Guests;

/// <summary>A machine that executes instructions: each of its harts is a vCPU.</summary>
/// <remarks>
/// A vCPU executes in quanta, each at once when it begins and for as long as its cycles take. What others do to the
/// machine meanwhile, a hart sees when its next quantum begins; what a hart does to other harts of its machine, they
/// may see up to a quantum early, but for threads: those go on elsewhere when the hart that wakes them or lets go of
/// them has come so far, and as what it does is known when its quantum begins, a hart that idles is woken then, and not
/// at the quantum's end. Messages leave, and the end is told, at the time of the instruction. The guest's clock is the
/// host's since the machine came: it shows the time that the guest was not given a core for.
/// </remarks>
public sealed partial class MachineGuest : INetworkGuest, IDisposable
{
    /// <summary>The quantum if nobody says otherwise.</summary>
    public const long QuantumDefault = 50 * VirtualTime.Microsecond;

    private readonly long quantum;
    private readonly long sliceBudget;
    private readonly HartVcpu[] vcpus;
    private ProcessMachine machine;
    private IGuestPort port = null!;
    private long bornAt;
    private long deadline = VirtualTime.Never;
    private long lastSend;
    private long endsAt = VirtualTime.Never;
    private bool isEndTold;
    private HartVcpu? executing;
    private bool hasFailed;

    /// <param name="address">IPv4, unique in the rack; 0 for none.</param>
    /// <param name="create">Makes the machine, connected to a network and with its files on a disk.</param>
    /// <param name="quantum">Nanoseconds.</param>
    /// <param name="sliceBudget">Instructions that are executed at a time, which changes nothing that can be
    /// seen.</param>
    public MachineGuest(
        uint address, Func<INetwork, IDisk, ProcessMachine> create, long quantum = QuantumDefault,
        long sliceBudget = long.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentOutOfRangeException.ThrowIfLessThan(quantum, VirtualTime.Microsecond);
        ArgumentOutOfRangeException.ThrowIfLessThan(sliceBudget, 1);
        Address = address;
        this.quantum = quantum;
        this.sliceBudget = sliceBudget;
        machine = create(new Card(this), new Drive(this));
        vcpus = [.. Enumerable.Range(0, machine.Harts.Count).Select(index => new HartVcpu(this, index))];
    }

    private enum Notice
    {
        /// <summary>Something in the machine is due: a timer, the end of a wait, or a thread for a hart that idles.
        /// </summary>
        Deadline = 1,

        /// <summary>A hart that has asked for a transfer has come so far.</summary>
        Transfer,

        /// <summary>A transfer has ended.</summary>
        TransferEnd,

        /// <summary>A vCPU that dirties pages too fast may go on.</summary>
        Quota,
    }

    /// <inheritdoc/>
    public uint Address { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IVcpu> Vcpus => vcpus;

    /// <inheritdoc/>
    public INetwork? Outside { get; init; }

    /// <summary>The machine.</summary>
    public ProcessMachine Machine => machine;

    /// <summary>Told once, when the machine's program has ended: at the time of the hart that ended it.</summary>
    public Action<ProcessEnding>? Ended { get; set; }

    /// <summary>Who is told what it does; while there is nobody, a defect reaches whoever simulates the host.</summary>
    public IMachineObserver? Observer { get; set; }

    /// <summary>
    /// Whether it leaves its host when it has ended, or when every thread waits for another one: at that very instant,
    /// whenever whoever simulates the host looks.
    /// </summary>
    public bool LeavesWhenOver { get; init; }

    /// <inheritdoc/>
    public void Start(IGuestPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        this.port = port;
        bornAt = port.Now;
        heldAt = port.Now;
        foreach (var transfer in machine.TransfersUnderWay)
        {
            // It was asked for where the machine was before.
            AskDisk(transfer);
        }

        if (Arrival is { } place)
        {
            Arrive(place);
        }
        else
        {
            WakeWaiting();
        }
    }

    /// <inheritdoc/>
    public void Notify(int kind, long argument)
    {
        switch ((Notice)kind)
        {
            case Notice.Transfer:
                BeginTransfer(argument);
                break;
            case Notice.TransferEnd:
                EndTransfer(argument);
                break;
            case Notice.Quota:
                EndThrottle(vcpus[(int)argument]);
                break;
            case Notice.Deadline when argument == deadline:
                PassDeadline();
                break;
        }
    }

    private void PassDeadline()
    {
        // While it is held nothing is due; and what was to be, after a hold is due later: then it is asked again.
        deadline = VirtualTime.Never;
        if (IsFrozen || IsStalled)
        {
            return;
        }

        Guard(() =>
        {
            PassTime();
            GoOn();
        });
    }

    /// <inheritdoc/>
    public void Deliver(NetworkMessage message)
    {
        if (IsStill)
        {
            waiting.Enqueue(message);
            return;
        }

        Guard(() =>
        {
            PassTime();
            machine.Deliver(message);
            GoOn();
        });
    }

    /// <summary>The console has input, has ended, or takes output again.</summary>
    public void ConsoleChanged()
    {
        if (TryPostpone(ConsoleChanged))
        {
            return;
        }

        PassTime();
        machine.ConsoleChanged();
        GoOn();
    }

    /// <summary>Sends the process a signal, as kill(2) from outside.</summary>
    /// <param name="number">1..64.</param>
    public void SendSignal(int number)
    {
        if (TryPostpone(() => SendSignal(number)))
        {
            return;
        }

        PassTime();
        machine.SendSignal(number);
        GoOn();
    }

    /// <inheritdoc/>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Int64("bornAt", bornAt);
        state.Int64("deadline", deadline);
        state.Int64("lastSend", lastSend);
        state.Int64("endsAt", endsAt);
        state.Boolean("isEndTold", isEndTold);
        SaveHold(state);
        SaveTransfers(state);
        Array.ForEach(vcpus, vcpu => vcpu.Save(state));
        state.Boolean("isIncomplete", machine.IsIncomplete);
        if (machine.IsIncomplete)
        {
            // Pages of it are elsewhere: it matters to hashes how far it is, and it does not go on after a restore.
            state.Int64("retired", RetiredCount);
            return;
        }

        var bytes = new StateList();
        machine.Save(bytes);
        state.List("machine", bytes.Pieces, static (to, piece) => to.Bytes("piece", piece));
    }

    /// <inheritdoc/>
    public void Restore(StateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        bornAt = state.Int64("bornAt", 0, port.Now);
        deadline = state.Int64("deadline", port.Now);
        lastSend = state.Int64("lastSend", 0);
        endsAt = state.Int64("endsAt", bornAt);
        isEndTold = state.Boolean("isEndTold");
        RestoreHold(state);
        RestoreTransfers(state);
        Array.ForEach(vcpus, vcpu => vcpu.Restore(state));
        if (state.Boolean("isIncomplete"))
        {
            throw state.Refuse("isIncomplete", "pages of the machine were elsewhere: it does not go on");
        }

        var bytes = new StateList();
        state.List("machine", StateList.PieceCountMax, (from, _) =>
            bytes.Pieces.Add(from.Bytes("piece", StateList.PieceBytesMax)));
        var console = machine.Console;
        machine.Dispose();
        machine = ProcessMachine.TryRestore(
            bytes, console, root: null, new Card(this), new Drive(this), out var refusal)
            ?? throw state.Refuse("machine", refusal);
        CheckRestored(state);
        CheckTransfers(state);
    }

    /// <inheritdoc/>
    public void Dispose() => machine.Dispose();

    /// <summary>Something was done to the machine from outside.</summary>
    private void GoOn()
    {
        NoteEnd(port.Now);
        TellEnd();
        if (!IsStill)
        {
            WakeWaiting();
            ExpectNext(after: port.Now);
        }

        LookWhetherIdle();
    }

    /// <summary>What is wrong with this machine is not its neighbours' trouble, if somebody looks after it.</summary>
    private void Guard(Action action)
    {
        if (hasFailed)
        {
            return;
        }

        try
        {
            action();
        }
        catch (Exception failure) when (Observer is not null)
        {
            hasFailed = true;
            Observer.Failed(failure);
        }
    }

    /// <summary>Whether what was read belongs together: a state may have been made by somebody.</summary>
    private void CheckRestored(StateReader state)
    {
        if ((endsAt == VirtualTime.Never) != (machine.Ending is null) || (isEndTold && endsAt > port.Now))
        {
            throw state.Refuse("endsAt", $"{endsAt}, told: {isEndTold}, the machine knows otherwise");
        }

        if (vcpus.FirstOrDefault(vcpu => vcpu.IsIdle && machine.HasThread(vcpu.Index)) is { } idle)
        {
            throw state.Refuse("isIdle", $"hart {idle.Index} idles and has a thread");
        }
    }

    /// <summary>Keeps when the machine ends if it does: what comes later changes nothing.</summary>
    private void NoteEnd(long time)
    {
        endsAt = machine.Ending is null || endsAt != VirtualTime.Never ? endsAt : time;
        overAt = Math.Min(overAt, endsAt);
    }

    private void TellEnd()
    {
        if (machine.Ending is { } ending && endsAt <= port.Now && !isEndTold)
        {
            isEndTold = true;
            Ended?.Invoke(ending);
        }
    }

    /// <summary>Lets those harts execute that have a thread, and as many more as there are threads for.</summary>
    private void WakeWaiting()
    {
        if (!IsAnyIdle)
        {
            return;
        }

        var threads = machine.CountReady(port.Now - bornAt);
        for (var index = 0; index < vcpus.Length; index++)
        {
            var hasThread = machine.HasThread(index);
            if (vcpus[index].IsIdle && (hasThread || threads > 0))
            {
                vcpus[index].IsIdle = false;
                port.Wake(index);
                threads -= hasThread ? 0 : 1;
            }
        }
    }

    private void LookWhetherIdle()
    {
        if (Array.TrueForAll(vcpus, vcpu => vcpu.IsIdle))
        {
            Observer?.Idled();
            if (LeavesWhenOver && (isEndTold || IsDeadlocked))
            {
                overAt = Math.Min(overAt, port.Now);
                // What it had sent leaves before.
                port.Leave(Math.Max(port.Now, lastSend));
            }
        }
    }

    /// <summary>Of the hart that executes, which may have come further than its host.</summary>
    private long TimeOfExecution => executing is { } hart
        ? Math.Max(port.Now, bornAt + machine.TimeOf(hart.Index))
        : port.Now;

    private bool IsAnyIdle => Array.Exists(vcpus, vcpu => vcpu.IsIdle);

    /// <summary>Has itself notified when something is due, or when a thread is ready that a hart idles for.</summary>
    /// <param name="after">A thread that is ready by then has its hart.</param>
    private void ExpectNext(long after)
    {
        if (machine.Ending is not null)
        {
            return;
        }

        var due = machine.NextDeadline ?? VirtualTime.Never;
        var ready = IsAnyIdle ? machine.NextReadyTime(after - bornAt) ?? VirtualTime.Never : VirtualTime.Never;
        var at = Math.Max(port.Now, VirtualTime.After(bornAt, Math.Min(due, ready)));
        if (at < deadline)
        {
            deadline = at;
            port.SetTimer(at, (int)Notice.Deadline, at);
        }
    }

    /// <summary>The machine's network card. What it sends leaves at the time of the hart that sends.</summary>
    private sealed class Card(MachineGuest guest) : INetwork
    {
        public bool HasRoute(uint address) =>
            guest.Outside?.HasRoute(address) == true || guest.port.HasRoute(address);

        public void Send(NetworkMessage message)
        {
            // A hart that executes after another may be behind it: what it sends does not overtake.
            guest.lastSend = Math.Max(guest.lastSend, guest.TimeOfExecution);
            guest.port.Send(message, guest.lastSend);
        }
    }
}
