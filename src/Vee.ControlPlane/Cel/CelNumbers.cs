using System.Globalization;
using System.Text;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>Conversions between numbers and text.</summary>
internal static class CelNumbers
{
    internal static object ToInt(object value) => value switch
    {
        long => value,
        ulong unsigned => checked((long)unsigned),
        double number => number is > -9.2233720368547758e18 and < 9.2233720368547758e18
            ? (long)Math.Truncate(number)
            : new CelError("integer overflow"),
        string text when long.TryParse(
            text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        string => new CelError("type conversion error from 'string' to 'int'"),
        CelTimestamp time => time.Time.ToUnixTimeSeconds(),
        CelDuration duration => duration.Nanoseconds,
        _ => CelError.NoOverload,
    };

    internal static object ToUint(object value) => value switch
    {
        ulong => value,
        long whole => checked((ulong)whole),
        double number => number is >= 0 and < 1.8446744073709552e19
            ? (ulong)number
            : new CelError("unsigned integer overflow"),
        string text when ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) => whole,
        string => new CelError("type conversion error from 'string' to 'uint'"),
        _ => CelError.NoOverload,
    };

    internal static object ToDouble(object value) => value switch
    {
        double => value,
        long whole => (double)whole,
        ulong unsigned => (double)unsigned,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) =>
            number,
        string => new CelError("type conversion error from 'string' to 'double'"),
        _ => CelError.NoOverload,
    };

    internal static object ToText(object value) => value switch
    {
        string => value,
        bool flag => flag ? "true" : "false",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        ulong unsigned => unsigned.ToString(CultureInfo.InvariantCulture),
        double number => GoText.Number(number),
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        CelTimestamp time => CelTime.Format(time.Time),
        CelDuration duration => Seconds(duration.Nanoseconds),
        CelIp ip => ip.Address.ToString(),
        CelCidr cidr => $"{cidr.Address}/{cidr.Bits.ToString(CultureInfo.InvariantCulture)}",
        _ => CelError.NoOverload,
    };

    /// <summary>A duration in seconds, as cel-go converts it to text.</summary>
    private static string Seconds(long nanoseconds) =>
        (nanoseconds / 1_000_000_000m).ToString("0.#########", CultureInfo.InvariantCulture) + "s";
}
