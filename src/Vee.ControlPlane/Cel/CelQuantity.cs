using System.Globalization;
using System.Numerics;

namespace Vee.ControlPlane.Cel;

/// <summary>An amount such as <c>100m</c>, <c>1.5Gi</c> or <c>2e3</c>, exactly.</summary>
/// <param name="Value">The amount, times 10^9: Kubernetes keeps nano at least and rounds up beyond.</param>
/// <remarks>Source: apimachinery, <c>pkg/api/resource</c>.</remarks>
internal sealed record CelQuantity(BigInteger Value)
{
    private const int DigitsMax = 64;

    private static readonly BigInteger Unit = BigInteger.Pow(10, 9);

    internal bool IsInteger => Value % Unit == 0 && Value / Unit <= long.MaxValue && Value / Unit >= long.MinValue;

    internal static CelQuantity Of(long whole) => new(whole * Unit);

    internal static CelQuantity? TryParse(string text)
    {
        var end = text.Length;
        while (end > 0 && !char.IsAsciiDigit(text[end - 1]) && text[end - 1] != '.')
        {
            end--;
        }

        var (number, suffix) = (text[..end], text[end..]);
        var exponent = number.IndexOfAny(['e', 'E']);
        if (exponent > 0 && suffix.Length == 0)
        {
            (number, suffix) = (number[..exponent], number[exponent..]);
        }

        if (number.Length is 0 or > DigitsMax || Scale(suffix) is not { } scale ||
            !IsDecimal(number, out var digits, out var decimals))
        {
            return null;
        }

        var numerator = digits * scale.Numerator * Unit;
        var denominator = BigInteger.Pow(10, decimals) * scale.Denominator;
        var value = BigInteger.DivRem(numerator, denominator, out var rest);
        // What is finer than nano counts as the next whole nano away from zero.
        return new(rest.IsZero ? value : value + rest.Sign);
    }

    internal int CompareTo(CelQuantity other) => Value.CompareTo(other.Value);

    internal long ToLong() => (long)(Value / Unit);

    internal double ToDouble() => (double)Value / (double)Unit;

    internal int Sign => Value.Sign;

    private static bool IsDecimal(string text, out BigInteger digits, out int decimals)
    {
        var plain = text.Replace(".", "", StringComparison.Ordinal);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        decimals = point < 0 ? 0 : text.Length - point - 1;
        digits = default;
        return plain.Length >= text.Length - 1 && plain.Any(char.IsAsciiDigit) &&
            BigInteger.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out digits);
    }

    private static (BigInteger Numerator, BigInteger Denominator)? Scale(string suffix)
    {
        if (suffix.Length > 1 && suffix[0] is 'e' or 'E' && int.TryParse(
            suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power) &&
            Math.Abs(power) <= DigitsMax)
        {
            var ten = BigInteger.Pow(10, Math.Abs(power));
            return power < 0 ? (1, ten) : (ten, 1);
        }

        return suffix switch
        {
            "n" => (1, BigInteger.Pow(10, 9)),
            "u" => (1, 1_000_000),
            "m" => (1, 1000),
            "" => (1, 1),
            "k" => (1000, 1),
            "M" => (1_000_000, 1),
            "G" => (BigInteger.Pow(10, 9), 1),
            "T" => (BigInteger.Pow(10, 12), 1),
            "P" => (BigInteger.Pow(10, 15), 1),
            "E" => (BigInteger.Pow(10, 18), 1),
            "Ki" => (1024, 1),
            "Mi" => (BigInteger.Pow(2, 20), 1),
            "Gi" => (BigInteger.Pow(2, 30), 1),
            "Ti" => (BigInteger.Pow(2, 40), 1),
            "Pi" => (BigInteger.Pow(2, 50), 1),
            "Ei" => (BigInteger.Pow(2, 60), 1),
            _ => null,
        };
    }
}
