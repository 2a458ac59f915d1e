namespace Vee.Hypervisor.Pages;

/// <summary>Pages that are one byte throughout.</summary>
internal static class WholePage
{
    internal static bool IsZero(ReadOnlySpan<byte> page) => page[0] == 0 && IsFill(page);

    // The search gives up at the first other byte, which most pages have near.
    internal static bool IsFill(ReadOnlySpan<byte> page) => page.IndexOfAnyExcept(page[0]) < 0;

    /// <summary>Writes a page that is one byte throughout.</summary>
    internal static PageEncoding Write(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        destination[0] = page[0];
        return page[0] == 0 ? new PageEncoding(PageKind.Zero, 0) : new PageEncoding(PageKind.Fill, 1);
    }
}
