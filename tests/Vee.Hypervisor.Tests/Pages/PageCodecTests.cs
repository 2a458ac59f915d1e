using System.Globalization;
using Vee.Hypervisor.Pages;
using Xunit;

namespace Vee.Hypervisor.Tests.Pages;

public sealed class PageCodecTests
{
    public static TheoryData<string> Names => [.. PageCodecKinds.All.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Real_pages_come_back_from_every_codec(string name)
    {
        using var codec = PageCodecKinds.Named(name)!.Create();
        using var decoder = new PageDecoder(codec.Kinds);
        foreach (var (pair, index) in PagePairs.Names.SelectMany(PagePairs.Read).Select((pair, i) => (pair, i)))
        {
            // A cache learns the old page as it would have been sent.
            RoundTrip(codec, decoder, new PagePair(pair.Old, pair.Old), (ulong)index, PageFormat.AllLines);
            RoundTrip(codec, decoder, pair, (ulong)index, PageFormat.AllLines);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Random_pages_come_back_from_every_codec(string name)
    {
        using var codec = PageCodecKinds.Named(name)!.Create();
        using var decoder = new PageDecoder(codec.Kinds);
        for (var seed = 1; seed <= 2000; seed++)
        {
            var random = new Random(seed);
            var pair = RandomPages.Pair(random);
            var lines = random.Next(2) == 0 ? PageFormat.AllLines : RandomPages.DirtyLines(pair, random);
            try
            {
                RoundTrip(codec, decoder, new PagePair(pair.Old, pair.Old), (ulong)seed % 7, PageFormat.AllLines);
                RoundTrip(codec, decoder, pair, (ulong)seed % 7, lines);
                RoundTrip(codec, decoder, new PagePair([], pair.New), 1000UL + (ulong)seed, PageFormat.AllLines);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"seed {seed} of {name}"), error);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_page_allocates(string name)
    {
        using var codec = PageCodecKinds.Named(name)!.Create();
        using var decoder = new PageDecoder(codec.Kinds);
        var pairs = PagePairs.Names.SelectMany(PagePairs.Read).ToArray();
        var (encoded, page) = (new byte[PageFormat.DestinationBytes], new byte[PageFormat.PageBytes]);
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            // The runtime may allocate when it compiles; pages would in every round.
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var index = 0; index < pairs.Length; index++)
            {
                var input = new PageInput
                {
                    Number = (ulong)index % 100, Page = pairs[index].New, Base = pairs[index].Old,
                };
                var result = codec.Encode(input, encoded);
                decoder.Decode(result.Kind, pairs[index].Old, encoded.AsSpan(0, result.Bytes), page);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void Wrong_lengths_are_refused_by_name()
    {
        using var codec = PageCodecKinds.Named("none")!.Create();
        var page = new byte[PageFormat.PageBytes];
        var destination = new byte[PageFormat.DestinationBytes];

        Assert.Contains("Page has 1 bytes", Assert.Throws<ArgumentException>(
            () => codec.Encode(new PageInput { Page = new byte[1] }, destination)).Message, StringComparison.Ordinal);
        Assert.Contains("Base has 2 bytes", Assert.Throws<ArgumentException>(() => codec.Encode(
            new PageInput { Page = page, Base = new byte[2] }, destination)).Message, StringComparison.Ordinal);
        Assert.Contains("Destination has 4096 bytes", Assert.Throws<ArgumentException>(() => codec.Encode(
            new PageInput { Page = page }, new byte[PageFormat.PageBytes])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decoder_takes_only_the_forms_it_was_told()
    {
        var page = new byte[PageFormat.PageBytes];
        using var decoder = new PageDecoder([PageKind.Raw, PageKind.Unchanged]);

        Assert.Equal(PageStatus.Done, decoder.Decode(PageKind.Raw, [], page, new byte[PageFormat.PageBytes]));
        Assert.Equal(PageStatus.BaseMissing, decoder.Decode(PageKind.Unchanged, [], [], page));
        Assert.Equal(PageStatus.Malformed, decoder.Decode(PageKind.Raw, [], page.AsSpan(1), page.ToArray()));
        Assert.Equal(PageStatus.KindRefused, decoder.Decode(PageKind.Zero, [], [], page));
        Assert.Equal(PageStatus.KindRefused, decoder.Decode(PageKind.None, [], [], page));
        Assert.Equal(PageStatus.KindRefused, decoder.Decode((PageKind)200, [], [], page));
        Assert.Throws<ArgumentException>(() => new PageDecoder([(PageKind)200]));
    }

    internal static PageEncoding RoundTrip(
        IPageCodec codec, PageDecoder decoder, PagePair pair, ulong number, ulong lines)
    {
        var input = new PageInput { Number = number, Page = pair.New, Base = pair.Old, DirtyLines = lines };
        var encoded = new byte[PageFormat.DestinationBytes];
        var result = codec.Encode(input, encoded);
        Assert.Contains(result.Kind, codec.Kinds);
        Assert.InRange(result.Bytes, 0, PageFormat.PageBytes);
        var page = new byte[PageFormat.PageBytes];
        Assert.Equal(PageStatus.Done, decoder.Decode(result.Kind, pair.Old, encoded.AsSpan(0, result.Bytes), page));
        if (!pair.New.AsSpan().SequenceEqual(page))
        {
            var at = pair.New.AsSpan().CommonPrefixLength(page);
            Assert.Fail($"{result.Kind} of {result.Bytes} bytes differs from the page at {at}");
        }

        return result;
    }
}
