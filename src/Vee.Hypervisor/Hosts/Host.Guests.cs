using Vee.Hypervisor.Scheduling;

namespace Vee.Hypervisor.Hosts;

// Who is on the host: guests come and go at instants between events.
public sealed partial class Host
{
    /// <summary>Adds a guest. It starts at this instant.</summary>
    /// <param name="name">Unique in the host.</param>
    /// <param name="program">What it is.</param>
    /// <param name="share">Its share of the cores.</param>
    /// <exception cref="ArgumentException">The name or the address is somebody's already.</exception>
    public HostGuest Add(string name, IGuest program, GuestShare share)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(share);
        CheckNew(name, program);
        var index = FreeIndex(guests);
        var guest = new HostGuest(
            index, new SchedulingDomain(index, name, share.Weight, share.CapPercent), program,
            new GuestPort(this, index, name));
        guest.Vcpus = [.. program.Vcpus.Select((vcpu, number) =>
            Admit(guest, vcpu, number, share.Affinity?[number % share.Affinity.Count]))];
        guests[index] = guest;
        if (program is INetworkGuest { Address: not 0 } networked)
        {
            Own(networked);
        }

        program.Start(guest.Port);
        return guest;
    }

    /// <summary>
    /// Removes a guest at this instant: its vCPUs do not run any more, what it had asked for is not answered, and what
    /// is on its way to it finds nobody.
    /// </summary>
    /// <param name="guest">One of this host.</param>
    public void Remove(HostGuest guest) => TakeOut(guest);

    /// <returns>Virtual time from which on everybody knows that its address is not here.</returns>
    private long TakeOut(HostGuest guest)
    {
        ArgumentNullException.ThrowIfNull(guest);
        if (!guest.IsHere || guests.ElementAtOrDefault(guest.Index) != guest)
        {
            throw new ArgumentException($"'{guest.Domain.Name}' is no guest of this host", nameof(guest));
        }

        guest.IsHere = false;
        foreach (var vcpu in guest.Vcpus)
        {
            Dismiss(vcpu);
        }

        var knownFrom = guest.Program is INetworkGuest { Address: not 0 } networked ? Disown(networked) : Now;
        ForgetTransfers(guest.Index);
        events.RemoveAll(happening => happening.Target == FirstGuestTarget + guest.Index
            || (happening.Target == GoingTarget && happening.Kind == guest.Index));
        guests[guest.Index] = null;
        return knownFrom;
    }

    private static int FreeIndex<T>(List<T?> slots)
        where T : class
    {
        var index = slots.IndexOf(null);
        if (index < 0)
        {
            slots.Add(null);
            return slots.Count - 1;
        }

        return index;
    }

    private void CheckNew(string name, IGuest program)
    {
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' is no name of a guest", nameof(name));
        }

        if (guests.Any(g => g?.Domain.Name == name))
        {
            throw new ArgumentException($"there is a guest '{name}' already", nameof(name));
        }

        if (program is INetworkGuest { Address: not 0 } networked && addresses.ContainsKey(networked.Address))
        {
            throw new ArgumentException("another guest has its address", nameof(program));
        }
    }

    private HostVcpu Admit(HostGuest guest, IVcpu program, int number, IReadOnlyList<int>? affinity)
    {
        var index = FreeIndex(vcpus);
        var vcpu = new HostVcpu(guest, program, new SchedulerVcpu(index, guest.Domain, number, affinity), Now);
        vcpus[index] = vcpu;
        scheduler.Add(vcpu.Scheduled);
        return vcpu;
    }

    private void Dismiss(HostVcpu vcpu)
    {
        var scheduled = vcpu.Scheduled;
        if (scheduled.IsRunnable)
        {
            scheduled.IsRunnable = false;
            scheduler.Block(scheduled);
        }

        foreach (var core in cores)
        {
            if (core.Current == vcpu)
            {
                core.HasStep = false;
                Decide(core);
            }

            core.LastRun = core.LastRun == scheduled.Index ? -1 : core.LastRun;
        }

        scheduler.Remove(scheduled);
        vcpus[scheduled.Index] = null;
    }
}
