using Vee.Machines.Memory;

namespace Vee.Hypervisor.Guests;

// A machine that executes while the content of some of its pages is still elsewhere: a vCPU that needs one blocks until
// it comes. In a system call all of the machine waits, as its kernel does one thing at a time.
public sealed partial class MachineGuest
{
    /// <summary>Who is told that a vCPU waits for a page, each time; null while all pages are here.</summary>
    public Action<PageNumber>? PageWanted { get; set; }

    /// <summary>Nanoseconds that vCPUs have waited for pages, added up.</summary>
    public long PageWaitTime { get; private set; }

    /// <summary>Whether it stands still in the midst of a system call until a page comes.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>The content of a page has come; in a turn of whoever simulates the host.</summary>
    public void PageCame() => WakeForPages();

    /// <summary>Whether a hart's vCPU may execute now: in the midst of a system call only the one that ends it.
    /// </summary>
    private bool MayExecute(int index) =>
        !IsHeld && !IsFrozen && (!IsStalled || (machine.IsStalled && machine.StalledHart == index));

    /// <summary>Lets those vCPUs go on whose pages are here.</summary>
    private void WakeForPages()
    {
        if (IsHeld || IsFrozen)
        {
            return;
        }

        foreach (var vcpu in vcpus)
        {
            if (vcpu is { AwaitedPage: { } page, IsBlocked: true } && !machine.Memory.IsAbsent(page))
            {
                PageWaitTime += port.Now - vcpu.AwaitedSince;
                vcpu.StopAwaiting();
                port.Wake(vcpu.Index);
            }
        }
    }

    /// <summary>The system call has ended that the machine stood still in.</summary>
    private void EndStall()
    {
        IsStalled = false;
        CatchUp();
        DoPostponed();
    }
}
