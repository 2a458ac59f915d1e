using System.Globalization;
using Vee.Hypervisor.Pages;
using Xunit;

namespace Vee.Hypervisor.Tests.Pages;

public sealed class XbzrleTests
{
    public static TheoryData<string> Names => [.. PagePairs.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_qemu_encoded_is_read(string name)
    {
        using var decoder = new PageDecoder([PageKind.RunLength]);
        var page = new byte[PageFormat.PageBytes];
        foreach (var (pair, vector) in PagePairs.Read(name).Zip(PagePairs.ReadVectors(name)))
        {
            if (vector is not null)
            {
                Assert.Equal(PageStatus.Done, decoder.Decode(PageKind.RunLength, pair.Old, vector, page));
                Assert.Equal(pair.New, page);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Our_encoding_is_qemus(string name)
    {
        using var codec = PageCodecKinds.Named("xbzrle")!.Create();
        var encoded = new byte[PageFormat.DestinationBytes];
        var vectors = PagePairs.ReadVectors(name);
        var pairs = PagePairs.Read(name);
        Assert.Equal(pairs.Count, vectors.Count);
        for (var index = 0; index < pairs.Count; index++)
        {
            var result = codec.Encode(
                new PageInput { Page = pairs[index].New, Base = pairs[index].Old }, encoded);
            if (vectors[index] is { } vector)
            {
                Assert.Equal(vector, encoded.AsSpan(0, result.Bytes).ToArray());
            }
            else
            {
                Assert.Equal(PageKind.Raw, result.Kind);
            }
        }
    }

    [Theory]
    [InlineData("00")] // A length without bytes.
    [InlineData("0101")] // Bytes that are not there.
    [InlineData("80")] // A number that is cut off.
    [InlineData("808001")] // A number of three bytes.
    [InlineData("01017F0001AA")] // No equal byte between two runs.
    [InlineData("0000")] // A run of nothing.
    [InlineData("FF1F02AAAA")] // A run that passes the end.
    [InlineData("802001AA")] // A gap that passes it.
    public void What_is_not_of_the_format_is_refused(string hex)
    {
        using var decoder = new PageDecoder([PageKind.RunLength]);
        var old = new byte[PageFormat.PageBytes];

        Assert.Equal(
            PageStatus.Malformed,
            decoder.Decode(PageKind.RunLength, old, Convert.FromHexString(hex), new byte[PageFormat.PageBytes]));
    }

    [Fact]
    public void Both_ways_of_comparing_find_the_same()
    {
        for (var seed = 1; seed <= 1000; seed++)
        {
            var random = new Random(seed);
            var pair = RandomPages.Pair(random);
            var lines = random.Next(2) == 0 ? PageFormat.AllLines : RandomPages.DirtyLines(pair, random);
            var (vector, scalar) = (new PageDifference(true), new PageDifference(false));
            vector.Find(pair.New, pair.Old, lines);
            scalar.Find(pair.New, pair.Old, lines);

            var runs = vector.FindRuns();
            var changed = pair.New.Zip(pair.Old, (now, before) => now != before).ToArray();
            var message = string.Create(CultureInfo.InvariantCulture, $"seed {seed}");
            Assert.True(
                (vector.Lines, vector.ByteCount, vector.WordCount, vector.RunCount)
                == (scalar.Lines, scalar.ByteCount, scalar.WordCount, scalar.RunCount), message);
            Assert.True(runs.SequenceEqual(scalar.FindRuns()), message);
            Assert.True(vector.ByteCount == changed.Count(different => different), message);
            Assert.True(vector.WordCount == changed.Chunk(8).Count(word => word.Contains(true)), message);
            Assert.True(2 * vector.RunCount == runs.Length, message);
            for (var index = 0; index < runs.Length; index++)
            {
                Assert.True(runs[index] == PageFormat.PageBytes || changed[runs[index]] == (index % 2 == 0), message);
            }
        }
    }
}
