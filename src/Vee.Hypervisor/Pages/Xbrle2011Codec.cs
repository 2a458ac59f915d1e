namespace Vee.Hypervisor.Pages;

/// <summary><c>xbrle2011</c>: the deltas of 2011, page for page as a program of that time made them.</summary>
/// <remarks>
/// A cache keeps pages as they were sent last. A page that is there becomes the exclusive or with that, as pairs of a
/// count and a byte; unless a sample says that too much of it has changed, or the pairs are longer than the page. The
/// old page is what the cache says: one codec is for one attempt to one destination, and sends each page that it is
/// given. Source: Svärd et al., VEE 2011, and the details in decision 0035.
/// </remarks>
internal sealed class Xbrle2011Codec : IPageCodec
{
    /// <summary>What the cache held in 2011, in bytes.</summary>
    internal const long CacheBytesStandard = 128L << 20;

    // One byte in a hundred is looked at, the same ones in each page.
    private const int SampleStep = 100;
    private const int SampleCount = (PageFormat.PageBytes + SampleStep - 1) / SampleStep;
    private const int ChangedPercentMax = 30;

    private readonly PageCache2011 cache;
    private readonly bool isFinalRaw;

    /// <summary>Makes a codec.</summary>
    /// <param name="name">The name that policies know it by.</param>
    /// <param name="isFinalRaw">Whether pages are sent raw while the machine stands still, as in 2011.</param>
    /// <param name="cacheBytes">Bytes of the cache, a power of two of at least two pages and at most 1 GiB.</param>
    internal Xbrle2011Codec(string name, bool isFinalRaw, long cacheBytes = CacheBytesStandard)
    {
        cache = new PageCache2011(cacheBytes);
        (Name, this.isFinalRaw) = (name, isFinalRaw);
    }

    public string Name { get; }

    public IReadOnlyList<PageKind> Kinds { get; } =
        [PageKind.Zero, PageKind.Fill, PageKind.CountedXor, PageKind.Raw];

    public PageEncoding Encode(in PageInput input, Span<byte> destination)
    {
        input.Check(destination);
        var length = PageFormat.PageBytes;
        if (input.HasBase && !(input.IsFinal && isFinalRaw) && !WholePage.IsFill(input.Page)
            && cache.TryFind(input.Number, out var oldPage) && IsLittleChanged(input.Page, oldPage))
        {
            length = CountedXorForm.Write(input.Page, oldPage, destination);
        }

        cache.Insert(input.Number, input.Page);
        return WholePage.IsFill(input.Page) ? WholePage.Write(input.Page, destination)
            : length < PageFormat.PageBytes ? new PageEncoding(PageKind.CountedXor, length)
            : RawCodec.Write(input.Page, destination);
    }

    public void Dispose()
    {
    }

    private static bool IsLittleChanged(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage)
    {
        var changed = 0;
        for (var at = 0; at < PageFormat.PageBytes; at += SampleStep)
        {
            changed += page[at] != oldPage[at] ? 1 : 0;
        }

        return changed * 100 < SampleCount * ChangedPercentMax;
    }
}

/// <summary>A cache of pages with two places for each.</summary>
/// <remarks>A page that is sent again takes the older of its two places, even when it has the other one already: so it
/// was, and a page that is sent often keeps others out. Memory is taken for 64 neighbours at a time, and for second
/// places when pages are sent again: small machines need little of it.</remarks>
internal sealed class PageCache2011
{
    private const int Ways = 2;
    private const int BlockPlaces = 64;

    private readonly Block?[][] ways;
    private readonly ulong setMask;
    private long now;

    internal PageCache2011(long bytes)
    {
        if (bytes is < Ways * PageFormat.PageBytes or > 1L << 30 || !long.IsPow2(bytes))
        {
            throw new ArgumentOutOfRangeException(
                nameof(bytes), bytes, "bytes must be a power of two from 8 KiB to 1 GiB.");
        }

        var setCount = bytes / (Ways * PageFormat.PageBytes);
        var blockCount = (setCount + BlockPlaces - 1) / BlockPlaces;
        ways = [new Block?[blockCount], new Block?[blockCount]];
        setMask = (ulong)setCount - 1;
    }

    /// <summary>Bytes of pages that memory has been taken for.</summary>
    internal long BytesTaken => (long)BlockPlaces * PageFormat.PageBytes
        * ways.Sum(way => way.Count(block => block is not null));

    /// <summary>The page as it was sent last.</summary>
    internal bool TryFind(ulong number, out ReadOnlySpan<byte> page)
    {
        // Age zero is a place that nothing has been put into. Of two, the younger one is right.
        var (set, age) = (SetOf(number), 0L);
        page = default;
        foreach (var way in ways)
        {
            var place = set % BlockPlaces;
            if (way[set / BlockPlaces] is { } block && block.Numbers[place] == number && block.Ages[place] > age)
            {
                age = block.Ages[place];
                page = block.At(place);
            }
        }

        return age != 0;
    }

    internal void Insert(ulong number, ReadOnlySpan<byte> page)
    {
        var set = SetOf(number);
        var (index, place) = (set / BlockPlaces, set % BlockPlaces);
        var way = AgeOf(ways[0][index], place) <= AgeOf(ways[1][index], place) ? ways[0] : ways[1];
        var block = way[index] ??= new Block();
        (block.Numbers[place], block.Ages[place]) = (number, ++now);
        page.CopyTo(block.At(place));
    }

    private static long AgeOf(Block? block, int place) => block is null ? 0 : block.Ages[place];

    private int SetOf(ulong number) => (int)(number & setMask);

    private sealed class Block
    {
        private readonly byte[] pages = new byte[BlockPlaces * PageFormat.PageBytes];

        internal ulong[] Numbers { get; } = new ulong[BlockPlaces];

        internal long[] Ages { get; } = new long[BlockPlaces];

        internal Span<byte> At(int place) => pages.AsSpan(place * PageFormat.PageBytes, PageFormat.PageBytes);
    }
}

/// <summary>The exclusive or of two pages as pairs of a count up to 255 and a byte.</summary>
internal static class CountedXorForm
{
    private const int PairBytes = 2;

    /// <returns>Bytes written; more than a page when they would not have fitted into one.</returns>
    internal static int Write(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, Span<byte> destination)
    {
        var at = 0;
        for (var position = 0; position < PageFormat.PageBytes;)
        {
            var value = page[position] ^ oldPage[position];
            var end = Math.Min(position + byte.MaxValue, PageFormat.PageBytes);
            var next = position + 1;
            while (next < end && (page[next] ^ oldPage[next]) == value)
            {
                next++;
            }

            if (at + PairBytes > PageFormat.PageBytes)
            {
                return PageFormat.PageBytes + 1;
            }

            (destination[at], destination[at + 1]) = unchecked(((byte)(next - position), (byte)value));
            at += PairBytes;
            position = next;
        }

        return at;
    }

    /// <summary>Changes a copy of the old page into the new one.</summary>
    /// <returns>False when the bytes are not of this form; the copy is no page then.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> encoded, Span<byte> page)
    {
        var position = 0;
        for (; encoded.Length >= PairBytes; encoded = encoded[PairBytes..])
        {
            var (count, value) = (encoded[0], encoded[1]);
            if (count == 0 || count > page.Length - position)
            {
                return false;
            }

            foreach (ref var target in page.Slice(position, count))
            {
                target ^= value;
            }

            position += count;
        }

        return encoded.IsEmpty && position == page.Length;
    }
}
