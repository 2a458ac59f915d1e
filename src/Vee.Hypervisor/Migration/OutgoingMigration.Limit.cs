using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Migration;

// The dirty limit: vCPUs that write are held back until rounds are faster than they are.
public sealed partial class OutgoingMigration
{
    // Pages a second: 1 MiB. A machine that has to be slower than that is better stopped.
    private const long DirtyLimitMin = 256;

    private long dirtyLimit;

    /// <summary>
    /// At first half of what could be sent meanwhile, so that each round leaves half as much as the one before; then
    /// half of that, until it is little and the step after this follows.
    /// </summary>
    private void LimitGuest()
    {
        var pagesPerSecond = dirtyLimit == 0 ? PagesPerSecond() / machine.Guest.Vcpus.Count : dirtyLimit;
        dirtyLimit = Math.Max(DirtyLimitMin, pagesPerSecond / 2);
        machine.Guest.LimitDirtying(dirtyLimit);
        // What was dirty all the time is not from here on: it does not wait for the stop.
        history.Clear();
        escalations[^1] = escalations[^1] with
        {
            Reason = $"{escalations[^1].Reason}: each vCPU may dirty {dirtyLimit} pages a second",
        };
        ladderNext += dirtyLimit == DirtyLimitMin ? 1 : 0;
    }

    /// <summary>Pages such as are dirty now that can be encoded and sent in a second.</summary>
    private long PagesPerSecond()
    {
        var encoding = expected.EncodeTime * (double)FinalStreams / streamCount;
        var sending = expected.Bytes * (double)VirtualTime.Second / expected.BytesPerSecond;
        return (long)(expected.Pages * (double)VirtualTime.Second / Math.Max(1, Math.Max(encoding, sending)));
    }
}
