namespace Vee.Machines.Linux.Mappings;

/// <summary>The program break: the heap that brk(2) moves.</summary>
/// <param name="start">The lowest break, page-aligned, just after the program.</param>
internal sealed class Heap(ulong start)
{
    internal ulong Start { get; } = start;

    /// <summary>One past the heap's last byte.</summary>
    internal ulong Break { get; set; } = start;
}
