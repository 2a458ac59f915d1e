using System.Globalization;
using Vee.Hypervisor.Pages;
using Xunit;

namespace Vee.Hypervisor.Tests.Pages;

public sealed class VeeCodecTests
{
    [Fact]
    public void A_page_gets_the_form_that_suits_it()
    {
        var old = new byte[PageFormat.PageBytes];
        new Random(1).NextBytes(old);

        Assert.Equal(new PageEncoding(PageKind.Unchanged, 0), Encode(old, page => { }));
        Assert.Equal(new PageEncoding(PageKind.Zero, 0), Encode(old, page => page.AsSpan().Clear()));
        Assert.Equal(new PageEncoding(PageKind.Fill, 1), Encode(old, page => page.AsSpan().Fill(7)));
        Assert.Equal(PageKind.Raw, Encode(old, new Random(2).NextBytes).Kind);
        Assert.Equal(PageKind.Positions, Encode(old, page => page[100]++).Kind);
        Assert.Equal(PageKind.ByteMask, Encode(old, page => Each(page, 2, 1)).Kind);
        Assert.Equal(PageKind.WordMask, Encode(old, page => Each(page, 16, 8)).Kind);
        Assert.Equal(PageKind.RunLength, Encode(old, page => Each(page, 512, 256)).Kind);
        Assert.Equal(PageKind.Copies, Encode(old, page => old.AsSpan(0, 3000).CopyTo(page.AsSpan(1000))).Kind);
    }

    [Fact]
    public void A_slow_link_gets_smaller_pages_than_a_fast_one()
    {
        using var codec = new VeeCodec("vee", VeeOptions.Fast);
        var pairs = PagePairs.Read("sqlite");
        long Total() => pairs.Sum(pair => (long)EncodeWith(codec, pair).Bytes);

        var fast = Total();
        codec.Follow(VeeOptions.Small);
        var small = Total();
        codec.Follow(VeeOptions.Small with { EncoderWeight = 1000, LinkBytesPerSecond = 1e9 });
        var hurried = Total();

        Assert.True(small < 0.7 * fast, string.Create(CultureInfo.InvariantCulture, $"{small} of {fast}"));
        Assert.True(hurried >= fast);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("python")]
    [InlineData("sqlite")]
    public void Fast_pages_are_no_larger_than_xbzrle(string name)
    {
        using var fast = new VeeCodec("vee-fast", VeeOptions.Fast);
        using var xbzrle = PageCodecKinds.Named("xbzrle")!.Create();
        var pairs = PagePairs.Read(name);

        Assert.InRange(
            pairs.Sum(pair => EncodeWith(fast, pair).Bytes), 1, pairs.Sum(pair => EncodeWith(xbzrle, pair).Bytes));
    }

    [Fact]
    public void Small_pages_are_at_most_six_tenths_of_xbzrle()
    {
        using var small = new VeeCodec("vee-small", VeeOptions.Small);
        using var xbzrle = PageCodecKinds.Named("xbzrle")!.Create();
        var pairs = PagePairs.Names.SelectMany(PagePairs.Read).ToArray();

        var ours = pairs.Sum(pair => EncodeWith(small, pair).Bytes);
        Assert.InRange(ours, 1, 0.6 * pairs.Sum(pair => EncodeWith(xbzrle, pair).Bytes));
    }

    [Theory]
    [InlineData("vee-fast")]
    [InlineData("vee-small")]
    [InlineData("xbzrle")]
    public void Both_ways_of_writing_write_the_same(string name)
    {
        IPageCodec Create(bool vectorised) => name switch
        {
            "xbzrle" => new XbzrleCodec(vectorised),
            "vee-small" => new VeeCodec(name, VeeOptions.Small, vectorised),
            _ => new VeeCodec(name, VeeOptions.Fast, vectorised),
        };
        using var vector = Create(vectorised: true);
        using var scalar = Create(vectorised: false);
        var (left, right) = (new byte[PageFormat.DestinationBytes], new byte[PageFormat.DestinationBytes]);
        for (var seed = 1; seed <= 2000; seed++)
        {
            var random = new Random(seed);
            var pair = RandomPages.Pair(random);
            var input = new PageInput
            {
                Page = pair.New,
                Base = random.Next(5) == 0 ? [] : pair.Old,
                DirtyLines = random.Next(2) == 0 ? PageFormat.AllLines : RandomPages.DirtyLines(pair, random),
            };
            var (first, second) = (vector.Encode(input, left), scalar.Encode(input, right));
            var message = string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {first} and {second}");
            Assert.True(first == second, message);
            Assert.True(left.AsSpan(0, first.Bytes).SequenceEqual(right.AsSpan(0, second.Bytes)), message);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1e13, 1)]
    [InlineData(1e6, -1)]
    [InlineData(1e6, double.NaN)]
    public void Options_that_cannot_be_are_refused(double link, double weight) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new VeeOptions { LinkBytesPerSecond = link, EncoderWeight = weight });

    private static void Each(byte[] page, int step, int count)
    {
        for (var index = 0; index < page.Length; index++)
        {
            page[index] ^= (byte)(index % step < count ? 0x55 : 0);
        }
    }

    private static PageEncoding Encode(byte[] old, Action<byte[]> change)
    {
        var page = (byte[])old.Clone();
        change(page);

        // The link is slow enough for copies where they save much, not where they save little.
        using var codec = new VeeCodec("vee", new VeeOptions { LinkBytesPerSecond = 10e6 });
        return EncodeWith(codec, new PagePair(old, page));
    }

    private static PageEncoding EncodeWith(VeeCodec codec, PagePair pair) => EncodeWith((IPageCodec)codec, pair);

    private static PageEncoding EncodeWith(IPageCodec codec, PagePair pair) => codec.Encode(
        new PageInput { Page = pair.New, Base = pair.Old }, new byte[PageFormat.DestinationBytes]);
}
