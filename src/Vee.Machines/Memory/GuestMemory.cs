using System.Runtime.CompilerServices;

namespace Vee.Machines.Memory;

/// <summary>
/// The memory of one machine: one reserved arena in which a guest address is an offset, a byte of flags per page
/// and a 64-bit word of dirty lines per page.
/// </summary>
/// <remarks>
/// Loads, stores and copies may run on several threads at once, also beside mapping where nothing is mapped and
/// protecting. Unmapping, zeroing, moving and swapping an epoch may not: the caller stops the harts first, because an
/// access that has passed its check must find its host page, and so that no store is lost between the swap and the
/// copy that follows. See docs/machine.md, "Memory".
/// </remarks>
public sealed unsafe partial class GuestMemory : IDisposable
{
    /// <summary>The largest arena, in bytes: 256 GiB, the user half of Sv39.</summary>
    public const ulong ArenaBytesMax = 1UL << 38;

    // JUSTIFICATION (2): see HostPages. SAFETY: an address is used only after PageAt or Contains has accepted it.
    private readonly byte* arena;
    private readonly PageFlags* flags;
    private readonly ulong* dirtyLines;
    private readonly ulong hostPageBytes;
    private readonly Lock presence = new();
    private long presentPages;
    private int codeVersion;
    private bool disposed;

    private GuestMemory(ulong arenaBytes, ulong ramBytes, ulong hostPageBytes)
    {
        ArenaBytes = arenaBytes;
        this.hostPageBytes = hostPageBytes;
        PageCount = arenaBytes >> PageNumber.Shift;
        RamPages = (long)(ramBytes >> PageNumber.Shift);
        arena = HostPages.Reserve(arenaBytes);
        flags = (PageFlags*)HostPages.AllocateTable(PageCount);
        dirtyLines = (ulong*)HostPages.AllocateTable(PageCount * sizeof(ulong));
        shareable = HostPages.AllocateTable(PageCount);
    }

    /// <summary>Bytes of guest address space: addresses 0..ArenaBytes-1 can be mapped.</summary>
    public ulong ArenaBytes { get; }

    /// <summary>Pages of guest address space.</summary>
    public ulong PageCount { get; }

    /// <summary>Pages that may be present at once: the machine's RAM.</summary>
    public long RamPages { get; }

    /// <summary>Pages that the guest has stored to and still has mapped.</summary>
    public long PresentPages => Volatile.Read(ref presentPages);

    /// <summary>Changes whenever instructions that an engine has decoded may no longer be what memory holds.</summary>
    internal int CodeVersion => Volatile.Read(ref codeVersion);

    /// <summary>The arena's first byte; valid until the memory is disposed.</summary>
    internal byte* Arena => arena;

    /// <summary>The page flags, indexed by page number.</summary>
    internal PageFlags* Flags => flags;

    /// <summary>The dirty lines, indexed by page number: bit i is line i of the page.</summary>
    internal ulong* DirtyLines => dirtyLines;

    /// <summary>Reserves an arena; nothing is mapped in it.</summary>
    /// <param name="arenaBytes">A power of two from 1 MiB to <see cref="ArenaBytesMax"/>.</param>
    /// <param name="ramBytes">RAM, in bytes: at least one page; more than the arena is of no use.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is outside its bounds.</exception>
    /// <exception cref="InsufficientMemoryException">The host has no such address range left.</exception>
    public static GuestMemory Reserve(ulong arenaBytes, ulong ramBytes) =>
        Reserve(arenaBytes, ramBytes, HostPages.Bytes);

