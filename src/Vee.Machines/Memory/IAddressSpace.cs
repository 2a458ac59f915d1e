namespace Vee.Machines.Memory;

/// <summary>
/// How a hart's addresses become host addresses: the seam between an engine and a machine's memory. A process
/// machine plugs in <see cref="FlatAddressSpace"/>; a paged machine plugs in one that walks page tables and keeps a
/// TLB, and sends device addresses to devices from the slow paths (docs/machine.md, "How a paged machine plugs in").
/// </summary>
/// <remarks>
/// Implemented by structs, so that the plain paths are inlined into the engine's loop. A plain path may say null for
/// any reason; the engine then takes the slow path, which decides. Copies of such a struct share what they describe.
/// JUSTIFICATION (8): a host pointer is what a plain access costs least with. SAFETY: an implementation returns one
/// only where the whole access may be made.
/// </remarks>
internal unsafe interface IAddressSpace
{
    /// <summary>Changes when decoded instructions may be stale.</summary>
    int CodeVersion { get; }

    /// <summary>Where a load of 1, 2, 4 or 8 bytes may read directly; null to take <see cref="Load"/>.</summary>
    byte* PlainLoad(ulong address, uint bytes);

    /// <summary>Where a store of 1, 2, 4 or 8 bytes may write directly; null to take <see cref="Store"/>.</summary>
    byte* PlainStore(ulong address, uint bytes);

    /// <summary>A load on the slow path: any alignment, across pages, first touches.</summary>
    /// <returns>None, or the fault; <paramref name="faultAddress"/> is the first byte that could not be read.</returns>
    AccessFault Load(ulong address, Span<byte> destination, out ulong faultAddress);

    /// <summary>A store on the slow path; nothing is stored when it faults.</summary>
    AccessFault Store(ulong address, ReadOnlySpan<byte> source, out ulong faultAddress);

    /// <summary>Where an aligned read-modify-write may operate, its line already marked dirty; null when it
    /// faults.</summary>
    byte* Atomic(ulong address, uint bytes, out AccessFault fault);

    /// <summary>Fetches two bytes of code, which from then on are watched for stores.</summary>
    AccessFault Fetch(ulong address, out ushort parcel);
}
