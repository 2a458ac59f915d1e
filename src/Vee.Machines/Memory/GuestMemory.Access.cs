using System.Runtime.CompilerServices;

namespace Vee.Machines.Memory;

// Access from outside a hart (system calls, loaders, debuggers) and the slow path of loads and stores.
// JUSTIFICATION, SAFETY: as for the fields in GuestMemory.cs; every address passes Touch or Contains first.
public sealed unsafe partial class GuestMemory
{
    /// <summary>Copies out of the guest, as a load would read.</summary>
    /// <returns>The first fault, or None; on a fault an unspecified prefix has been copied.</returns>
    public AccessFault TryRead(ulong address, Span<byte> destination) => TryRead(address, destination, Access.Read);

    /// <summary>Copies out of the guest with the permission check of <paramref name="access"/>.</summary>
    public AccessFault TryRead(ulong address, Span<byte> destination, Access access)
    {
        while (!destination.IsEmpty)
        {
            var fault = TouchInCall(address, access);
            if (fault != AccessFault.None)
            {
                return fault;
            }

            var count = Math.Min(destination.Length, BytesLeftInPage(address));
            new ReadOnlySpan<byte>(arena + address, count).CopyTo(destination);
            destination = destination[count..];
            address += (ulong)count;
        }

        return AccessFault.None;
    }

    /// <summary>Copies into the guest, as a store would write: permission, presence and dirty lines included.</summary>
    /// <returns>The first fault, or None; on a fault an unspecified prefix has been copied.</returns>
    public AccessFault TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var fault = TouchInCall(address, Access.Write);
            if (fault != AccessFault.None)
            {
                return fault;
            }

