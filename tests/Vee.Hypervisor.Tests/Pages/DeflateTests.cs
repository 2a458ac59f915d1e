using System.Globalization;
using System.IO.Compression;
using Vee.Hypervisor.Pages;
using Xunit;

namespace Vee.Hypervisor.Tests.Pages;

/// <summary>The runtime's own DEFLATE is the judge of ours.</summary>
public sealed class DeflateTests
{
    [Fact]
    public void What_we_write_is_read_by_others()
    {
        using var codec = PageCodecKinds.Named("deflate")!.Create();
        var encoded = new byte[PageFormat.DestinationBytes];
        for (var seed = 1; seed <= 1000; seed++)
        {
            var page = RandomPages.Pair(new Random(seed)).New;
            var result = codec.Encode(new PageInput { Page = page }, encoded);
            if (result.Kind == PageKind.Deflate)
            {
                using var stream = new DeflateStream(
                    new MemoryStream(encoded, 0, result.Bytes), CompressionMode.Decompress);
                var back = new byte[PageFormat.PageBytes + 1];
                var length = stream.ReadAtLeast(back, back.Length, throwOnEndOfStream: false);
                Assert.True(
                    page.AsSpan().SequenceEqual(back.AsSpan(0, length)),
                    string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
            }
        }
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void What_others_write_is_read(CompressionLevel level)
    {
        using var decoder = new PageDecoder([PageKind.Deflate]);
        var back = new byte[PageFormat.PageBytes];
        for (var seed = 1; seed <= 1000; seed++)
        {
            var page = RandomPages.Pair(new Random(seed)).New;
            using var bytes = new MemoryStream();
            using (var stream = new DeflateStream(bytes, level))
            {
                stream.Write(page);
            }

            Assert.Equal(PageStatus.Done, decoder.Decode(PageKind.Deflate, [], bytes.ToArray(), back));
            Assert.True(
                page.AsSpan().SequenceEqual(back), string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("0300")] // A page of nothing.
    [InlineData("07")] // A kind of block that there is not.
    [InlineData("000000FFFF")] // Blocks of nothing, and no last one.
    [InlineData("01FFFF0000")] // More than a page.
    [InlineData("0D00")] // Lengths of codes that are not there.
    public void What_is_no_stream_of_a_page_is_refused(string hex)
    {
        using var decoder = new PageDecoder([PageKind.Deflate]);

        Assert.Equal(PageStatus.Malformed, decoder.Decode(
            PageKind.Deflate, [], Convert.FromHexString(hex), new byte[PageFormat.PageBytes]));
    }

    [Fact]
    public void Real_pages_are_about_as_small_as_from_others()
    {
        using var codec = PageCodecKinds.Named("deflate")!.Create();
        var encoded = new byte[PageFormat.DestinationBytes];
        var (ours, others) = (0L, 0L);
        foreach (var pair in PagePairs.Names.SelectMany(PagePairs.Read))
        {
            using var bytes = new MemoryStream();
            using (var stream = new DeflateStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
            {
                stream.Write(pair.New);
            }

            ours += codec.Encode(new PageInput { Page = pair.New }, encoded).Bytes;
            others += bytes.Length;
        }

        Assert.InRange(ours, 0.8 * others, 1.2 * others);
    }
}
