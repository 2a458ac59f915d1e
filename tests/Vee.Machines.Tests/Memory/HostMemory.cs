using System.Globalization;
using Vee.Machines.Memory;

namespace Vee.Machines.Tests.Memory;

/// <summary>What the host kernel says of a guest memory's arena.</summary>
/// <remarks>
/// /proc/self/smaps, not statm: tests of other classes run in the same process at the same time, and only the
/// arena's own mappings say exactly what the arena holds.
/// </remarks>
internal static class HostMemory
{
    /// <summary>Bytes of the arena that are in the host's memory.</summary>
    internal static long ResidentBytes(GuestMemory memory) => Mappings(memory)
        .Where(line => line.StartsWith("Rss:", StringComparison.Ordinal))
        .Sum(line => 1024 * long.Parse(line[4..^2], CultureInfo.InvariantCulture));

    /// <summary>Mappings that make up the arena.</summary>
    internal static int MappingCount(GuestMemory memory) =>
        Mappings(memory).Count(line => line.StartsWith("Rss:", StringComparison.Ordinal));

    /// <summary>Whether the kernel may back any of the arena by huge pages.</summary>
    internal static bool MayUseHugePages(GuestMemory memory) => Mappings(memory)
        .Where(line => line.StartsWith("VmFlags:", StringComparison.Ordinal))
        .Any(flags => !flags.Split(' ').Contains("nh", StringComparer.Ordinal));

    private static unsafe List<string> Mappings(GuestMemory memory)
    {
        var (first, end) = ((ulong)memory.Arena, (ulong)memory.Arena + memory.ArenaBytes);
        var isInside = false;
        var lines = new List<string>();
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var range = line.Split(' ')[0].Split('-');
            if (range.Length == 2)
            {
                var start = ulong.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                isInside = start >= first && start < end;
            }
            else if (isInside)
            {
                lines.Add(line);
            }
        }

        return lines;
    }
}
