using Vee.Protocol;

namespace Vee.Agent.Guests;

// Creating and deleting instances. Whoever does holds the slot's turn, so that two never overlap; the lock is held for
// moments only.
internal sealed partial class GuestRegistry
{
    /// <summary>
    /// Makes a machine, or finds this instance of it. An older instance that is here is ended and forgotten first.
    /// </summary>
    /// <param name="spec">A checked specification.</param>
    /// <param name="loadProgram">Gives the image's bytes.</param>
    /// <param name="cancellationToken">Ends the wait for other calls about the machine.</param>
    /// <exception cref="Grpc.Core.RpcException">One of the refusals that the contract names.</exception>
    internal async Task<GuestView> CreateAsync(
        GuestSpec spec, Func<CancellationToken, Task<ReadOnlyMemory<byte>>> loadProgram,
        CancellationToken cancellationToken)
    {
        var slot = Enter(spec.Uid);
        try
        {
            await slot.Turn.WaitAsync(cancellationToken);
            try
            {
                return FindInstance(slot, spec.Instance)
                    ?? await BeginAsync(slot, spec, await loadProgram(cancellationToken));
            }
            finally
            {
                slot.Turn.Release();
            }
        }
        finally
        {
            Leave(slot);
        }
    }

    /// <summary>Ends and forgets all instances up to one, and lets none of them begin any more.</summary>
    internal async Task DeleteAsync(string uid, long instance, CancellationToken cancellationToken)
    {
        var slot = Enter(uid);
        try
        {
            await slot.Turn.WaitAsync(cancellationToken);
            try
            {
                if (slot.Guest is { } guest && guest.Spec.Instance <= instance)
                {
                    await RemoveAsync(slot, guest);
                }

                lock (gate)
                {
                    slot.NewestInstance = Math.Max(slot.NewestInstance, instance);
                }
            }
            finally
            {
                slot.Turn.Release();
            }
        }
        finally
        {
            Leave(slot);
        }
    }

    private GuestView? FindInstance(GuestSlot slot, long instance)
    {
        lock (gate)
        {
            ThrowIfClosed_NeedsLock();
            if (instance > slot.NewestInstance)
            {
                return null;
            }

            return slot.Guest is { } guest && guest.Spec.Instance == instance
                ? guest.View
                : throw Stale(slot, instance);
        }
    }

    private async Task<GuestView> BeginAsync(GuestSlot slot, GuestSpec spec, ReadOnlyMemory<byte> program)
    {
        GuestImage.Check(program);
        CheckRoom(slot, spec);
        if (slot.Guest is { } older)
        {
            await RemoveAsync(slot, older);
        }

        var megahertz = Reserve(spec);
        Guest? guest = null;
        try
        {
            guest = Guest.Create(spec, megahertz, program, parts, this);
        }
        finally
        {
            Admit(slot, spec, guest);
        }

        return guest.View;
    }

    /// <summary>Refuses before an older instance is given up for nothing.</summary>
    private void CheckRoom(GuestSlot slot, GuestSpec spec)
    {
        lock (gate)
        {
            var older = slot.Guest is { View.End: null } guest && guest.Spec.HostUid == spec.HostUid
                ? guest.Spec.MemoryBytes
                : 0;
            FindRoom_NeedsLock(spec, older, slot.Guest is null ? 0 : 1);
        }
    }

    private SimulatedHost FindRoom_NeedsLock(GuestSpec spec, long returnedBytes = 0, int returnedMachines = 0)
    {
        if (!hosts.TryGetValue(spec.HostUid, out var host))
        {
            throw Refused.NotFound(Refusal.UnknownHost, $"there is no host {spec.HostUid} here");
        }

        var freeBytes = host.Spec.MemoryBytes - host.AllocatedBytes + returnedBytes;
        if (spec.MemoryBytes > freeBytes)
        {
            throw Refused.Exhausted(
                Refusal.HostFull,
                $"the machine needs {spec.MemoryBytes} bytes; of {host.Spec.MemoryBytes} "
                + $"host '{host.Spec.Name}' has {freeBytes} free");
        }

        if (machineCount - returnedMachines >= options.MachineCountMax)
        {
            throw Refused.Exhausted(Refusal.TooManyMachines, $"the agent has {machineCount} machines, its most");
        }

        return host;
    }

    /// <summary>Takes what a machine needs, before it is made.</summary>
    /// <returns>Frequency of the host's first cores.</returns>
    private int Reserve(GuestSpec spec)
    {
        lock (gate)
        {
            ThrowIfClosed_NeedsLock();
            var host = FindRoom_NeedsLock(spec);
            host.AllocatedBytes += spec.MemoryBytes;
            host.MachineCount++;
            machineCount++;
            return host.Spec.Cores.Count > 0 ? host.Spec.Cores[0].FrequencyMegahertz : 0;
        }
    }

    /// <summary>Makes a machine known, or gives back what was taken for one that could not be made.</summary>
    private void Admit(GuestSlot slot, GuestSpec spec, Guest? guest)
    {
        lock (gate)
        {
            var host = hosts[spec.HostUid];
            if (guest is null)
            {
                host.AllocatedBytes -= spec.MemoryBytes;
                host.MachineCount--;
                machineCount--;
                return;
            }

            slot.Guest = guest;
            slot.NewestInstance = spec.Instance;
            slot.TombstoneNumber = 0;
            observer.HostChanged(host.View);
            observer.MachineChanged(guest);
        }
    }

    private async Task RemoveAsync(GuestSlot slot, Guest guest)
    {
        await guest.DeleteAsync();
        lock (gate)
        {
            slot.Guest = null;
            pastConsoles.Keep(new PastConsole(slot.Uid, guest.Spec.Instance, guest.Log, guest.View.End!));
            machineCount--;
            hosts[guest.Spec.HostUid].MachineCount--;
            observer.MachineDeleted(slot.Uid, guest.Spec.Instance);
        }
    }

    private GuestSlot Enter(string uid)
    {
        lock (gate)
        {
            if (!slots.TryGetValue(uid, out var slot))
            {
                slot = new GuestSlot(uid);
                slots.Add(uid, slot);
            }

            slot.UserCount++;
            return slot;
        }
    }

    private void Leave(GuestSlot slot)
    {
        lock (gate)
        {
            slot.UserCount--;
            if (slot.UserCount > 0 || slot.Guest is not null)
            {
                return;
            }

            if (slot.NewestInstance == 0)
            {
                Forget_NeedsLock(slot);
                return;
            }

            if (slot.TombstoneNumber == 0)
            {
                slot.TombstoneNumber = ++lastTombstone;
                tombstones.Enqueue((slot, slot.TombstoneNumber));
            }

            while (tombstones.Count > options.TombstoneCountMax)
            {
                var (oldest, number) = tombstones.Dequeue();
                if (oldest.TombstoneNumber == number && oldest.UserCount == 0)
                {
                    Forget_NeedsLock(oldest);
                }
            }
        }
    }

    private void Forget_NeedsLock(GuestSlot slot)
    {
        slots.Remove(slot.Uid);
        slot.Dispose();
    }
}
