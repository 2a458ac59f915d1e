using System.Globalization;

namespace Vee.Cli;

/// <summary>Sizes as people type them: <c>262144</c>, <c>64K</c>, <c>64M</c>, <c>1G</c>.</summary>
internal static class ByteSize
{
    private static ReadOnlySpan<char> Units => ['K', 'M', 'G'];

    /// <summary>Reads a size; the letters K, M and G are powers of 1024, in either case.</summary>
    /// <returns>False when it is no size or does not fit 64 bits.</returns>
    internal static bool TryParse(string text, out ulong bytes)
    {
        bytes = 0;
        if (text.Length == 0)
        {
            return false;
        }

        var unit = Units.IndexOf(char.ToUpperInvariant(text[^1]));
        var digits = unit < 0 ? text : text[..^1];
        if (!ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var shift = 10 * (unit + 1);
        if (count > ulong.MaxValue >> shift)
        {
            return false;
        }

        bytes = count << shift;
        return true;
    }

    /// <summary>Writes a size with the largest unit of which it has at least one.</summary>
    internal static string Format(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.##} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.##} MiB"),
        >= 1L << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 10):0.##} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
    };
}