            var count = Math.Min(source.Length, BytesLeftInPage(address));
            BeforeStore(address >> PageNumber.Shift);
            source[..count].CopyTo(new Span<byte>(arena + address, count));
            NoteStore(address, count);
            source = source[count..];
            address += (ulong)count;
        }

        return AccessFault.None;
    }

    /// <summary>Replaces a word that still is what was expected, in one step beside running harts.</summary>
    /// <param name="address">A multiple of 4.</param>
    /// <param name="expected">What the word must be.</param>
    /// <param name="desired">What it becomes.</param>
    /// <param name="found">What it was.</param>
    internal AccessFault TryCompareExchange(ulong address, uint expected, uint desired, out uint found)
    {
        found = 0;
        var fault = TouchInCall(address, Access.Write);
        if (fault == AccessFault.None)
        {
            BeforeStore(address >> PageNumber.Shift);
            found = Interlocked.CompareExchange(ref *(uint*)(arena + address), desired, expected);
            NoteStore(address, sizeof(uint));
        }

        return fault;
    }

    /// <summary>Copies into mapped pages whatever their protection: for loaders and debuggers.</summary>
    /// <returns>Unmapped, Absent, OutOfMemory or None; on a fault an unspecified prefix has been copied.</returns>
    public AccessFault TryWriteProtected(ulong address, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            if (!Contains(address, 1) || (flags[address >> PageNumber.Shift] & PageFlags.Mapped) == 0)
            {
                return AccessFault.Unmapped;
            }

            AwaitIfAbsent(PageNumber.Of(address));
            if ((flags[address >> PageNumber.Shift] & PageFlags.Absent) != 0)
            {
                // Supplying the page would undo the write.
                return AccessFault.Absent;
            }

            if (!TryMakePresent(address >> PageNumber.Shift))
            {
                return AccessFault.OutOfMemory;
            }

            var count = Math.Min(source.Length, BytesLeftInPage(address));
            BeforeStore(address >> PageNumber.Shift);
            source[..count].CopyTo(new Span<byte>(arena + address, count));
            NoteStore(address, count);
            source = source[count..];
            address += (ulong)count;
        }

        return AccessFault.None;
    }

    /// <summary>
    /// The slow path of every access: decides whether one byte's page may be accessed, and marks it accessed and,
    /// for a store, present.
    /// </summary>
    internal AccessFault Touch(ulong address, Access access)
    {
        if (address >= ArenaBytes)
        {
            return AccessFault.Unmapped;
        }

        var page = address >> PageNumber.Shift;
        var now = flags[page];
        if ((now & PageFlags.Mapped) == 0)
        {
            return AccessFault.Unmapped;
        }

        if ((now & (PageFlags)access) == 0)
        {
            return AccessFault.Forbidden;
        }

        if ((now & PageFlags.Absent) != 0)
        {
            return AccessFault.Absent;
        }

        if (access == Access.Write && (now & PageFlags.Present) == 0 && !TryMakePresent(page))
        {
            return AccessFault.OutOfMemory;
        }

        if ((now & PageFlags.Accessed) != 0)
        {
            return AccessFault.None;
        }

        if (access != Access.Write && (now & PageFlags.Present) == 0)
        {
            NoteZeroRead(page);
        }
        else
        {
            SetFlags(page, PageFlags.Accessed);
        }

        return AccessFault.None;
    }

    /// <summary>
    /// Records that bytes of one page were stored: dirty lines, and a code change where the page was decoded.
    /// </summary>
    /// <returns>True when decoded instructions may have changed.</returns>
    internal bool NoteStore(ulong address, int count)
    {
        var page = address >> PageNumber.Shift;
        var firstLine = (int)(address >> PageNumber.LineShift) & 63;
        var lastLine = (int)((address + (ulong)count - 1) >> PageNumber.LineShift) & 63;
        MarkDirty(page, (ulong.MaxValue >> (63 - lastLine)) & (ulong.MaxValue << firstLine));
        if ((flags[page] & PageFlags.Code) == 0)
        {
            return false;
        }

        ChangeSharedFlags(page, PageFlags.Code, PageFlags.None);
        Interlocked.Increment(ref codeVersion);
        return true;
    }

    /// <summary>Sets dirty lines of a page; safe beside other harts' stores.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void MarkDirty(ulong page, ulong lines) => Interlocked.Or(ref dirtyLines[page], lines);

    /// <summary>Makes every engine decode afresh from its next run on.</summary>
    internal void ForgetCode() => Interlocked.Increment(ref codeVersion);

    /// <summary>Records that an engine holds decoded instructions of a page.</summary>
    internal void MarkCode(ulong page) => ChangeSharedFlags(page, PageFlags.None, PageFlags.Code);

    private static int BytesLeftInPage(ulong address) =>
        PageNumber.Bytes - (int)(address & (PageNumber.Bytes - 1));

    private bool TryMakePresent(ulong page)
    {
        // Counting and marking are one step: of two harts that touch the last page of RAM at once, the second would
        // otherwise find RAM full by the first one's count before it sees the page present.
        lock (presence)
        {
            if ((flags[page] & PageFlags.Present) != 0)
            {
                return true;
            }

            if (presentPages >= RamPages)
            {
                return false;
            }

            presentPages++;
            sent?.NoteFresh();
            ChangeSharedFlags(page, PageFlags.None, PageFlags.Present);
            return true;
        }
    }

    private void SetFlags(ulong page, PageFlags set) => ChangeFlags(page, PageFlags.None, set);

    private void ClearFlags(ulong page, PageFlags clear) => ChangeFlags(page, clear, PageFlags.None);

    /// <summary>Changes flags of a page beside harts that do so too.</summary>
    /// <returns>The flags before.</returns>
    private PageFlags ChangeFlags(ulong page, PageFlags clear, PageFlags set)
    {
        ref var cell = ref Unsafe.As<PageFlags, byte>(ref flags[page]);
        while (true)
        {
            var before = Volatile.Read(ref cell);
            var after = (byte)((before & ~(byte)clear) | (byte)set);
            if (Interlocked.CompareExchange(ref cell, after, before) == before)
            {
                return (PageFlags)before;
            }
        }
    }
}
