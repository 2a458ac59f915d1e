using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>An address.</summary>
internal sealed record CelIp(IPAddress Address);

/// <summary>An address with a prefix length.</summary>
internal sealed record CelCidr(IPAddress Address, int Bits);

/// <summary>A URL.</summary>
internal sealed record CelUrl(Uri Uri);

/// <summary>Functions that only Kubernetes has: quantities, addresses, URLs; and parts of times.</summary>
internal static class CelKubernetesFunctions
{
    /// <returns>Null where there is no such function.</returns>
    internal static object? Call(string name, object[] a) => a.Length == 0 ? null : a[0] switch
    {
        string text => OfText(name, text),
        CelQuantity quantity => OfQuantity(name, quantity, a),
        CelIp ip => OfIp(name, ip.Address),
        CelCidr cidr => OfCidr(name, cidr, a),
        CelUrl url => OfUrl(name, url.Uri),
        CelTimestamp time when name.StartsWith("get", StringComparison.Ordinal) =>
            CelTime.Part(name, time.Time, a.Length > 1 ? (string)a[1] : null) is int part
                ? (long)part
                : CelTime.Part(name, time.Time, a.Length > 1 ? (string)a[1] : null),
        CelDuration duration when name.StartsWith("get", StringComparison.Ordinal) =>
            CelTime.Part(name, duration.Nanoseconds),
        _ => null,
    };

    private static object? OfText(string name, string text)
    {
        switch (name)
        {
            case "quantity":
                return CelQuantity.TryParse(text) ?? (object)new CelError(
                    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
            case "isQuantity":
                return CelQuantity.TryParse(text) is not null;
            case "ip":
                return Formats.IsAddress(text, out var address)
                    ? new CelIp(address!)
                    : new CelError($"IP Address {GoText.Quote(text)} parse error during conversion from string");
            case "isIP":
                return Formats.IsAddress(text, out _);
            case "ip.isCanonical":
                return Formats.IsAddress(text, out var canonical) && canonical!.ToString() == text;
            case "cidr":
                return ParseCidr(text) ?? (object)new CelError(
                    $"network address parse error during conversion from string: {text}");
            case "isCIDR":
                return ParseCidr(text) is not null;
            case "url":
                return ParseUrl(text) ?? (object)new CelError(
                    $"URL parse error during conversion from string: parse {GoText.Quote(text)}: invalid URI for " +
                    "request");
            case "isURL":
                return ParseUrl(text) is not null;
            default:
                return null;
        }
    }

    private static object? OfQuantity(string name, CelQuantity quantity, object[] a)
    {
        var other = a.Length < 2 ? CelQuantity.Of(0) : a[1] as CelQuantity ?? CelQuantity.Of((long)a[1]);
        return name switch
        {
            "sign" => (long)quantity.Sign,
            "isInteger" => quantity.IsInteger,
            "asInteger" => quantity.IsInteger
                ? quantity.ToLong()
                : new CelError("cannot convert value to integer"),
            "asApproximateFloat" => quantity.ToDouble(),
            "add" => new CelQuantity(quantity.Value + other.Value),
            "sub" => new CelQuantity(quantity.Value - other.Value),
            "isLessThan" => quantity.CompareTo(other) < 0,
            "isGreaterThan" => quantity.CompareTo(other) > 0,
            "compareTo" => (long)quantity.CompareTo(other),
            _ => null,
        };
    }

    private static object? OfIp(string name, IPAddress ip)
    {
        var isV4 = ip.AddressFamily == AddressFamily.InterNetwork;
        var bytes = ip.GetAddressBytes();
        var isLinkLocal = isV4 ? bytes[0] == 169 && bytes[1] == 254 : ip.IsIPv6LinkLocal;
        var isMulticast = isV4 ? bytes[0] is >= 224 and <= 239 : ip.IsIPv6Multicast;
        var isUnspecified = bytes.All(b => b == 0);
        return name switch
        {
            "family" => isV4 ? 4L : 6L,
            "isUnspecified" => isUnspecified,
            "isLoopback" => IPAddress.IsLoopback(ip),
            "isLinkLocalMulticast" => isV4
                ? bytes[0] == 224 && bytes[1] == 0 && bytes[2] == 0
                : bytes[0] == 0xff && (bytes[1] & 0x0f) == 2,
            "isLinkLocalUnicast" => isLinkLocal,
            "isGlobalUnicast" => !isUnspecified && !IPAddress.IsLoopback(ip) && !isMulticast && !isLinkLocal &&
                !bytes.All(b => b == 255),
            _ => null,
        };
    }

    private static object? OfCidr(string name, CelCidr cidr, object[] a)
    {
        switch (name)
        {
            case "ip":
                return new CelIp(cidr.Address);
            case "prefixLength":
                return (long)cidr.Bits;
            case "masked":
                return new CelCidr(Masked(cidr.Address, cidr.Bits), cidr.Bits);
            case "containsIP":
                var ip = a[1] as CelIp ?? OfText("ip", a[1] as string ?? "") as CelIp;
                return ip is null ? CelError.NoOverload : Contains(cidr, ip.Address, cidr.Bits);
            case "containsCIDR":
                var inner = a[1] as CelCidr ?? ParseCidr(a[1] as string ?? "");
                return inner is null ? CelError.NoOverload : Contains(cidr, inner.Address, inner.Bits);
            default:
                return null;
        }
    }

    private static bool Contains(CelCidr cidr, IPAddress address, int bits) =>
        address.AddressFamily == cidr.Address.AddressFamily && bits >= cidr.Bits &&
        Masked(address, cidr.Bits).Equals(Masked(cidr.Address, cidr.Bits));

    private static IPAddress Masked(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(bits - (i * 8), 0, 8);
            bytes[i] &= (byte)((0xff00 >> kept) & 0xff);
        }

        return new(bytes);
    }

    private static object? OfUrl(string name, Uri uri)
    {
        var isAbsolute = uri.IsAbsoluteUri;
        var text = uri.OriginalString;
        var query = text.IndexOf('?', StringComparison.Ordinal);
        return name switch
        {
            "getScheme" => isAbsolute ? uri.Scheme : "",
            "getHost" => isAbsolute ? uri.IsDefaultPort ? uri.Host : $"{uri.Host}:{uri.Port}" : "",
            "getHostname" => isAbsolute ? uri.Host.Trim('[', ']') : "",
            "getPort" => isAbsolute && text.Contains($":{uri.Port}", StringComparison.Ordinal)
                ? uri.Port.ToString(CultureInfo.InvariantCulture)
                : "",
            "getEscapedPath" => isAbsolute ? uri.AbsolutePath : query < 0 ? text : text[..query],
            "getQuery" => Query(query < 0 ? "" : text[(query + 1)..].Split('#')[0]),
            _ => null,
        };
    }

    private static CelMap Query(string query) => new(
        query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2))
            .GroupBy(p => WebUtility.UrlDecode(p[0]), StringComparer.Ordinal)
            .Select(g => KeyValuePair.Create(
                (object)g.Key,
                (object)new CelList(g.Select(p => (object)(p.Length > 1 ? WebUtility.UrlDecode(p[1]) : ""))))));

    private static CelCidr? ParseCidr(string text)
    {
        if (!Formats.IsCidr(text))
        {
            return null;
        }

        var parts = text.Split('/');
        return new(IPAddress.Parse(parts[0]), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static CelUrl? ParseUrl(string text) => Formats.Check("uri", text) == true &&
        Uri.TryCreate(text, text.StartsWith('/') ? UriKind.Relative : UriKind.Absolute, out var uri)
        ? new(uri)
        : null;
}
