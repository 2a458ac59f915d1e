using Vee.Hypervisor.Pages;

namespace Vee.Hypervisor.Migration;

/// <summary>How a frame's pages lie in it. Zero is invalid.</summary>
internal enum FrameLayout : byte
{
    None = 0,

    /// <summary>All gaps of page numbers, then runs of equal forms, then lengths, then all bytes.</summary>
    Columns = 1,

    /// <summary>Gap, form, length and bytes, page after page.</summary>
    Rows = 2,
}

/// <summary>Puts encoded pages into a frame: layout, count, pages.</summary>
/// <remarks>Gaps are from the page before, zigzag; numbers are LEB128. A form whose length is always the same has none.
/// </remarks>
internal sealed class PageFrameWriter(FrameLayout layout)
{
    // Gap, form and length of a page, in most frames less: a frame never has more bytes than it seems to.
    private const int OverheadBytes = 8;

    private readonly List<(ulong Page, PageKind Kind, int Bytes)> pages = [];
    private readonly WireBuffer content = new();

    public int PageCount => pages.Count;

    /// <summary>Bytes that the frame has, nearly.</summary>
    public int Bytes => content.Length + (OverheadBytes * pages.Count) + OverheadBytes;

    public void Add(ulong page, PageEncoding encoding, ReadOnlySpan<byte> bytes)
    {
        pages.Add((page, encoding.Kind, encoding.Bytes));
        content.Bytes(bytes[..encoding.Bytes]);
    }

    /// <summary>Writes the frame and begins another one.</summary>
    public void Finish(WireBuffer frame)
    {
        frame.Byte((byte)layout);
        frame.Number((ulong)pages.Count);
        if (layout == FrameLayout.Columns)
        {
            WriteColumns(frame);
        }
        else
        {
            WriteRows(frame);
        }

        pages.Clear();
        content.Clear();
    }

    private void WriteColumns(WireBuffer frame)
    {
        var previous = 0UL;
        foreach (var (page, _, _) in pages)
        {
            frame.Signed(unchecked((long)(page - previous)));
            previous = page;
        }

        for (var index = 0; index < pages.Count;)
        {
            var count = 1;
            while (index + count < pages.Count && pages[index + count].Kind == pages[index].Kind)
            {
                count++;
            }

            frame.Byte((byte)pages[index].Kind);
            frame.Number((ulong)count);
            index += count;
        }

        foreach (var (_, kind, bytes) in pages.Where(page => PageFrame.FixedBytes(page.Kind) < 0))
        {
            frame.Number((ulong)bytes);
        }

        frame.Bytes(content.Written);
    }

    private void WriteRows(WireBuffer frame)
    {
        var previous = 0UL;
        var at = 0;
        foreach (var (page, kind, bytes) in pages)
        {
            frame.Signed(unchecked((long)(page - previous)));
            previous = page;
            frame.Byte((byte)kind);
            if (PageFrame.FixedBytes(kind) < 0)
            {
                frame.Number((ulong)bytes);
            }

            frame.Bytes(content.Written.Slice(at, bytes));
            at += bytes;
        }
    }
}

/// <summary>A page in a frame.</summary>
/// <param name="Page">Its number.</param>
/// <param name="Kind">Its form.</param>
/// <param name="Start">Where its bytes are.</param>
/// <param name="Bytes">How many they are.</param>
internal readonly record struct FramedPage(ulong Page, PageKind Kind, int Start, int Bytes);

/// <summary>Reads frames, which come from another host and may be anything.</summary>
internal static class PageFrame
{
    /// <summary>Pages of a frame at most.</summary>
    public const int PagesMax = 4096;

    /// <summary>Bytes of a page in a form if all pages of it have the same; else -1.</summary>
    public static int FixedBytes(PageKind kind) => kind switch
    {
        PageKind.Unchanged or PageKind.Zero => 0,
        PageKind.Fill => 1,
        PageKind.Raw => PageFormat.PageBytes,
        _ => -1,
    };

    /// <summary>Reads a frame.</summary>
    /// <param name="frame">All of it.</param>
    /// <returns>Its pages; null when it is none.</returns>
    public static IReadOnlyList<FramedPage>? TryRead(ReadOnlySpan<byte> frame)
    {
        if (frame.IsEmpty)
        {
            return null;
        }

        var reader = new WireReader(frame[1..]);
        var count = reader.Number(PagesMax);
        var pages = (FrameLayout)frame[0] switch
        {
            FrameLayout.Columns => ReadColumns(ref reader, (int)count),
            FrameLayout.Rows => ReadRows(ref reader, (int)count),
            _ => null,
        };
        return pages is not null && !reader.HasFailed && reader.Left == 0
            ? [.. pages.Select(page => page with { Start = page.Start + 1 })] : null;
    }

    private static FramedPage[]? ReadColumns(ref WireReader reader, int count)
    {
        var pages = new FramedPage[count];
        var previous = 0UL;
        for (var index = 0; index < count && !reader.HasFailed; index++)
        {
            previous = unchecked(previous + (ulong)reader.Signed());
            pages[index] = new FramedPage(previous, PageKind.None, 0, 0);
        }

        for (var index = 0; index < count;)
        {
            var kind = (PageKind)reader.Byte();
            var run = (int)reader.Number(PagesMax);
            if (reader.HasFailed || run == 0 || run > count - index)
            {
                return null;
            }

            for (var end = index + run; index < end; index++)
            {
                pages[index] = pages[index] with { Kind = kind };
            }
        }

        for (var index = 0; index < count; index++)
        {
            pages[index] = pages[index] with { Bytes = BytesOf(ref reader, pages[index].Kind) };
        }

        for (var index = 0; index < count; index++)
        {
            pages[index] = pages[index] with { Start = reader.Position };
            reader.Skip(pages[index].Bytes);
        }

        return pages;
    }

    private static FramedPage[] ReadRows(ref WireReader reader, int count)
    {
        var pages = new FramedPage[count];
        var previous = 0UL;
        for (var index = 0; index < count && !reader.HasFailed; index++)
        {
            previous = unchecked(previous + (ulong)reader.Signed());
            var kind = (PageKind)reader.Byte();
            var bytes = BytesOf(ref reader, kind);
            pages[index] = new FramedPage(previous, kind, reader.Position, bytes);
            reader.Skip(bytes);
        }

        return pages;
    }

    private static int BytesOf(ref WireReader reader, PageKind kind) =>
        FixedBytes(kind) is >= 0 and var bytes ? bytes : (int)reader.Number(PageFormat.PageBytes);
}
