using Vee.Machines.Memory;

namespace Vee.Hypervisor.Migration;

/// <summary>Lists of pages that come after the machine: their gaps as LEB128.</summary>
internal static class LateList
{
    private const int PagesMax = 8192;

    /// <summary>The messages that name pages.</summary>
    /// <param name="pages">Ascending.</param>
    public static IEnumerable<byte[]> Messages(IEnumerable<PageNumber> pages)
    {
        var buffer = new WireBuffer();
        foreach (var piece in pages.Chunk(PagesMax))
        {
            buffer.Clear();
            buffer.Byte((byte)MigrationMessageKind.Late);
            buffer.Number((ulong)piece.Length);
            var previous = 0UL;
            foreach (var page in piece)
            {
                buffer.Number(page.Value - previous);
                previous = page.Value;
            }

            yield return buffer.Written.ToArray();
        }
    }

    /// <summary>Reads such a message without its kind; null when it is none.</summary>
    public static IReadOnlyList<ulong>? TryRead(ReadOnlySpan<byte> content)
    {
        var reader = new WireReader(content);
        var pages = new ulong[(int)reader.Number(PagesMax)];
        var previous = 0UL;
        for (var index = 0; index < pages.Length; index++)
        {
            pages[index] = previous = unchecked(previous + reader.Number());
        }

        return reader.HasFailed || reader.Left != 0 ? null : pages;
    }
}

/// <summary>Pages that come after the machine: the lower halves of their digests, and a frame.</summary>
/// <remarks>Nobody compares digests of all any more: each page is compared before a vCPU may see it.</remarks>
internal static class LateFrame
{
    /// <summary>Pages of one at most.</summary>
    public const int PagesMax = 256;

    /// <summary>What is compared of a page's digest.</summary>
    public static uint Half(ulong digest) => unchecked((uint)digest);

    /// <summary>Writes all but the frame.</summary>
    public static void Begin(WireBuffer buffer, IReadOnlyList<ulong> digests)
    {
        buffer.Byte((byte)MigrationMessageKind.LatePages);
        buffer.Number((ulong)digests.Count);
        foreach (var digest in digests)
        {
            buffer.Number(Half(digest));
        }
    }

    /// <summary>Reads such a message without its kind.</summary>
    /// <param name="content">All of it; where pages are is meant from its beginning.</param>
    /// <returns>Each page and its digest's half; null when it is none.</returns>
    public static IReadOnlyList<(FramedPage Page, uint Digest)>? TryRead(ReadOnlySpan<byte> content)
    {
        var reader = new WireReader(content);
        var digests = new uint[(int)reader.Number(PagesMax)];
        for (var index = 0; index < digests.Length; index++)
        {
            digests[index] = (uint)reader.Number(uint.MaxValue);
        }

        var begin = reader.Position;
        return !reader.HasFailed && PageFrame.TryRead(content[begin..]) is { } pages && pages.Count == digests.Length
            ? [.. pages.Select((page, index) => (page with { Start = page.Start + begin }, digests[index]))] : null;
    }
}
