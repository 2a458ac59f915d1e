using System.Buffers.Binary;
using System.Globalization;
using Vee.Machines.Memory;

namespace Vee.Machines.Tests.Memory;

/// <summary>What the host kernel says of a guest memory's arena.</summary>
/// <remarks>
/// Tests of other classes run in the same process at the same time, so only what is said of the arena's own addresses
/// counts. A line of /proc/self/smaps may say more: the kernel merges an arena with a neighbour that is mapped alike.
/// So resident bytes come from /proc/self/pagemap, which has an entry per page.
/// </remarks>
internal static class HostMemory
{
    // Documentation/admin-guide/mm/pagemap.rst. The shared page of zeros is present, but is neither of the other two.
    private const ulong IsPresent = 1UL << 63;
    private const ulong IsFileOrShared = 1UL << 61;
    private const ulong IsExclusive = 1UL << 56;

    /// <summary>Bytes of the arena that are in the host's memory.</summary>
    internal static unsafe long ResidentBytes(GuestMemory memory)
    {
        var hostPageBytes = Environment.SystemPageSize;
        var entries = new byte[checked((int)(memory.ArenaBytes / (ulong)hostPageBytes) * sizeof(ulong))];
        using var pages = File.OpenHandle("/proc/self/pagemap");
        var offset = (long)((ulong)memory.Arena / (ulong)hostPageBytes) * sizeof(ulong);
        for (var done = 0; done < entries.Length;)
        {
            done += RandomAccess.Read(pages, entries.AsSpan(done), offset + done) is > 0 and var count
                ? count
                : throw new InvalidOperationException("The kernel does not say which pages are present.");
        }

        var resident = 0L;
        for (var entry = 0; entry < entries.Length; entry += sizeof(ulong))
        {
            var bits = BinaryPrimitives.ReadUInt64LittleEndian(entries.AsSpan(entry));
            resident += (bits & IsPresent) != 0 && (bits & (IsFileOrShared | IsExclusive)) != 0 ? hostPageBytes : 0;
        }

        return resident;
    }

    /// <summary>Mappings that the arena lies in.</summary>
    internal static int MappingCount(GuestMemory memory) => FlagsOfMappings(memory).Count;

    /// <summary>Whether the kernel may back any of the arena by huge pages.</summary>
    internal static bool MayUseHugePages(GuestMemory memory) =>
        FlagsOfMappings(memory).Exists(flags => !flags.Split(' ').Contains("nh", StringComparer.Ordinal));

    private static unsafe List<string> FlagsOfMappings(GuestMemory memory)
    {
        var (first, end) = ((ulong)memory.Arena, (ulong)memory.Arena + memory.ArenaBytes);
        var isOfArena = false;
        var flags = new List<string>();
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var range = line.Split(' ')[0].Split('-');
            if (range.Length == 2)
            {
                isOfArena = Parse(range[0]) < end && Parse(range[1]) > first;
            }
            else if (isOfArena && line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                flags.Add(line);
            }
        }

        return flags;
    }

    private static ulong Parse(string address) =>
        ulong.Parse(address, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
