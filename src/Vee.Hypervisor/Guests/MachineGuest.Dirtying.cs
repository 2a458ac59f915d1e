namespace Vee.Hypervisor.Guests;

/// <summary>What a vCPU has dirtied of pages that are being sent, and what a limit has cost it.</summary>
/// <param name="Pages">Pages, each time that they have to be sent again for it.</param>
/// <param name="ThrottleTime">Nanoseconds of virtual time that it did not execute because that was too much.</param>
public readonly record struct VcpuDirtying(long Pages, long ThrottleTime);

// A machine whose pages are being sent to another host: each vCPU is held back by how fast it dirties them itself. The
// limit is the migration's: it is no part of the machine's state, and a machine comes to its target without.
public sealed partial class MachineGuest
{
    /// <summary>Pages that each vCPU may dirty in a second of virtual time; 0 for as many as it likes.</summary>
    public long DirtyLimit { get; private set; }

    /// <summary>What each vCPU has dirtied since <see cref="CountDirtying"/>.</summary>
    public IReadOnlyList<VcpuDirtying> Dirtying =>
        [.. vcpus.Select(vcpu => new VcpuDirtying(vcpu.Quota.Pages, vcpu.Quota.WaitTime(port.Now)))];

    /// <summary>Begins to count what each vCPU dirties.</summary>
    public void CountDirtying() => Array.ForEach(vcpus, vcpu => vcpu.Quota.Reset());

    /// <summary>A vCPU that dirties more pages than it may sleeps until it may again.</summary>
    /// <param name="pagesPerSecond">Of each vCPU, in virtual time, at least 1.</param>
    public void LimitDirtying(long pagesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pagesPerSecond, 1);
        DirtyLimit = pagesPerSecond;
        Array.ForEach(vcpus, vcpu => vcpu.Quota.Restrict(pagesPerSecond));
    }

    /// <summary>Each vCPU may dirty as many pages as it likes, and those that sleep go on.</summary>
    public void LiftDirtyLimit()
    {
        DirtyLimit = 0;
        foreach (var vcpu in vcpus)
        {
            vcpu.Quota.Restrict(0);
            Unthrottle(vcpu);
        }
    }

    /// <summary>A vCPU sleeps for what it has dirtied. Threads that it might have taken have another one.</summary>
    private void Throttle(HartVcpu vcpu)
    {
        port.SetTimer(Math.Max(port.Now, vcpu.Quota.DueAt), (int)Notice.Quota, vcpu.Index);
        WakeWaiting();
        ExpectNext(after: port.Now);
    }

    private void EndThrottle(HartVcpu vcpu)
    {
        // A timer may be one of a limit that was lifted.
        if (vcpu.Quota.DueAt <= port.Now)
        {
            Unthrottle(vcpu);
        }
    }

    private void Unthrottle(HartVcpu vcpu)
    {
        if (!vcpu.Quota.IsWaiting)
        {
            return;
        }

        vcpu.Quota.EndWait(port.Now);
        if (!vcpu.IsBlocked)
        {
            // It looks again when its step ends.
            return;
        }

        if (IsStill)
        {
            // It is woken when the machine goes on.
            vcpu.IsIdle = true;
            return;
        }

        port.Wake(vcpu.Index);
    }
}
