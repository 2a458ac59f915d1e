namespace Vee.Machines.Memory;

/// <summary>The number of a guest page: a guest address divided by <see cref="Bytes"/>. Not an address.</summary>
public readonly record struct PageNumber(ulong Value)
{
    /// <summary>Bytes of a guest page (RISC-V privileged ISA, Sv39: 4 KiB).</summary>
    public const int Bytes = 4096;

    /// <summary>log2 of <see cref="Bytes"/>.</summary>
    public const int Shift = 12;

    /// <summary>Bytes of a dirty line; 64 of them make a page, one bit each in a <see cref="ulong"/>.</summary>
    public const int LineBytes = 64;

    /// <summary>log2 of <see cref="LineBytes"/>.</summary>
    public const int LineShift = 6;

    /// <summary>The guest address of the page's first byte.</summary>
    public ulong Address => Value << Shift;

    /// <summary>The page that holds a guest address.</summary>
    public static PageNumber Of(ulong address) => new(address >> Shift);

    /// <summary>The smallest multiple of <see cref="Bytes"/> that is not below <paramref name="length"/>; wraps to 0
    /// past the top.</summary>
    public static ulong RoundUp(ulong length) => (length + (Bytes - 1)) & ~(ulong)(Bytes - 1);
}
