using System.IO.Compression;
using Vee.Hypervisor.Pages;

namespace Vee.Cli.Benchmarks.Pages;

/// <summary>Pages before and after, which are encoded one after the other.</summary>
/// <param name="Name">The pattern, or the file.</param>
/// <param name="Place">Where they lie: <c>L2</c>, <c>DRAM</c>, <c>file</c> or <c>guest</c>.</param>
/// <param name="Pairs">The old page and the new one, in turn.</param>
internal sealed record PageSet(string Name, string Place, byte[] Pairs)
{
    /// <summary>Pairs that fit into the second cache of a core: 256 KiB.</summary>
    private const int CacheCount = 32;

    /// <summary>Pairs that fit into no cache: 64 MiB.</summary>
    private const int MemoryCount = 8192;

    private const int PairBytes = 2 * PageFormat.PageBytes;
    private const int WordBytes = 8;
    private const int WordCount = PageFormat.PageBytes / WordBytes;

    private static readonly IReadOnlyList<(string Name, Action<byte[], Random> Change)> Patterns =
    [
        ("unchanged", (_, _) => { }),
        ("one counter", (page, random) => Flip(page, WordBytes * random.Next(WordCount))),
        ("4 bytes", (page, random) => FlipMany(page, random, 4)),
        ("16 words", (page, random) => ChangeWords(page, random, 16)),
        ("64 words", (page, random) => ChangeWords(page, random, 64)),
        ("1567 bytes", (page, random) => FlipMany(page, random, 1567)),
        ("alternate", (page, _) =>
        {
            for (var at = 0; at < page.Length; at += 2)
            {
                Flip(page, at);
            }
        }),
        ("whole page", (page, random) => random.NextBytes(page)),
    ];

    internal int Count => Pairs.Length / PairBytes;

    /// <summary>Lines that differ, of each page.</summary>
    internal ulong[] Lines { get; } = [.. Pairs.Chunk(PairBytes).Select(FindLines)];

    internal ReadOnlySpan<byte> Old(int index) => Pairs.AsSpan(index * PairBytes, PageFormat.PageBytes);

    internal ReadOnlySpan<byte> New(int index) =>
        Pairs.AsSpan((index * PairBytes) + PageFormat.PageBytes, PageFormat.PageBytes);

    /// <summary>Patterns in cache and in memory, from one seed; made when they are asked for.</summary>
    internal static IEnumerable<PageSet> Synthetic() =>
        from pattern in Patterns
        from place in ((string Name, int Count)[])[("L2", CacheCount), ("DRAM", MemoryCount)]
        select new PageSet(pattern.Name, place.Name, Make(pattern.Change, place.Count));

    /// <summary>Pairs of a file, which may be compressed with gzip.</summary>
    /// <exception cref="InvalidDataException">It holds something else.</exception>
    internal static PageSet Read(string path)
    {
        using var file = File.OpenRead(path);
        using var bytes = new MemoryStream();
        if (path.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var unpacked = new GZipStream(file, CompressionMode.Decompress);
            unpacked.CopyTo(bytes);
        }
        else
        {
            file.CopyTo(bytes);
        }

        return bytes.Length != 0 && bytes.Length % PairBytes == 0
            ? new PageSet(Path.GetFileName(path), "file", bytes.ToArray())
            : throw new InvalidDataException(
                $"it has {bytes.Length} bytes, which are no pairs of pages of {PairBytes} bytes");
    }

    private static byte[] Make(Action<byte[], Random> change, int count)
    {
        var random = new Random(1);
        var pairs = new byte[count * PairBytes];
        var page = new byte[PageFormat.PageBytes];
        for (var at = 0; at < pairs.Length; at += PairBytes)
        {
            random.NextBytes(page);
            page.CopyTo(pairs, at);
            change(page, random);
            page.CopyTo(pairs, at + PageFormat.PageBytes);
        }

        return pairs;
    }

    private static void Flip(byte[] page, int at) => page[at] ^= 0x55;

    private static void FlipMany(byte[] page, Random random, int count)
    {
        foreach (var at in Choose(random, PageFormat.PageBytes, count))
        {
            page[at] ^= (byte)random.Next(1, 256);
        }
    }

    private static void ChangeWords(byte[] page, Random random, int count)
    {
        foreach (var word in Choose(random, WordCount, count))
        {
            random.NextBytes(page.AsSpan(WordBytes * word, WordBytes));
        }
    }

    // Each at most once.
    private static IEnumerable<int> Choose(Random random, int among, int count)
    {
        var numbers = Enumerable.Range(0, among).ToArray();
        random.Shuffle(numbers);
        return numbers.Take(count);
    }

    private static ulong FindLines(byte[] pair)
    {
        var lines = 0UL;
        for (var line = 0; line < PageFormat.LineCount; line++)
        {
            var old = pair.AsSpan(line * PageFormat.LineBytes, PageFormat.LineBytes);
            var page = pair.AsSpan(PageFormat.PageBytes + (line * PageFormat.LineBytes), PageFormat.LineBytes);
            lines |= (old.SequenceEqual(page) ? 0UL : 1UL) << line;
        }

        return lines;
    }
}
