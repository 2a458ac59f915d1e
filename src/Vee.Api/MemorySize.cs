using System.Globalization;

namespace Vee.Api;

/// <summary>Sizes of memory as the API spells them: digits and one of Ki, Mi, Gi.</summary>
public static class MemorySize
{
    /// <summary>Bytes of a size that the schema has accepted.</summary>
    /// <exception cref="FormatException">It is no such size.</exception>
    /// <exception cref="OverflowException">It is more than an Int64 holds.</exception>
    public static long ToBytes(string size)
    {
        ArgumentNullException.ThrowIfNull(size);
        var unit = size.Length > 2 ? size[^2..] : "";
        var shift = unit switch
        {
            "Ki" => 10,
            "Mi" => 20,
            "Gi" => 30,
            _ => throw new FormatException($"'{size}' is no size: write it like 256Mi"),
        };
        return checked(long.Parse(size.AsSpan(..^2), NumberStyles.None, CultureInfo.InvariantCulture) * (1L << shift));
    }

    /// <summary>The size in the largest unit that leaves no rest, for people.</summary>
    public static string ToText(long bytes) =>
        bytes == 0 ? "0"
        : bytes % (1L << 30) == 0 ? $"{bytes >> 30}Gi"
        : bytes % (1L << 20) == 0 ? $"{bytes >> 20}Mi"
        : bytes % (1L << 10) == 0 ? $"{bytes >> 10}Ki"
        : bytes.ToString(CultureInfo.InvariantCulture);
}
