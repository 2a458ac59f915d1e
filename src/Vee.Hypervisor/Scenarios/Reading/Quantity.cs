using System.Buffers;
using System.Globalization;
using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Amounts with units, as people write them. What does not come out whole is refused, not rounded.</summary>
internal static class Quantity
{
    // More digits than any amount needs; with every unit they fit a decimal.
    private const int DigitsMax = 15;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private static readonly IReadOnlyList<(string Name, decimal Size)> DurationUnits =
    [
        ("ns", 1), ("us", VirtualTime.Microsecond), ("µs", VirtualTime.Microsecond), ("μs", VirtualTime.Microsecond),
        ("ms", VirtualTime.Millisecond), ("s", VirtualTime.Second), ("m", 60m * VirtualTime.Second),
        ("h", 3600m * VirtualTime.Second),
    ];

    private static readonly IReadOnlyList<(string Name, decimal Size)> SizeUnits =
    [
        ("", 1), ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40),
        ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
    ];

    private static readonly IReadOnlyList<(string Name, decimal Size)> BitUnits =
    [
        ("bit", 1), ("kbit", 1_000), ("Mbit", 1_000_000), ("Gbit", 1_000_000_000), ("Tbit", 1_000_000_000_000),
    ];

    /// <summary>An address of a host in IPv4: four numbers, the first neither 0 nor 127 nor above 223.</summary>
    public static uint? Address(string text)
    {
        var address = 0u;
        var parts = text.Split('.');
        foreach (var part in parts)
        {
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || (part.Length > 1 && part[0] == '0'))
            {
                return null;
            }

            address = (address << 8) | number;
        }

        return parts.Length == 4 && address >> 24 is > 0 and < 224 and not 127 ? address : null;
    }

    /// <summary>Nanoseconds of <c>5ms</c>, <c>1.5us</c>, <c>1m30s</c> or <c>0</c>; null when it is none.</summary>
    public static decimal? Duration(string text)
    {
        if (text == "0")
        {
            return 0;
        }

        decimal sum = 0;
        var rest = text.AsSpan();
        while (rest.Length > 0)
        {
            var end = NumberLength(rest);
            var unitEnd = end;
            while (unitEnd < rest.Length && char.IsLetter(rest[unitEnd]))
            {
                unitEnd++;
            }

            if (Amount(rest[..end], rest[end..unitEnd], DurationUnits) is not { } part)
            {
                return null;
            }

            sum += part;
            rest = rest[unitEnd..];
        }

        return text.Length == 0 ? null : sum;
    }

    /// <summary>Bytes of <c>512</c>, <c>64Ki</c> or <c>1.5G</c>; null when it is no size.</summary>
    public static decimal? Size(string text) => Of(text, SizeUnits);

    /// <summary>Bytes a second of <c>500M/s</c>; null when it is none.</summary>
    public static decimal? BytesPerSecond(string text) => Of(WithoutSecond(text), SizeUnits);

    /// <summary>Bits a second of <c>10Gbit</c> or <c>10Gbit/s</c>; null when it is none.</summary>
    public static decimal? BitsPerSecond(string text) => Of(WithoutSecond(text) ?? text, BitUnits);

    /// <summary>How often a second of <c>200/s</c>, <c>90/m</c> or <c>0.5/ms</c>; null when it is no rate.</summary>
    public static decimal? PerSecond(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || Number(text.AsSpan(0, slash)) is not { } count)
        {
            return null;
        }

        foreach (var (name, size) in DurationUnits)
        {
            if (text.AsSpan(slash + 1).SequenceEqual(name))
            {
                return count * VirtualTime.Second / size;
            }
        }

        return null;
    }

    /// <summary>A plain decimal number, not negative; null when it is none.</summary>
    public static decimal? Number(ReadOnlySpan<char> text) =>
        text.Length > 0 && NumberLength(text) == text.Length
            && text.Count('.') <= 1 && text[0] != '.' && text[^1] != '.' && text.Length - text.Count('.') <= DigitsMax
            ? decimal.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)
            : null;

    private static decimal? Of(string? text, IReadOnlyList<(string Name, decimal Size)> units)
    {
        var end = NumberLength(text);
        return text is null ? null : Amount(text.AsSpan(0, end), text.AsSpan(end), units);
    }

    private static decimal? Amount(
        ReadOnlySpan<char> number, ReadOnlySpan<char> unit, IReadOnlyList<(string Name, decimal Size)> units)
    {
        foreach (var (name, size) in units)
        {
            if (unit.SequenceEqual(name))
            {
                return Number(number) * size;
            }
        }

        return null;
    }

    private static string? WithoutSecond(string text) =>
        text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : null;

    private static int NumberLength(ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExcept(NumberCharacters);
        return length < 0 ? text.Length : length;
    }
}
