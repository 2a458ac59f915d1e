using System.Buffers.Binary;
using System.IO.Compression;
using Vee.Hypervisor.Pages;

namespace Vee.Hypervisor.Tests.Pages;

/// <summary>A page before and after.</summary>
internal sealed record PagePair(byte[] Old, byte[] New);

/// <summary>Pages of real programs, from <c>Data</c>.</summary>
internal static class PagePairs
{
    /// <summary>The programs.</summary>
    internal static readonly string[] Names = ["redis", "python", "sqlite"];

    internal static IReadOnlyList<PagePair> Read(string name)
    {
        var bytes = Unpack($"{name}.pairs.gz");
        return
        [
            .. bytes.Chunk(2 * PageFormat.PageBytes).Select(pair =>
                new PagePair(pair[..PageFormat.PageBytes], pair[PageFormat.PageBytes..])),
        ];
    }

    /// <summary>QEMU's encodings of the same pairs; null for one that did not fit.</summary>
    internal static IReadOnlyList<byte[]?> ReadVectors(string name)
    {
        var bytes = Unpack($"{name}.xbzrle.gz").AsSpan();
        var vectors = new List<byte[]?>();
        while (!bytes.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
            var own = Math.Max(length, 0);
            vectors.Add(length < 0 ? null : bytes.Slice(8, own).ToArray());
            bytes = bytes[(8 + own)..];
        }

        return vectors;
    }

    private static byte[] Unpack(string name)
    {
        using var file = File.OpenRead(Path.Combine(Directory, name));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unpacked.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string Directory
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(directory.FullName, "vee-operator.sln")))
            {
                directory = directory.Parent!;
            }

            return Path.Combine(directory.FullName, "tests", "Vee.Hypervisor.Tests", "Pages", "Data");
        }
    }
}
