using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Vee.ControlPlane.Schemas;

/// <summary>The string formats that Kubernetes checks.</summary>
/// <remarks>Source: kube-openapi, <c>validation/strfmt</c>. Formats not named here are not checked, as there.</remarks>
internal static partial class Formats
{
    /// <summary>Whether values of the format are checked.</summary>
    /// <param name="format">Dashes do not count.</param>
    internal static bool IsKnown(string format) => Check(format, "") is not null;

    /// <summary>Whether a value has the format; null when the format is not known.</summary>
    internal static bool? Check(string format, string value) =>
        format.Replace("-", "", StringComparison.Ordinal) switch
        {
            "datetime" => DateTime().IsMatch(value) && IsDateTime(value),
            "date" => DateTimeOffset.TryParseExact(
                value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _),
            "duration" => GoDuration.TryParse(value, out _) || IsScalaDuration(value),
            "uri" => IsUri(value),
            "email" => Email().IsMatch(value),
            "hostname" => value.Length <= 255 && Hostname().IsMatch(value) && value.Split('.').All(p => p.Length <= 63),
            "ipv4" => value.Contains('.', StringComparison.Ordinal) && IsAddress(value, out _),
            "ipv6" => value.Contains(':', StringComparison.Ordinal) && IsAddress(value, out _),
            "cidr" => IsCidr(value),
            "mac" => Mac().IsMatch(value),
            "uuid" => Uuid().IsMatch(value),
            "uuid3" => Uuid().IsMatch(value) && Digits(value)[12] == '3',
            "uuid4" => Uuid().IsMatch(value) && Digits(value)[12] == '4' && "89abAB".Contains(Digits(value)[16]),
            "uuid5" => Uuid().IsMatch(value) && Digits(value)[12] == '5' && "89abAB".Contains(Digits(value)[16]),
            "isbn" => IsIsbn10(value) || IsIsbn13(value),
            "isbn10" => IsIsbn10(value),
            "isbn13" => IsIsbn13(value),
            "creditcard" => IsCreditCard(value),
            "ssn" => Ssn().IsMatch(value),
            "hexcolor" => HexColor().IsMatch(value),
            "rgbcolor" => RgbColor().IsMatch(value),
            "byte" => value.Length > 0 && Base64().IsMatch(value) && value.Length % 4 == 0,
            "bsonobjectid" => ObjectId().IsMatch(value),
            "password" => true,
            "k8sshortname" => Names.CheckLabel(value).Count == 0,
            "k8slongname" => Names.CheckSubdomain(value).Count == 0,
            _ => null,
        };

    /// <summary>Whether a text is an address without a zone.</summary>
    internal static bool IsAddress(string value, out IPAddress? address)
    {
        address = null;
        var isPlain = value.Length > 0 && !value.Contains('%', StringComparison.Ordinal) &&
            !value.Contains('[', StringComparison.Ordinal) && IPAddress.TryParse(value, out address);
        return isPlain && (address!.AddressFamily == AddressFamily.InterNetworkV6 || Ipv4().IsMatch(value));
    }

    /// <summary>Whether a text is an address with a prefix length.</summary>
    internal static bool IsCidr(string value)
    {
        var parts = value.Split('/');
        return parts.Length == 2 && IsAddress(parts[0], out var address) && parts[1].All(char.IsAsciiDigit) &&
            int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bits) &&
            bits <= (address!.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }

    private static bool IsDateTime(string value) => DateTimeOffset.TryParse(
        value.ToUpperInvariant(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    private static bool IsScalaDuration(string value) => ScalaDuration().IsMatch(value);

    private static bool IsUri(string value) => value.Length > 0 && !value.Any(char.IsControl) &&
        (value.StartsWith('/') || (Uri.TryCreate(value, UriKind.Absolute, out _) && Scheme().IsMatch(value)));

    private static string Digits(string uuid) => uuid.Replace("-", "", StringComparison.Ordinal);

    private static bool IsIsbn10(string value)
    {
        var digits = value.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        return Isbn10().IsMatch(digits) &&
            digits.Select((c, i) => (c == 'X' ? 10 : c - '0') * (10 - i)).Sum() % 11 == 0;
    }

    private static bool IsIsbn13(string value)
    {
        var digits = value.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        return digits.Length == 13 && digits.All(char.IsAsciiDigit) &&
            digits.Select((c, i) => (c - '0') * (i % 2 == 0 ? 1 : 3)).Sum() % 10 == 0;
    }

    private static bool IsCreditCard(string value)
    {
        var digits = new string([.. value.Where(char.IsAsciiDigit)]);
        var sum = digits.Reverse().Select((c, i) => (c - '0') * (i % 2 == 0 ? 1 : 2)).Sum(d => d > 9 ? d - 9 : d);
        return CreditCard().IsMatch(digits) && sum % 10 == 0;
    }

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}" +
        @"(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})\z", Linear)]
    private static partial Regex DateTime();

    [GeneratedRegex(@"^[0-9]+(?:\.[0-9]+)?\s*" +
        @"(?:ns|nano|us|micro|ms|milli|s|sec|m|min|h|hr|hour|d|day|w|week)s?\z", Linear)]
    private static partial Regex ScalaDuration();

    [GeneratedRegex(@"^(?:[^<>@]*<)?[^\s@<>""]+@[^\s@<>""]+>?\z", Linear)]
    private static partial Regex Email();

    [GeneratedRegex(@"^[a-zA-Z0-9\u0100-\uffff](?:[a-zA-Z0-9\u0100-\uffff-]*[a-zA-Z0-9\u0100-\uffff])?" +
        @"(?:\.[a-zA-Z0-9\u0100-\uffff](?:[a-zA-Z0-9\u0100-\uffff-]*[a-zA-Z0-9\u0100-\uffff])?)*\z", Linear)]
    private static partial Regex Hostname();

    [GeneratedRegex(@"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}\z", Linear)]
    private static partial Regex Ipv4();

    [GeneratedRegex(@"^(?:(?:[0-9a-fA-F]{2}[:-]){5,7}[0-9a-fA-F]{2}|" +
        @"(?:[0-9a-fA-F]{4}\.){2,3}[0-9a-fA-F]{4})\z", Linear)]
    private static partial Regex Mac();

    [GeneratedRegex(@"^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\z", Linear)]
    private static partial Regex Uuid();

    [GeneratedRegex(@"^[0-9]{9}[0-9X]\z", Linear)]
    private static partial Regex Isbn10();

    [GeneratedRegex(@"^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|" +
        @"3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11})\z", Linear)]
    private static partial Regex CreditCard();

    [GeneratedRegex(@"^[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}\z", Linear)]
    private static partial Regex Ssn();

    [GeneratedRegex(@"^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\z", Linear)]
    private static partial Regex HexColor();

    [GeneratedRegex(@"^rgb\(\s*[0-9]{1,3}\s*,\s*[0-9]{1,3}\s*,\s*[0-9]{1,3}\s*\)\z", Linear)]
    private static partial Regex RgbColor();

    [GeneratedRegex(@"^[A-Za-z0-9+/]*={0,2}\z", Linear)]
    private static partial Regex Base64();

    [GeneratedRegex(@"^[0-9a-fA-F]{24}\z", Linear)]
    private static partial Regex ObjectId();

    [GeneratedRegex(@"^[a-zA-Z][a-zA-Z0-9+.-]*:", Linear)]
    private static partial Regex Scheme();
}
