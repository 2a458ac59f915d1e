using System.Globalization;
using System.Text.RegularExpressions;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Randomness;
using Vee.Machines.Networking;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>A value of a text, where it is, and where to complain about it.</summary>
internal sealed partial record ScenarioValue(ScenarioNode Node, string Path, DefectList Defects)
{
    private const int NameMax = 63;

    /// <summary>What it is in words.</summary>
    public string Kind => Node switch
    {
        ScenarioNode.Mapping => "an object",
        ScenarioNode.Sequence => "a list",
        ScenarioNode.Scalar { IsQuoted: false, Text: "" or "~" or "null" or "Null" or "NULL" } => "nothing",
        ScenarioNode.Scalar scalar => $"'{ScenarioText.Shown(scalar.Text)}'",
        _ => "something else",
    };

    private bool IsNothing => Kind == "nothing";

    /// <summary>Complains.</summary>
    public void Refuse(string message) => Defects.Add(Path, Node.Position, message);

    /// <summary>A name as Kubernetes has them; null when it is none.</summary>
    public string? Name()
    {
        if (Text("a name") is not { } text)
        {
            return null;
        }

        if (text.Length is >= 1 and <= NameMax && NamePattern.IsMatch(text))
        {
            return text;
        }

        Refuse($"'{ScenarioText.Shown(text)}' must be a name: "
            + $"1 to {NameMax} of a-z, 0-9 and '-', '-' neither first nor last");
        return null;
    }

    /// <summary>A text; null when it is none.</summary>
    public string? Text(string what)
    {
        if (Node is ScenarioNode.Scalar scalar && (scalar.IsQuoted || !IsOtherThanText.IsMatch(scalar.Text)))
        {
            return scalar.Text;
        }

        Refuse(Node is ScenarioNode.Scalar && !IsNothing
            ? $"must be {what}, not {Kind}; text that looks like something else is written in quotes"
            : $"must be {what}, not {Kind}");
        return null;
    }

