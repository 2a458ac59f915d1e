using ZstdSharp;

namespace Vee.Hypervisor.Pages;

/// <summary><c>zstd</c>: each page as a Zstandard frame, whatever the other side has.</summary>
internal sealed class ZstdCodec : IPageCodec
{
    // The fastest of the format's ordinary levels; this codec is for links that leave no time for more.
    private const int Level = 1;

    private readonly Compressor compressor = new(Level);

    public string Name => "zstd";

    public IReadOnlyList<PageKind> Kinds { get; } = [PageKind.Zstd, PageKind.Raw];

    public PageEncoding Encode(in PageInput input, Span<byte> destination)
    {
        input.Check(destination);
        return compressor.TryWrap(input.Page, destination[..PageFormat.PageBytes], out var length)
            && length < PageFormat.PageBytes
            ? new PageEncoding(PageKind.Zstd, length)
            : RawCodec.Write(input.Page, destination);
    }

    public void Dispose() => compressor.Dispose();
}
