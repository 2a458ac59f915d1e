namespace Vee.Machines.Memory;

// Pages whose bytes here are older than they should be: their content comes from elsewhere, often as what differs from
// the bytes that are here. Until then each access traps, as with any absent page; but they count as RAM.
// JUSTIFICATION, SAFETY: as for the fields in GuestMemory.cs.
public sealed unsafe partial class GuestMemory
{
    /// <summary>
    /// Who is asked, and returns when the content is here, while a system call executes that needs an absent page; null
    /// while nobody can wait in the midst of a call. Then the access fails.
    /// </summary>
    internal Action<PageNumber>? AwaitContent { get; set; }

    /// <summary>Declares the bytes of a present page old: each access traps until <see cref="Supply"/>.</summary>
    /// <remarks>The harts must be stopped. Of pages that share their bytes, one is named for all.</remarks>
    /// <exception cref="ArgumentException">The page holds nothing.</exception>
    public void MarkStale(PageNumber page)
    {
        ThrowIfNotMapped(page);
        if ((flags[page.Value] & PageFlags.Present) == 0)
        {
            throw new ArgumentException($"Page 0x{page.Address:x} holds nothing that could be old.", nameof(page));
        }

        var isCode = (flags[page.Value] & PageFlags.Code) != 0;
        ChangeSharedFlags(page.Value, PageFlags.Accessed | PageFlags.Code, PageFlags.Absent);
        NoticeCodeChange(isCode);
    }

    /// <summary>The pages that show the same bytes as a page, itself included.</summary>
    public IReadOnlyList<PageNumber> SharersOf(PageNumber page)
    {
        lock (presence)
        {
            return sharers.TryGetValue(page.Value, out var all)
                ? [.. all.Select(sharer => new PageNumber(sharer))] : [page];
        }
    }

    /// <summary>As <see cref="Page"/> in a system call, which waits for content that is elsewhere.</summary>
    internal ReadOnlySpan<byte> PageInCall(PageNumber page)
    {
        AwaitIfAbsent(page);
        return Page(page);
    }

    /// <summary>In a system call: waits for a page's content if it is elsewhere and somebody can wait.</summary>
    private void AwaitIfAbsent(PageNumber page)
    {
        while (AwaitContent is { } ask && IsAbsent(page))
        {
            ask(page);
        }
    }

    /// <summary>As <see cref="Touch"/> in a system call, which waits for content that is elsewhere.</summary>
    internal AccessFault TouchInCall(ulong address, Access access)
    {
        var fault = Touch(address, access);
        while (fault == AccessFault.Absent && AwaitContent is { } ask)
        {
            ask(PageNumber.Of(address));
            fault = Touch(address, access);
        }

        return fault;
    }

    /// <summary>Pages whose bytes others keep are known by another number afterwards: their content comes before.
    /// </summary>
    private void AwaitShared(ulong address, ulong length)
    {
        if (AwaitContent is null || sharers.Count == 0)
        {
            return;
        }

        for (var page = PageNumber.Of(address); page.Address < address + length; page = new(page.Value + 1))
        {
            if (IsShared(page))
            {
                AwaitIfAbsent(page);
            }
        }
    }
}
