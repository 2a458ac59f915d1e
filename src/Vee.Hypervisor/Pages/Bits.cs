using System.Runtime.CompilerServices;

namespace Vee.Hypervisor.Pages;

/// <summary>Sets of bits in loops that run for each of them.</summary>
internal static class Bits
{
    /// <summary>All but the lowest one; one instruction where subtractions are not checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong WithoutLowest(ulong set) => unchecked(set & (set - 1));
}
