namespace Vee.Hypervisor.Pages;

/// <summary>Sizes that every form of a page has in common.</summary>
public static class PageFormat
{
    /// <summary>Bytes of a page.</summary>
    public const int PageBytes = 4096;

    /// <summary>Bytes of a line, the unit that writes are tracked in.</summary>
    public const int LineBytes = 64;

    /// <summary>Lines of a page; a bit each in a set of lines.</summary>
    public const int LineCount = PageBytes / LineBytes;

    /// <summary>The set of all lines: nobody knows which ones were written to.</summary>
    public const ulong AllLines = ulong.MaxValue;

    /// <summary>What an encoder needs to write into, in bytes: vectors are stored whole, and an attempt that became
    /// too long is replaced. What it returns is never longer than <see cref="PageBytes"/>.</summary>
    public const int DestinationBytes = 2 * PageBytes;
}

/// <summary>The form of an encoded page, as frames name it.</summary>
/// <remarks>A form is known by this number alone: whoever can read it needs no more than the old page.</remarks>
public enum PageKind : byte
{
    /// <summary>No form: refused.</summary>
    None = 0,

    /// <summary>Equal to the old page; no bytes.</summary>
    Unchanged = 1,

    /// <summary>All zero; no bytes.</summary>
    Zero = 2,

    /// <summary>One byte, which all of the page is.</summary>
    Fill = 3,

    /// <summary>The page.</summary>
    Raw = 4,

    /// <summary>A raw DEFLATE stream (RFC 1951).</summary>
    Deflate = 5,

    /// <summary>A Zstandard frame (RFC 8878).</summary>
    Zstd = 6,

    /// <summary>Lengths of equal and of changed bytes in turn (LEB128), changed bytes after theirs; QEMU's XBZRLE.
    /// </summary>
    RunLength = 7,

    /// <summary>The exclusive or with the old page as pairs of a count and a byte; the deltas of 2011.</summary>
    CountedXor = 8,

    /// <summary>A token of gap and length for each run of changed bytes, and the bytes.</summary>
    Positions = 9,

    /// <summary>Changed lines, eight bytes of mask for each, changed bytes.</summary>
    ByteMask = 10,

    /// <summary>Changed lines, a byte of mask for each, changed words of eight bytes.</summary>
    WordMask = 11,

    /// <summary>Changed lines, a byte of mask for each, a byte of mask for each changed word, changed bytes.</summary>
    NestedMask = 12,

    /// <summary>Copies from the old page and from the page so far, and bytes, coded with adaptive models.</summary>
    Copies = 13,
}

/// <summary>What became of a page that was to be decoded.</summary>
public enum PageStatus : byte
{
    /// <summary>No status.</summary>
    None = 0,

    /// <summary>It is there.</summary>
    Done,

    /// <summary>The form is not one that this decoder was told to accept.</summary>
    KindRefused,

    /// <summary>The form needs the old page, and there is none.</summary>
    BaseMissing,

    /// <summary>The bytes are not of that form: too short, too long, or naming what lies outside of the page.
    /// </summary>
    Malformed,
}

/// <summary>An encoded page: its form, and how many bytes of the destination are its own.</summary>
/// <param name="Kind">The form.</param>
/// <param name="Bytes">0..<see cref="PageFormat.PageBytes"/>.</param>
public readonly record struct PageEncoding(PageKind Kind, int Bytes);
