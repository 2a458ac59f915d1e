using System.Buffers.Binary;
using System.Net;
using Vee.Protocol;

namespace Vee.Agent.Guests;

// Creating and deleting instances. Whoever does holds the slot's turn, so that two never overlap; the lock is held for
// moments only.
internal sealed partial class GuestRegistry
{
    // 10.0.0.2; the gateway is 10.0.0.1.
    private const uint FirstAddress = 0x0A000002;

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
                if (slot.Expected is { } expected && expected.Spec.Instance <= instance)
                {
                    await ForgetExpectedAsync(slot, expected);
                }

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

        (spec, var host) = Reserve(spec);
        Guest? guest = null;
        try
        {
            guest = await Guest.CreateAsync(spec, host, program, parts, this);
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
            FindRoom_NeedsLock(spec, older, slot.Guest is null ? 0 : 1, slot.Guest?.Address ?? 0);
        }
    }

    private SimulatedHost FindRoom_NeedsLock(
        GuestSpec spec, long returnedBytes = 0, int returnedMachines = 0, uint returnedAddress = 0)
    {
        if (!hosts.TryGetValue(spec.HostUid, out var host))
        {
            throw Refused.NotFound(Refusal.UnknownHost, $"there is no host {spec.HostUid} here");
        }

        var memoryBytes = host.Spec.Hardware.MemoryBytes;
        var freeBytes = memoryBytes - host.AllocatedBytes + returnedBytes;
        if (spec.MemoryBytes > freeBytes)
        {
            throw Refused.Exhausted(
                Refusal.HostFull,
                $"the machine needs {spec.MemoryBytes} bytes; of {memoryBytes} "
                + $"host '{host.Spec.Name}' has {freeBytes} free");
        }

        if (host.Spec.Mode == TimeMode.FreeRunning && spec.Ports.Count > 0)
        {
            throw Refused.Precondition(
                Refusal.FreeRunning,
                $"host '{host.Spec.Name}' is free-running, and outside clients live by the wall's time: "
                + "publish no ports, or choose a paced host");
        }

        if (host.Addresses.Contains(spec.NetworkAddress) && spec.NetworkAddress != returnedAddress)
        {
            throw Refused.Exists(
                Refusal.AddressUnavailable,
                $"another machine or probe of host '{host.Spec.Name}' has the address "
                + $"{new IPAddress(BytesOf(spec.NetworkAddress))}");
        }

        if (machineCount - returnedMachines >= options.MachineCountMax)
        {
            throw Refused.Exhausted(Refusal.TooManyMachines, $"the agent has {machineCount} machines, its most");
        }

        return host;
    }

    private static byte[] BytesOf(uint address)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return bytes;
    }

    /// <summary>Takes what a machine needs, before it is made.</summary>
    /// <returns>The specification with the address that it has got, and its host.</returns>
    private (GuestSpec Spec, SimulatedHost Host) Reserve(GuestSpec spec)
    {
        lock (gate)
        {
            ThrowIfClosed_NeedsLock();
            var host = FindRoom_NeedsLock(spec);
            FreePorts_NeedsLock(spec.Uid);
            host.AllocatedBytes += spec.MemoryBytes;
            host.MachineCount++;
            machineCount++;
            var address = spec.NetworkAddress;
            for (var free = FirstAddress; address == 0; free++)
            {
                address = host.Addresses.Contains(free) ? 0 : free;
            }

            host.Addresses.Add(address);
            return (spec with { NetworkAddress = address }, host);
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
                host.Addresses.Remove(spec.NetworkAddress);
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
            if (guest.View.End is { } end)
            {
                pastConsoles.Keep(new PastConsole(slot.Uid, guest.Spec.Instance, guest.Log, end));
            }

            machineCount--;
            var host = hosts[guest.Spec.HostUid];
            host.MachineCount--;
            host.Addresses.Remove(guest.Address);
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
            if (slot.UserCount > 0 || slot.Guest is not null || slot.Expected is not null)
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
        left.Remove(slot.Uid);
        migrations.Remove((slot.Uid, MigrationRole.Source));
        migrations.Remove((slot.Uid, MigrationRole.Target));
        slot.Dispose();
    }
}
