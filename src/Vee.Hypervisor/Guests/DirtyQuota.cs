using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Guests;

/// <summary>
/// How many pages a vCPU dirties while they are sent to another host, and how long it waits where that is limited.
/// Times are virtual ones of its host.
/// </summary>
/// <remarks>
/// A vCPU pays for each page with the time that the limit gives a page. It may be in debt for what it dirties in <see
/// cref="Credit"/>; then it waits. As QEMU's dirty limit it bounds the vCPU that writes, and no other; and as there, a
/// vCPU executes for a hundredth of the time at least.
/// </remarks>
internal sealed class DirtyQuota
{
    /// <summary>For so long a vCPU may dirty pages ahead of its limit, nanoseconds.</summary>
    public const long Credit = 10 * VirtualTime.Millisecond;

    // A vCPU that executes for a time pays for a hundred times that at most.
    private const int PriceMax = 100;

    private long paidUntil;
    private long waitingSince;
    private long waited;

    /// <summary>Pages in a second at most; 0 for as many as it likes.</summary>
    public long Limit { get; private set; }

    /// <summary>Pages that it dirtied since the last <see cref="Reset"/>.</summary>
    public long Pages { get; private set; }

    /// <summary>Whether it waits because it dirtied too many.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>When it may go on.</summary>
    public long DueAt => paidUntil - Credit;

    /// <summary>Nanoseconds that it waited since the last <see cref="Reset"/>, until now.</summary>
    public long WaitTime(long now) =>
        waited + (IsWaiting ? Math.Max(0, Math.Min(now, DueAt) - waitingSince) : 0);

    /// <summary>Begins to count, without a limit.</summary>
    public void Reset() => (Limit, Pages, waited, paidUntil) = (0, 0, 0, 0);

    /// <summary>Sets or lifts the limit.</summary>
    public void Restrict(long pagesPerSecond) => Limit = pagesPerSecond;

    /// <summary>It has dirtied pages.</summary>
    /// <param name="count">How many.</param>
    /// <param name="begin">Since when.</param>
    /// <param name="end">Until when.</param>
    public void Add(long count, long begin, long end)
    {
        Pages += count;
        if (count > 0 && Limit > 0)
        {
            var price = (Int128)count * VirtualTime.Second / Limit;
            paidUntil = Math.Max(paidUntil, begin)
                + (long)Int128.Min(price, (Int128)PriceMax * Math.Max(0, end - begin));
        }
    }

    /// <summary>Whether it has to wait instead of executing.</summary>
    public bool TryWait(long now)
    {
        if (Limit > 0 && DueAt > now && !IsWaiting)
        {
            IsWaiting = true;
            waitingSince = now;
        }

        return IsWaiting;
    }

    /// <summary>It does not wait any more, or not for this.</summary>
    public void EndWait(long now)
    {
        waited = WaitTime(now);
        IsWaiting = false;
    }
}
