namespace Vee.Hypervisor.Pages;

/// <summary><c>deflate</c>: each page as a raw DEFLATE stream, whatever the other side has.</summary>
internal sealed class DeflateCodec : IPageCodec
{
    private readonly DeflateWriter writer = new();

    public string Name => "deflate";

    public IReadOnlyList<PageKind> Kinds { get; } = [PageKind.Deflate, PageKind.Raw];

    public PageEncoding Encode(in PageInput input, Span<byte> destination)
    {
        input.Check(destination);
        var length = writer.Write(input.Page, destination);
        return length < PageFormat.PageBytes
            ? new PageEncoding(PageKind.Deflate, length)
            : RawCodec.Write(input.Page, destination);
    }

    public void Dispose()
    {
    }
}
