using Vee.Hypervisor.Pages;

namespace Vee.Cli.Benchmarks.Pages;

/// <summary>A codec as it is measured.</summary>
/// <param name="name">What it is called here.</param>
/// <param name="codec">It.</param>
/// <param name="knowsLines">Whether it is told which lines differ.</param>
internal sealed class PageContender(string name, IPageCodec codec, bool knowsLines) : IDisposable
{
    private readonly byte[] encoded = new byte[PageFormat.DestinationBytes];
    private readonly byte[] page = new byte[PageFormat.PageBytes];
    private readonly PageDecoder decoder = new(codec.Kinds);

    internal string Name => name;

    /// <summary>Codecs by name, and what <c>vee</c> does on slower links.</summary>
    internal static IReadOnlyList<PageContender> All() =>
    [
        .. PageCodecKinds.All.Where(kind => kind.Name is not (PageCodecKinds.Standard or "xbrle2011"))
            .Select(kind => new PageContender(kind.Name, kind.Create(), knowsLines: false)),
        new("xbzrle, lines", PageCodecKinds.Named("xbzrle")!.Create(), knowsLines: true),
        new("vee-fast, lines", PageCodecKinds.Named("vee-fast")!.Create(), knowsLines: true),
        new("vee, 1 Gbit/s", OnLink(125e6), knowsLines: false),
        new("vee, 100 Mbit/s", OnLink(12.5e6), knowsLines: false),
    ];

    /// <summary>Encodes and decodes each page of a set.</summary>
    /// <param name="set">The pages.</param>
    /// <param name="time">What is measured with.</param>
    /// <param name="encodeNs">Nanoseconds of each page.</param>
    /// <param name="decodeNs">The same.</param>
    /// <returns>Bytes of all.</returns>
    /// <exception cref="InvalidDataException">A page did not come back.</exception>
    internal long Run(PageSet set, TimeProvider time, double[] encodeNs, double[] decodeNs)
    {
        var bytes = 0L;
        for (var index = 0; index < set.Count; index++)
        {
            if (codec.Name.StartsWith("xbrle2011", StringComparison.Ordinal))
            {
                // Its cache has to hold the old page, as if that had just been sent.
                codec.Encode(Input(set, index, set.Old(index)), encoded);
            }

            var input = Input(set, index, set.New(index));
            var start = time.GetTimestamp();
            var result = codec.Encode(input, encoded);
            encodeNs[index] = PageTimes.Since(time, start);
            bytes += result.Bytes;
        }

        for (var index = 0; index < set.Count; index++)
        {
            if (codec.Name.StartsWith("xbrle2011", StringComparison.Ordinal))
            {
                codec.Encode(Input(set, index, set.Old(index)), encoded);
            }

            var result = codec.Encode(Input(set, index, set.New(index)), encoded);
            var own = encoded.AsSpan(0, result.Bytes);
            var start = time.GetTimestamp();
            var status = decoder.Decode(result.Kind, set.Old(index), own, page);
            decodeNs[index] = PageTimes.Since(time, start);
            if (status != PageStatus.Done || !set.New(index).SequenceEqual(page))
            {
                throw new InvalidDataException($"page {index} of {set.Name} did not come back from {Name}: {status}");
            }
        }

        return bytes;
    }

    public void Dispose()
    {
        codec.Dispose();
        decoder.Dispose();
    }

    private static VeeCodec OnLink(double bytesPerSecond) =>
        new(PageCodecKinds.Standard, new VeeOptions { LinkBytesPerSecond = bytesPerSecond });

    private PageInput Input(PageSet set, int index, ReadOnlySpan<byte> bytes) => new()
    {
        Number = (ulong)index,
        Page = bytes,
        Base = set.Old(index),
        DirtyLines = knowsLines ? set.Lines[index] : PageFormat.AllLines,
    };
}
