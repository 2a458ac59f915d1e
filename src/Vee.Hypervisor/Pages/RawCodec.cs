namespace Vee.Hypervisor.Pages;

/// <summary><c>none</c>: pages as they are.</summary>
internal sealed class RawCodec : IPageCodec
{
    public string Name => "none";

    public IReadOnlyList<PageKind> Kinds { get; } = [PageKind.Raw];

    public PageEncoding Encode(in PageInput input, Span<byte> destination)
    {
        input.Check(destination);
        return Write(input.Page, destination);
    }

    public void Dispose()
    {
    }

    internal static PageEncoding Write(ReadOnlySpan<byte> page, Span<byte> destination)
    {
        page.CopyTo(destination);
        return new PageEncoding(PageKind.Raw, PageFormat.PageBytes);
    }
}
