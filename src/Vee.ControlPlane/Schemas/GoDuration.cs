using System.Buffers;
using System.Globalization;
using System.Text;

namespace Vee.ControlPlane.Schemas;

/// <summary>Durations as Go writes them: <c>1h2m3.5s</c>, in nanoseconds of 64 bits.</summary>
internal static class GoDuration
{
    private const long Second = 1_000_000_000;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>Reads a duration.</summary>
    /// <param name="text">For example <c>300ms</c>, <c>-1.5h</c>, <c>0</c>.</param>
    /// <param name="nanoseconds">Its value.</param>
    internal static bool TryParse(string text, out long nanoseconds)
    {
        nanoseconds = 0;
        var rest = text.AsSpan();
        var isNegative = rest.StartsWith("-");
        if (isNegative || rest.StartsWith("+"))
        {
            rest = rest[1..];
        }

        if (rest.SequenceEqual("0"))
        {
            return true;
        }

        decimal total = 0;
        if (rest.IsEmpty)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !decimal.TryParse(
                rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            rest = rest[digits..];
            var end = rest.IndexOfAny(Digits);
            var unit = UnitOf(end < 0 ? rest : rest[..end]);
            if (unit == 0 || number > long.MaxValue / (decimal)unit)
            {
                return false;
            }

            total += decimal.Truncate(number * unit);
            rest = end < 0 ? [] : rest[end..];
        }

        if (total > long.MaxValue)
        {
            return false;
        }

        nanoseconds = (long)(isNegative ? -total : total);
        return true;
    }

    /// <summary>Writes a duration as Go does: <c>1h0m0s</c>, <c>1.5s</c>, <c>300ms</c>.</summary>
    internal static string Format(long nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return "0s";
        }

        var text = new StringBuilder(nanoseconds < 0 ? "-" : "");
        var magnitude = Math.Abs((decimal)nanoseconds);
        if (magnitude < Second)
        {
            var (unit, name) = magnitude < 1000 ? (1m, "ns")
                : magnitude < 1_000_000 ? (1000m, "µs")
                : (1_000_000m, "ms");
            return text.Append(Plain(magnitude / unit)).Append(name).ToString();
        }

        var hours = decimal.Truncate(magnitude / (3600m * Second));
        var minutes = decimal.Truncate(magnitude / (60m * Second)) % 60;
        if (hours > 0)
        {
            text.Append(Plain(hours)).Append('h');
        }

        if (hours > 0 || minutes > 0)
        {
            text.Append(Plain(minutes)).Append('m');
        }

        return text.Append(Plain(magnitude / Second % 60)).Append('s').ToString();
    }

    private static string Plain(decimal number) => (number / 1.0000000000000000000000000000m)
        .ToString("0.#########", CultureInfo.InvariantCulture);

    private static long UnitOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => 1000,
        "ms" => 1_000_000,
        "s" => Second,
        "m" => 60 * Second,
        "h" => 3600 * Second,
        _ => 0,
    };
}
