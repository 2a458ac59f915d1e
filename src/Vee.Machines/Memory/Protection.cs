namespace Vee.Machines.Memory;

/// <summary>What a guest may do with a page; the bit values of <see cref="PageFlags"/>.</summary>
[Flags]
public enum Protection : byte
{
    /// <summary>Mapped, but every access faults.</summary>
    None = 0,

    /// <summary>Loads are allowed.</summary>
    Read = 1,

    /// <summary>Stores are allowed. RISC-V has no write-only pages, so mapping one makes it readable too.</summary>
    Write = 2,

    /// <summary>Instructions may be fetched.</summary>
    Execute = 4,
}

/// <summary>One byte per guest page: the fast path of every load and store tests it.</summary>
[Flags]
internal enum PageFlags : byte
{
    None = 0,
    Read = 1,
    Write = 2,
    Execute = 4,

    /// <summary>Stored to since it was mapped; an untouched page reads as zero and costs no RAM.</summary>
    Present = 8,

    /// <summary>Touched since the access bits were last cleared. The fast path requires it, so the first touch is
    /// slow.</summary>
    Accessed = 16,

    /// <summary>An engine holds decoded instructions of this page; a store to it must be noticed.</summary>
    Code = 32,

    /// <summary>Part of a mapping, whatever its protection.</summary>
    Mapped = 64,

    /// <summary>The content is elsewhere (post-copy, network memory): every access traps until it is
    /// supplied.</summary>
    Absent = 128,

    ProtectionMask = Read | Write | Execute,

    /// <summary>A load is plain when both are set.</summary>
    PlainLoad = Read | Accessed,

    /// <summary>A store is plain when these are set and <see cref="Code"/> is not.</summary>
    PlainStore = Write | Present | Accessed,
}

/// <summary>Why a guest access could not be made.</summary>
public enum AccessFault : byte
{
    /// <summary>The access was made.</summary>
    None = 0,

    /// <summary>No mapping covers the address.</summary>
    Unmapped,

    /// <summary>The mapping forbids this kind of access.</summary>
    Forbidden,

    /// <summary>The page's content is elsewhere; supply it and try again.</summary>
    Absent,

    /// <summary>The page would be the first beyond the machine's RAM.</summary>
    OutOfMemory,
}

/// <summary>The kind of an access.</summary>
public enum Access : byte
{
    /// <summary>A load, or a copy out of the guest.</summary>
    Read = PageFlags.Read,

    /// <summary>A store, or a copy into the guest.</summary>
    Write = PageFlags.Write,

    /// <summary>An instruction fetch.</summary>
    Execute = PageFlags.Execute,
}