    /// <summary>A whole number; null when it is none or impossible.</summary>
    public long? Whole(long least, long most)
    {
        if (Node is ScenarioNode.Scalar { IsQuoted: false } scalar
            && long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most)
        {
            return number;
        }

        Refuse(string.Create(
            CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}, not {Kind}"));
        return null;
    }

    /// <summary>A number; null when it is none or impossible.</summary>
    public double? Number(decimal least, decimal most)
    {
        if (Node is ScenarioNode.Scalar { IsQuoted: false } scalar
            && Quantity.Number(scalar.Text) is { } number && number >= least && number <= most)
        {
            return (double)number;
        }

        Refuse(string.Create(CultureInfo.InvariantCulture, $"must be a number from {least} to {most}, not {Kind}"));
        return null;
    }

    /// <summary>True or false; null when it is neither.</summary>
    public bool? Flag()
    {
        switch (Node)
        {
            case ScenarioNode.Scalar { IsQuoted: false, Text: "true" }:
                return true;
            case ScenarioNode.Scalar { IsQuoted: false, Text: "false" }:
                return false;
            default:
                Refuse($"must be true or false, not {Kind}");
                return null;
        }
    }

    /// <summary>Nanoseconds; null when it is no time or impossible.</summary>
    public long? Duration(long least = 0, long most = Distribution.SampleMax) => Amount(
        Quantity.Duration, least, most, "a time with a unit, such as 5ms, 1.5us, 30s or 1m30s", "nanoseconds",
        DurationText);

    /// <summary>Bytes; null when it is no size or impossible.</summary>
    public long? Size(long least, long most) => Amount(
        Quantity.Size, least, most, "a size in bytes, such as 512, 64Ki, 4Gi or 100M", "bytes");

    /// <summary>Bytes a second; null when it is none or impossible.</summary>
    public long? BytesPerSecond(long most) => Amount(
        Quantity.BytesPerSecond, 1, most, "bytes a second, such as 500M/s or 64Ki/s", "bytes");

    /// <summary>Bits a second; null when it is none or impossible.</summary>
    public long? BitsPerSecond(long most) => Amount(
        Quantity.BitsPerSecond, 1, most, "bits a second, such as 1Gbit or 100Mbit", "bits");

    /// <summary>An IPv4 address; null when it is none.</summary>
    public uint? Address()
    {
        if (Node is ScenarioNode.Scalar scalar && Quantity.Address(scalar.Text) is { } address)
        {
            return address;
        }

        Refuse($"must be an IPv4 address, such as 10.0.0.2, not {Kind}");
        return null;
    }

    /// <summary>An IPv4 address and a port; null when it is none.</summary>
    public EndPoint4? EndPoint()
    {
        if (Node is ScenarioNode.Scalar scalar && scalar.Text.Split(':') is [var host, var port]
            && Quantity.Address(host) is { } address
            && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            return new EndPoint4(address, number);
        }

        Refuse($"must be an IPv4 address and a port, such as 10.0.0.2:7, not {Kind}");
        return null;
    }

    /// <summary>How often a second; null when it is no rate or impossible.</summary>
    public decimal? Rate(decimal least, decimal most)
    {
        if (Node is ScenarioNode.Scalar scalar && Quantity.PerSecond(scalar.Text) is { } rate
            && rate >= least && rate <= most)
        {
            return rate;
        }

        Refuse(string.Create(
            CultureInfo.InvariantCulture, $"must be a rate such as 200/s or 30/m, {least}/s to {most}/s, not {Kind}"));
        return null;
    }

    /// <summary>The items of a list; none when it is no list or has too few or too many.</summary>
    public IReadOnlyList<ScenarioValue> Items(int least, int most)
    {
        if (Node is not ScenarioNode.Sequence list)
        {
            Refuse($"must be a list, not {Kind}");
            return [];
        }

        if (list.Items.Count < least || list.Items.Count > most)
        {
            Refuse(string.Create(
                CultureInfo.InvariantCulture, $"has {list.Items.Count} items, must have {least} to {most}"));
            return [];
        }

        return [.. list.Items.Select((item, index) => new ScenarioValue(item, $"{Path}[{index}]", Defects))];
    }

    /// <summary>A time as people write it.</summary>
    internal static string DurationText(long nanoseconds)
    {
        var (size, unit) = nanoseconds switch
        {
            0 => (1L, ""),
            _ when nanoseconds % (3600 * VirtualTime.Second) == 0 => (3600 * VirtualTime.Second, "h"),
            _ when nanoseconds % VirtualTime.Second == 0 => (VirtualTime.Second, "s"),
            _ when nanoseconds % VirtualTime.Millisecond == 0 => (VirtualTime.Millisecond, "ms"),
            _ when nanoseconds % VirtualTime.Microsecond == 0 => (VirtualTime.Microsecond, "us"),
            _ => (1L, "ns"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / size}{unit}");
    }

    private long? Amount(
        Func<string, decimal?> parse, long least, long most, string what, string whole,
        Func<long, string>? bound = null)
    {
        bound ??= static value => value.ToString(CultureInfo.InvariantCulture);
        if (Node is not ScenarioNode.Scalar scalar || parse(scalar.Text) is not { } amount)
        {
            Refuse($"must be {what}, not {Kind}");
        }
        else if (amount < least || amount > most)
        {
            Refuse($"{Kind} is impossible: must be {bound(least)} to {bound(most)}");
        }
        else if (amount != decimal.Truncate(amount))
        {
            Refuse($"{Kind} is no whole number of {whole}");
        }
        else
        {
            return (long)amount;
        }

        return null;
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NamePattern { get; }

    // What YAML takes for a number, a truth value or nothing (YAML 1.1 as Kubernetes reads it).
    [GeneratedRegex(
        "^(~?|null|true|false|yes|no|on|off|y|n|[-+]?[.]?[0-9][0-9_.]*(e[-+]?[0-9]+)?|[-+]?[.](inf|nan)|0x[0-9a-f]+)$",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex IsOtherThanText { get; }
}
