using System.Globalization;

namespace Vee.Api;

/// <summary>Amounts with units as the API spells them, all of which the schema has accepted.</summary>
public static class Amounts
{
    /// <summary>Nanoseconds of <c>80us</c> or <c>0</c>.</summary>
    /// <exception cref="FormatException">It is no such time.</exception>
    /// <exception cref="OverflowException">It is more than an Int64 holds.</exception>
    public static long Nanoseconds(string time) => time == "0" ? 0 : Of(time, unit => unit switch
    {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        _ => null,
    });

    /// <summary>Bits in a second of <c>10Gbit</c> or <c>10Gbit/s</c>.</summary>
    /// <exception cref="FormatException">It is no such bandwidth.</exception>
    /// <exception cref="OverflowException">It is more than an Int64 holds.</exception>
    public static long BitsPerSecond(string bandwidth) => Of(WithoutSecond(bandwidth) ?? bandwidth, unit => unit switch
    {
        "bit" => 1,
        "kbit" => 1_000,
        "Mbit" => 1_000_000,
        "Gbit" => 1_000_000_000,
        "Tbit" => 1_000_000_000_000,
        _ => null,
    });

    /// <summary>Bytes in a second of <c>500M/s</c>.</summary>
    /// <exception cref="FormatException">It is no such bandwidth.</exception>
    /// <exception cref="OverflowException">It is more than an Int64 holds.</exception>
    public static long BytesPerSecond(string bandwidth) => Of(WithoutSecond(bandwidth) ?? "", unit => unit switch
    {
        "" => 1,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        "Ki" => 1L << 10,
        "Mi" => 1L << 20,
        "Gi" => 1L << 30,
        "Ti" => 1L << 40,
        _ => null,
    });

    /// <summary>The number of an option of a scheduler: a time in nanoseconds, 1 for true, 0 for false.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static long Option(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value switch
        {
            "true" => 1,
            "false" => 0,
            _ when value.All(char.IsAsciiDigit) => long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture),
            _ => Nanoseconds(value),
        };
    }

    /// <summary>The number of a chance, 0 to 1.</summary>
    /// <exception cref="FormatException">It is no number.</exception>
    public static double Chance(string chance) =>
        double.Parse(chance, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    private static long Of(string text, Func<string, long?> sizeOf)
    {
        ArgumentNullException.ThrowIfNull(text);
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        return digits > 0 && sizeOf(text[digits..]) is { } size
            ? checked(long.Parse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture) * size)
            : throw new FormatException($"'{text}' is no such amount: write a whole number and its unit");
    }

    private static string? WithoutSecond(string text) =>
        text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : null;
}
