using System.Buffers.Binary;
using System.Security.Cryptography;
using Vee.Hypervisor.Events;
using Vee.Machines.State;

namespace Vee.Hypervisor.Hosts;

// All that a host knows, as a checkpoint or as a hash of it.
public sealed partial class Host
{
    private const int TransfersMax = 1 << 20;
    private const int TimersMax = 1 << 16;

    // A day: who lets more time pass does not look at each of its seconds.
    private const int HashesMax = 86_400;

    private readonly List<ulong> hashes = [];
    private long nextHash = VirtualTime.Never;

    /// <summary>Hashes of all it knows, one for each second of virtual time since they were asked for.</summary>
    public IReadOnlyList<ulong> Hashes => hashes;

    /// <summary>Takes a hash at each full second of virtual time from now on, for a day of it.</summary>
    public void HashEachSecond() =>
        nextHash = VirtualTime.After(Now - (Now % VirtualTime.Second), VirtualTime.Second);

    /// <summary>A hash of all it knows, but for what is under way to it from elsewhere.</summary>
    public ulong Hash()
    {
        using var sink = new HashSink();
        var writer = new StateWriter(sink);
        writer.Section("host", 2, to => Save(to, withArrivals: false));
        writer.Complete();
        return sink.Value();
    }

    /// <summary>Writes a checkpoint.</summary>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Section("host", 2, to => Save(to, withArrivals: true));
    }

    /// <summary>Goes on where a host with the same hardware, scheduler, seed and guests was saved.</summary>
    /// <exception cref="StateRefusedException">It is damaged, or of another host.</exception>
    public void Restore(StateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Section("host", 2, from =>
        {
            Now = from.Int64("now", 0);
            EventCount = from.Int64("eventCount", 0);
            events.Restore(from, FirstGuestTarget + guests.Count, Now);
            timerGenerations.Clear();
            from.List("timers", TimersMax, (timer, _) => timerGenerations.Add(timer.Int64("generation", 0)));
            RequireCount(from, "guests", guests.Count);
            guests.ForEach(guest => RestoreGuest(from, guest));
            RequireCount(from, "vcpus", vcpus.Count);
            vcpus.ForEach(vcpu => vcpu?.Restore(from, cores.Length));
            RequireCount(from, "cores", cores.Length);
            Array.ForEach(cores, core => core.Restore(from, vcpus));
            from.Section("scheduler", 1, scheduler.Restore);
            Disk.Restore(from);
            transfers.Clear();
            from.List("transfers", TransfersMax, (item, _) => transfers.Enqueue(new Transfer(
                item.Int32("guest", NobodyIndex, guests.Count - 1), item.Int32("kind"), item.Int64("argument"),
                item.Int64("askedAt", 0))));
            RestoreNetwork(from);
            CheckRestored(from);
        });
        nextHash = nextHash == VirtualTime.Never ? nextHash : Now - (Now % VirtualTime.Second) + VirtualTime.Second;
    }

    /// <summary>Whether what was read belongs together: a state may have been made by somebody.</summary>
    private void CheckRestored(StateReader state)
    {
        if (events.Items.FirstOrDefault(e => !IsPossible(e)) is { Kind: not 0 } impossible)
        {
            throw state.Refuse("events", $"there is nothing to do with {impossible}");
        }

        if (events.Items.Count(e => e.Target == DiskTarget) != transfers.Count)
        {
            throw state.Refuse("transfers", $"{transfers.Count}, the events know others");
        }

        foreach (var core in cores)
        {
            var current = core.Current;
            if (current is not null && (current.State != Scheduling.RunState.Running
                || cores.Count(c => c.Current == current) > 1))
            {
                throw state.Refuse("current", $"vCPU {current.Scheduled.Index} does not run there alone");
            }
        }

        if (transfers.Any(t => t.Guest >= 0 && guests[t.Guest] is null))
        {
            throw state.Refuse("transfers", "one is for a guest that is not there");
        }

        if (vcpus.Count(v => v?.State == Scheduling.RunState.Running) != cores.Count(c => c.Current is not null))
        {
            throw state.Refuse("current", "a vCPU runs on no core");
        }
    }

    private bool IsPossible(HostEvent happening) => happening switch
    {
        { Target: CoreTarget, Kind: var kind, Argument: var argument } =>
            Enum.IsDefined((CoreEvent)kind) && argument >= 0 && (argument & CoreMask) < cores.Length,
        { Target: TimerTarget, Kind: var timer } => timer >= 0 && timer < timerGenerations.Count,
        { Target: DiskTarget } => true,
        { Target: NetworkTarget, Kind: (int)NetworkEvent.Arrival, Argument: var packed } =>
            arrivals.ContainsKey(Unpacked(packed)),
        { Target: NetworkTarget, Kind: var kind, Argument: var number } =>
            Enum.IsDefined((NetworkEvent)kind) && ownMessages.ContainsKey(number),
        { Target: GoingTarget, Kind: var guest } => guests.ElementAtOrDefault(guest) is not null,
        { Target: var target } => guests[target - FirstGuestTarget] is not null,
    };

    private static void RestoreGuest(StateReader state, HostGuest? guest)
    {
        RequireText(state, "name", guest?.Domain.Name ?? "");
        if (guest is not null)
        {
            guest.Domain.Weight = state.Int32("weight", 1, Scheduling.SchedulingDomain.WeightMax);
            guest.Domain.CapPercent = state.Int32("capPercent", 0);
            state.Section("program", 1, guest.Program.Restore);
        }
    }

    private static void SaveGuest(StateWriter state, HostGuest? guest)
    {
        // A place that is free has no name.
        state.Text("name", guest?.Domain.Name ?? "");
        if (guest is not null)
        {
            state.Int64("weight", guest.Domain.Weight);
            state.Int64("capPercent", guest.Domain.CapPercent);
            state.Section("program", 1, guest.Program.Save);
        }
    }

    private void Save(StateWriter state, bool withArrivals)
    {
        state.Int64("now", Now);
        state.Int64("eventCount", EventCount);
        events.Save(state, withArrivals);
        state.List("timers", timerGenerations, static (to, generation) => to.Int64("generation", generation));
        state.Int64("guests", guests.Count);
        guests.ForEach(guest => SaveGuest(state, guest));
        state.Int64("vcpus", vcpus.Count);
        vcpus.ForEach(vcpu => vcpu?.Save(state));
        state.Int64("cores", cores.Length);
        Array.ForEach(cores, core => core.Save(state));
        state.Section("scheduler", 1, scheduler.Save);
        Disk.Save(state, Now);
        state.List("transfers", transfers, static (to, transfer) =>
        {
            to.Int64("guest", transfer.Guest);
            to.Int64("kind", transfer.Kind);
            to.Int64("argument", transfer.Argument);
            to.Int64("askedAt", transfer.AskedAt);
        });
        SaveNetwork(state, withArrivals);
    }

    private void TakeHash()
    {
        hashes.Add(Hash());
        nextHash = hashes.Count < HashesMax ? VirtualTime.After(nextHash, VirtualTime.Second) : VirtualTime.Never;
    }

    private static void RequireCount(StateReader state, string name, int count)
    {
        if (state.Int64(name) != count)
        {
            throw state.Refuse(name, $"this host has {count}");
        }
    }

    private static void RequireText(StateReader state, string name, string text)
    {
        if (state.Text(name) is var found && found != text)
        {
            throw state.Refuse(name, $"'{found}', this host has '{text}'");
        }
    }

    private sealed class HashSink : IStateSink, IDisposable
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public void Write(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

        public ulong Value() => BinaryPrimitives.ReadUInt64BigEndian(hash.GetHashAndReset());

        public void Dispose() => hash.Dispose();
    }
}