    /// <summary>Reserves an arena that is committed and dropped in pages of a given size.</summary>
    /// <param name="arenaBytes">As above.</param>
    /// <param name="ramBytes">As above.</param>
    /// <param name="hostPageBytes">A power of two, the host's page size or a multiple of it: larger ones stand for
    /// hosts that have them.</param>
    internal static GuestMemory Reserve(ulong arenaBytes, ulong ramBytes, ulong hostPageBytes)
    {
        if (!ulong.IsPow2(arenaBytes) || arenaBytes is < 1 << 20 or > ArenaBytesMax)
        {
            throw new ArgumentOutOfRangeException(nameof(arenaBytes), arenaBytes,
                "A power of two from 1 MiB to 256 GiB is needed.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(ramBytes, (ulong)PageNumber.Bytes);
        return new GuestMemory(arenaBytes, ramBytes, hostPageBytes);
    }

    /// <summary>Whether a range lies inside the arena; a length that wraps does not.</summary>
    public bool Contains(ulong address, ulong length) => address <= ArenaBytes && length <= ArenaBytes - address;

    /// <summary>Whether any page of a range is mapped.</summary>
    public bool IsAnyMapped(ulong address, ulong length)
    {
        CheckPages(address, length);
        return FlagsOf(address, length).ContainsAnyExcept(PageFlags.None);
    }

    /// <summary>Maps fresh zero pages, dropping whatever was there.</summary>
    /// <param name="address">A multiple of the page size.</param>
    /// <param name="length">Bytes, a multiple of the page size, inside the arena.</param>
    /// <param name="protection">What the guest may do.</param>
    /// <returns>False when the host refused to commit the range, which is then unmapped, or to unmap it.</returns>
    public bool TryMap(ulong address, ulong length, Protection protection)
    {
        if (!TryUnmap(address, length))
        {
            return false;
        }

        var first = HostPageOf(address);
        var end = HostPageOf(address + length + hostPageBytes - 1);
        if (length != 0 && !HostPages.TryCommit(arena + first, end - first))
        {
            return false;
        }

        FlagsOf(address, length).Fill(PageFlags.Mapped | FlagsFor(protection));
        return true;
    }

    /// <summary>Unmaps a range and gives its pages back to the host; pages that are not mapped are skipped.</summary>
    /// <returns>False when the host refuses, for example because it has too many separate mappings; then nothing has
    /// changed.</returns>
    public bool TryUnmap(ulong address, ulong length)
    {
        CheckPages(address, length);
        var range = FlagsOf(address, length);
        if (!range.ContainsAnyExcept(PageFlags.None))
        {
            return true;
        }

        AwaitShared(address, length);
        if (!TryDropHostPages(address, length))
        {
            return false;
        }

        var isCode = false;
        var dropped = 0;
        for (var index = 0; index < range.Length; index++)
        {
            isCode |= (range[index] & PageFlags.Code) != 0;
            var isKept = sharers.Count != 0 && TryLeave(PageNumber.Of(address).Value + (ulong)index);
            dropped += !isKept && (range[index] & PageFlags.Present) != 0 ? 1 : 0;
            NoteDropped(PageNumber.Of(address).Value + (ulong)index);
        }

        range.Clear();
        ClearDirty(address, length);
        presentPages -= dropped;
        NoticeCodeChange(isCode);
        return true;
    }

    /// <summary>Changes what the guest may do with mapped pages; pages that are not mapped are skipped.</summary>
    public void Protect(ulong address, ulong length, Protection protection)
    {
        CheckPages(address, length);
        var isCode = false;
        var end = PageNumber.Of(address + length).Value;
        for (var page = PageNumber.Of(address).Value; page < end; page++)
        {
            if ((flags[page] & PageFlags.Mapped) != 0)
            {
                // Harts may be running: a bit that one sets meanwhile must not be lost.
                var before = ChangeFlags(page, PageFlags.ProtectionMask | PageFlags.Code, FlagsFor(protection));
                isCode |= (before & PageFlags.Code) != 0;
            }
        }

        NoticeCodeChange(isCode);
    }

    /// <summary>
    /// Makes mapped pages zero again, as madvise(MADV_DONTNEED) does, absent ones too; their protection stays.
    /// </summary>
    public void Zero(ulong address, ulong length)
    {
        CheckPages(address, length);
        ClearHostPages(address, length);
        var isCode = false;
        var end = PageNumber.Of(address + length).Value;
        for (var page = PageNumber.Of(address).Value; page < end; page++)
        {
            if ((flags[page] & (PageFlags.Present | PageFlags.Absent)) == 0)
            {
                continue;
            }

            isCode |= (flags[page] & PageFlags.Code) != 0;
            if (sharers.TryGetValue(page, out var all))
            {
                // Others have the page, too: its bytes are zero, but it stays.
                NoteDropped(all[0]);
                dirtyLines[page] = ulong.MaxValue;
                continue;
            }

            presentPages -= (flags[page] & PageFlags.Present) != 0 ? 1 : 0;
            flags[page] &= ~(PageFlags.Present | PageFlags.Accessed | PageFlags.Code | PageFlags.Absent);
            NoteDropped(page);
            // The zeros are a change that a migration has to send.
            dirtyLines[page] = ulong.MaxValue;
        }

        NoticeCodeChange(isCode);
    }

    /// <summary>The protection of a page, or null where nothing is mapped.</summary>
    public Protection? ProtectionOf(PageNumber page) =>
        page.Value < PageCount && (flags[page.Value] & PageFlags.Mapped) != 0
            ? (Protection)(flags[page.Value] & PageFlags.ProtectionMask)
            : null;

    /// <summary>Frees the arena. Every later use is a bug of the caller.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        HostPages.Release(arena, ArenaBytes);
        HostPages.Release((byte*)flags, PageCount);
        HostPages.Release((byte*)dirtyLines, PageCount * sizeof(ulong));
        HostPages.Release(shareable, PageCount);
    }

    private static PageFlags FlagsFor(Protection protection) =>
        // RISC-V privileged ISA, table "Encoding of PTE R/W/X fields": write without read is reserved.
        (PageFlags)((protection & Protection.Write) != 0 ? protection | Protection.Read : protection);

    private void CheckPages(ulong address, ulong length)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (!Contains(address, length) || ((address | length) & (PageNumber.Bytes - 1)) != 0)
        {
            throw new ArgumentException($"Range 0x{address:x}+0x{length:x} is not made of pages of this arena.");
        }
    }

