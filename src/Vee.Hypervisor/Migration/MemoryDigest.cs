using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Vee.Hypervisor.Migration;

/// <summary>
/// What one side of a migration knows a machine's pages to be: a digest of each, one of each 2 MiB, and one of all.
/// Both sides note what they have encoded and decoded, and compare before the machine is given away.
/// </summary>
/// <remarks>
/// XxHash3 of pages, seeded with the migration's number; SHA-256 over the regions. It finds what goes wrong by
/// accident, not what a guest forges.
/// </remarks>
internal sealed class MemoryDigest(ulong seed)
{
    /// <summary>Bytes of the digest of all.</summary>
    public const int RootBytes = SHA256.HashSizeInBytes;

    private const int RegionShift = 9;
    private const int PagesOfRegion = 1 << RegionShift;

    private readonly SortedDictionary<ulong, ulong[]> regions = [];

    /// <summary>A page's digest; 0 for one that is zero.</summary>
    public ulong Of(ReadOnlySpan<byte> page) => page.ContainsAnyExcept((byte)0)
        ? XxHash3.HashToUInt64(page, unchecked((long)seed)) | 1 : 0;

    /// <summary>Notes what a page is now.</summary>
    public void Note(ulong page, ulong digest)
    {
        var region = page >> RegionShift;
        if (!regions.TryGetValue(region, out var pages))
        {
            if (digest == 0)
            {
                return;
            }

            regions.Add(region, pages = new ulong[PagesOfRegion]);
        }

        pages[page & (PagesOfRegion - 1)] = digest;
    }

    /// <summary>The digest of all.</summary>
    public byte[] Root()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> region = stackalloc byte[2 * sizeof(ulong)];
        foreach (var (number, pages) in regions)
        {
            if (pages.AsSpan().ContainsAnyExcept(0UL))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(region, number);
                BinaryPrimitives.WriteUInt64LittleEndian(region[sizeof(ulong)..], OfRegion(pages));
                hash.AppendData(region);
            }
        }

        return hash.GetHashAndReset();
    }

    // All supported processors are little-endian.
    private ulong OfRegion(ulong[] pages) =>
        XxHash3.HashToUInt64(MemoryMarshal.AsBytes<ulong>(pages), unchecked((long)seed));
}
