using System.Runtime.Intrinsics;

namespace Vee.Hypervisor.Pages;

/// <summary><c>xbzrle</c>: what QEMU sends, page by page, with base images instead of its cache.</summary>
internal sealed class XbzrleCodec : IPageCodec
{
    private readonly PageDifference difference;

    internal XbzrleCodec()
        : this(Vector128.IsHardwareAccelerated)
    {
    }

    internal XbzrleCodec(bool vectorised) => difference = new PageDifference(vectorised);

    public string Name => "xbzrle";

    public IReadOnlyList<PageKind> Kinds { get; } =
        [PageKind.Unchanged, PageKind.Zero, PageKind.RunLength, PageKind.Raw];

    public PageEncoding Encode(in PageInput input, Span<byte> destination)
    {
        input.Check(destination);
        if (WholePage.IsZero(input.Page))
        {
            return new PageEncoding(PageKind.Zero, 0);
        }

        if (!input.HasBase)
        {
            return RawCodec.Write(input.Page, destination);
        }

        difference.Find(input.Page, input.Base, input.DirtyLines);
        if (difference.Lines == 0)
        {
            return new PageEncoding(PageKind.Unchanged, 0);
        }

        var length = RunLengthForm.Write(input.Page, difference.FindRuns(), destination);
        return length < PageFormat.PageBytes
            ? new PageEncoding(PageKind.RunLength, length)
            : RawCodec.Write(input.Page, destination);
    }

    public void Dispose()
    {
    }
}