    private Span<PageFlags> FlagsOf(ulong address, ulong length) =>
        new(flags + (address >> PageNumber.Shift), checked((int)(length >> PageNumber.Shift)));

    private void ClearDirty(ulong address, ulong length)
    {
        // A table that was never written must not be touched: a large unmapping would commit it.
        var lines = new Span<ulong>(dirtyLines + (address >> PageNumber.Shift), (int)(length >> PageNumber.Shift));
        for (var next = 0; next < lines.Length;)
        {
            var found = lines[next..].IndexOfAnyExcept(0UL);
            if (found < 0)
            {
                return;
            }

            lines[next + found] = 0;
            next += found + 1;
        }
    }

    private ulong HostPageOf(ulong address) => address & ~(hostPageBytes - 1);

    private bool TryDropHostPages(ulong address, ulong length)
    {
        if (IsAnyShareable(address, length))
        {
            if (!HostPages.TryDropShareable(arena + address, length))
            {
                return false;
            }

            ShareableOf(address, length).Clear();
            return true;
        }

        // An end whose host page holds nothing else that is mapped takes the whole of it along.
        var start = HostPageOf(address);
        start = IsAnyMapped(start, address - start) ? address : start;
        var end = HostPageOf(address + length + hostPageBytes - 1);
        end = IsAnyMapped(address + length, end - address - length) ? address + length : end;
        var (first, bytes) = ClearEnds(start, end - start);
        if (bytes != 0)
        {
            HostPages.Drop(arena + first, bytes);
        }

        return true;
    }

    private void ClearHostPages(ulong address, ulong length)
    {
        if (IsAnyShareable(address, length))
        {
            ClearBesideShareable(address, length);
            return;
        }

        var (first, bytes) = ClearEnds(address, length);
        if (bytes != 0)
        {
            HostPages.Clear(arena + first, bytes);
        }
    }

    /// <summary>
    /// Where a host page holds several guest pages, the ends of a range share theirs with a neighbour: clears those.
    /// </summary>
    /// <returns>The host pages in between, which are the range's own.</returns>
    private (ulong First, ulong Bytes) ClearEnds(ulong address, ulong length)
    {
        var first = Math.Min(HostPageOf(address + hostPageBytes - 1), address + length);
        var end = Math.Max(HostPageOf(address + length), first);
        ClearPresent(address, first);
        ClearPresent(end, address + length);
        return (first, end - first);
    }

    private void ClearPresent(ulong address, ulong end)
    {
        for (; address < end; address += PageNumber.Bytes)
        {
            if ((flags[address >> PageNumber.Shift] & PageFlags.Present) != 0)
            {
                new Span<byte>(arena + address, PageNumber.Bytes).Clear();
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NoticeCodeChange(bool isCode)
    {
        if (isCode)
        {
            Interlocked.Increment(ref codeVersion);
        }
    }
}
