using System.Runtime.CompilerServices;

namespace Vee.Machines.Memory;

/// <summary>The address space of a process machine: a guest address is an offset into the arena.</summary>
/// <remarks>
/// JUSTIFICATION (4): every load and store of a guest passes here; one compare, one flag test and one line test is
/// the whole cost. SAFETY: a host address is formed only for a page below PageCount whose flags allow the access,
/// and only when the access ends inside that page.
/// </remarks>
internal readonly unsafe struct FlatAddressSpace(GuestMemory memory) : IAddressSpace
{
    private readonly byte* arena = memory.Arena;
    private readonly PageFlags* flags = memory.Flags;
    private readonly ulong* dirtyLines = memory.DirtyLines;
    private readonly ulong pageCount = memory.PageCount;
    private readonly GuestMemory memory = memory;

    public int CodeVersion => memory.CodeVersion;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* PlainLoad(ulong address, uint bytes)
    {
        var page = address >> PageNumber.Shift;
        return page < pageCount
            && (flags[page] & PageFlags.PlainLoad) == PageFlags.PlainLoad
            && (uint)(address & (PageNumber.Bytes - 1)) <= PageNumber.Bytes - bytes
            ? arena + address
            : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* PlainStore(ulong address, uint bytes)
    {
        var page = address >> PageNumber.Shift;
        return page < pageCount
            && (flags[page] & (PageFlags.PlainStore | PageFlags.Code)) == PageFlags.PlainStore
            && (uint)(address & (PageNumber.LineBytes - 1)) <= PageNumber.LineBytes - bytes
            && (dirtyLines[page] & 1UL << (int)(address >> PageNumber.LineShift)) != 0
            ? arena + address
            : null;
    }

    public AccessFault Load(ulong address, Span<byte> destination, out ulong faultAddress)
    {
        faultAddress = address;
        var fault = memory.Touch(address, Access.Read);
        var inPage = PageNumber.Bytes - (int)(address & (PageNumber.Bytes - 1));
        if (fault == AccessFault.None && inPage < destination.Length)
        {
            faultAddress = address + (ulong)inPage;
            fault = memory.Touch(faultAddress, Access.Read);
        }

        if (fault != AccessFault.None)
        {
            return fault;
        }

        new ReadOnlySpan<byte>(arena + address, destination.Length).CopyTo(destination);
        return AccessFault.None;
    }

    public AccessFault Store(ulong address, ReadOnlySpan<byte> source, out ulong faultAddress)
    {
        faultAddress = address;
        var fault = memory.Touch(address, Access.Write);
        var inPage = Math.Min(source.Length, PageNumber.Bytes - (int)(address & (PageNumber.Bytes - 1)));
        if (fault == AccessFault.None && inPage < source.Length)
        {
            faultAddress = address + (ulong)inPage;
            fault = memory.Touch(faultAddress, Access.Write);
        }

        if (fault != AccessFault.None)
        {
            return fault;
        }

        memory.BeforeStore(address >> PageNumber.Shift);
        if (inPage < source.Length)
        {
            memory.BeforeStore((address >> PageNumber.Shift) + 1);
        }

        source.CopyTo(new Span<byte>(arena + address, source.Length));
        memory.NoteStore(address, inPage);
        if (inPage < source.Length)
        {
            memory.NoteStore(address + (ulong)inPage, source.Length - inPage);
        }

        return AccessFault.None;
    }

    public byte* Atomic(ulong address, uint bytes, out AccessFault fault)
    {
        fault = memory.Touch(address, Access.Write);
        if (fault != AccessFault.None)
        {
            return null;
        }

        memory.BeforeStore(address >> PageNumber.Shift);
        memory.NoteStore(address, (int)bytes);
        return arena + address;
    }

    public AccessFault Fetch(ulong address, out ushort parcel)
    {
        parcel = 0;
        var fault = memory.Touch(address, Access.Execute);
        if (fault == AccessFault.None)
        {
            // An even address never has a parcel that crosses a page. Marked first: a store after the read is noticed.
            memory.MarkCode(address >> PageNumber.Shift);
            parcel = Unsafe.ReadUnaligned<ushort>(arena + address);
        }

        return fault;
    }
}
