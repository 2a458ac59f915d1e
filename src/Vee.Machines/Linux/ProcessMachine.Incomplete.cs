using Vee.Machines.Memory;

namespace Vee.Machines.Linux;

// A machine that executes while the content of some of its pages is still elsewhere. A hart that needs such a page ends
// its quantum before the instruction. A system call that needs one stands still in its midst until the page is there,
// and with it all of the machine: there is one kernel, which does one thing at a time.
public sealed partial class ProcessMachine
{
    private Coroutine? coroutine;
    private MachineExit quantumExit;
    private ulong missing;

    /// <summary>Whether a system call stands still for want of a page: until the hart's next quantum has ended it,
    /// nothing may be done to the machine.</summary>
    public bool IsStalled => coroutine is { IsSuspended: true };

    /// <summary>The hart whose system call stands still.</summary>
    public int StalledHart { get; private set; }

    /// <summary>Whether the content of pages may be elsewhere.</summary>
    public bool IsIncomplete => coroutine is not null;

    /// <summary>Declares the bytes of pages to be old; <see cref="GuestMemory.Supply"/> brings what is newer.</summary>
    /// <param name="stale">Pages that hold something; of those that share bytes, one.</param>
    /// <remarks>The machine executes by quanta until <see cref="Complete"/>, and cannot be saved.</remarks>
    public void BeginIncomplete(IEnumerable<PageNumber> stale)
    {
        ArgumentNullException.ThrowIfNull(stale);
        coroutine ??= new Coroutine();
        foreach (var page in stale)
        {
            Memory.MarkStale(page);
        }
    }

    /// <summary>All content is here, or will never be needed.</summary>
    /// <exception cref="InvalidOperationException">A system call stands still.</exception>
    public void Complete()
    {
        if (IsStalled)
        {
            throw new InvalidOperationException("a system call stands still for want of a page");
        }

        coroutine?.Dispose();
        coroutine = null;
    }

    private MachineExit RunIncomplete(Coroutine own, int index, long timeMax, long budget)
    {
        if (own.IsSuspended && index != StalledHart)
        {
            throw new InvalidOperationException($"hart {StalledHart} is in the midst of a system call");
        }

        Memory.AwaitContent = page => AwaitPage(own, page, index);
        var hasEnded = own.Run(() =>
        {
            lock (kernel)
            {
                quantumExit = RunQuantum_NeedsLock(index, timeMax, budget);
            }
        });
        Memory.AwaitContent = null;
        return hasEnded
            ? quantumExit : new MachineExit(MachineExitReason.PageAbsent) { Address = missing };
    }

    /// <summary>In the midst of a system call.</summary>
    private void AwaitPage(Coroutine own, PageNumber page, int index)
    {
        (missing, StalledHart) = (page.Address, index);
        // Whoever only looks at the machine is not kept waiting.
        Monitor.Exit(kernel);
        try
        {
            own.Suspend();
        }
        finally
        {
            Monitor.Enter(kernel);
        }

        // Time has passed; the call ends at its hart's.
        process.Clock.TurnTo(harts[index].Now);
    }
}
