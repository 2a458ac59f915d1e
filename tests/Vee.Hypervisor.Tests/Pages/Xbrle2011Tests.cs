using Vee.Hypervisor.Pages;
using Xunit;

namespace Vee.Hypervisor.Tests.Pages;

public sealed class Xbrle2011Tests
{
    private readonly byte[] destination = new byte[PageFormat.DestinationBytes];

    [Fact]
    public void An_unchanged_page_costs_34_bytes_and_a_byte_some_more()
    {
        using var codec = new Xbrle2011Codec("xbrle2011", isFinalRaw: true, 2 * PageFormat.PageBytes);
        var page = Content(1);

        Assert.Equal(PageKind.Raw, Send(codec, 7, page).Kind);
        Assert.Equal(new PageEncoding(PageKind.CountedXor, 34), Send(codec, 7, page));
        page[100]++;
        Assert.Equal(new PageEncoding(PageKind.CountedXor, 36), Send(codec, 7, page));
    }

    [Theory]
    [InlineData(12, PageKind.CountedXor)] // 29 percent.
    [InlineData(13, PageKind.Raw)] // 31 percent.
    public void A_page_of_which_three_tenths_of_a_sample_changed_is_raw(int changed, PageKind kind)
    {
        using var codec = new Xbrle2011Codec("xbrle2011", isFinalRaw: true, 2 * PageFormat.PageBytes);
        var page = Content(1);
        Send(codec, 7, page);
        for (var sample = 0; sample < changed; sample++)
        {
            page[sample * 100]++;
        }

        Assert.Equal(kind, Send(codec, 7, page).Kind);
    }

    [Fact]
    public void The_final_stage_is_raw_unless_told_otherwise()
    {
        using var then = PageCodecKinds.Named("xbrle2011")!.Create();
        using var delta = PageCodecKinds.Named("xbrle2011-delta")!.Create();
        foreach (var (codec, kind) in new[] { (then, PageKind.Raw), (delta, PageKind.CountedXor) })
        {
            Send(codec, 1, Content(1));

            Assert.Equal(kind, Send(codec, 1, Content(1), isFinal: true).Kind);
        }
    }

    [Fact]
    public void A_page_sent_twice_keeps_its_neighbour_out_of_the_cache()
    {
        using var codec = new Xbrle2011Codec("xbrle2011", isFinalRaw: true, 4 * PageFormat.PageBytes);

        // Pages of even numbers share two places.
        Send(codec, 0, Content(1));
        Send(codec, 2, Content(2));
        Assert.Equal(PageKind.CountedXor, Send(codec, 0, Content(1)).Kind);
        Assert.Equal(PageKind.CountedXor, Send(codec, 0, Content(1)).Kind);
        Assert.Equal(PageKind.Raw, Send(codec, 2, Content(2)).Kind);
    }

    [Fact]
    public void A_cache_takes_memory_as_pages_come()
    {
        var cache = new PageCache2011(Xbrle2011Codec.CacheBytesStandard);
        Assert.Equal(0, cache.BytesTaken);

        // A machine of 16 MiB: once for pages that were sent once, twice for those that were sent again.
        for (var number = 0UL; number < 4096; number++)
        {
            cache.Insert(number, Content(1));
        }

        Assert.Equal(16L << 20, cache.BytesTaken);
        cache.Insert(0, Content(2));
        Assert.Equal((16L << 20) + (256 << 10), cache.BytesTaken);
        Assert.True(cache.TryFind(0, out var page) && page.SequenceEqual(Content(2)));
        Assert.False(cache.TryFind(4096, out _));
    }

    [Theory]
    [InlineData("0000")] // A count of nothing.
    [InlineData("FF00FF")] // Half a pair.
    [InlineData("FF00")] // Less than a page.
    public void What_is_not_of_the_format_is_refused(string hex)
    {
        using var decoder = new PageDecoder([PageKind.CountedXor]);

        Assert.Equal(PageStatus.Malformed, decoder.Decode(
            PageKind.CountedXor, Content(1), Convert.FromHexString(hex), new byte[PageFormat.PageBytes]));
    }

    private static byte[] Content(int seed)
    {
        var page = new byte[PageFormat.PageBytes];
        new Random(seed).NextBytes(page);
        return page;
    }

    private PageEncoding Send(IPageCodec codec, ulong number, byte[] page, bool isFinal = false) => codec.Encode(
        new PageInput { Number = number, Page = page, Base = page, IsFinal = isFinal }, destination);
}
