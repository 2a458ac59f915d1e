using System.Text.RegularExpressions;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Selectors;

/// <summary>What keys and values of labels look like, as a selector checks them.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/util/validation</c>.</remarks>
internal static partial class LabelText
{
    private const int NameLengthMax = 63;
    private const int PrefixLengthMax = 253;

    private const string NameShape =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string ValueShape =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
        + "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string PrefixShape =
        "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
        + "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    /// <exception cref="StatusException">400: no key of a label looks like this.</exception>
    internal static void RequireKey(string key)
    {
        if (KeyFaults(key) is { Count: > 0 } faults)
        {
            throw Fault.BadRequest(
                $"unable to parse requirement: key: Invalid value: {GoText.Quote(key)}: {string.Join("; ", faults)}");
        }
    }

    /// <exception cref="StatusException">400: no value of a label looks like this.</exception>
    internal static void RequireValue(string key, string value)
    {
        var faults = new List<string>();
        if (value.Length > NameLengthMax)
        {
            faults.Add($"must be no more than {NameLengthMax} bytes");
        }

        if (value.Length > 0 && !Word().IsMatch(value))
        {
            faults.Add(ValueShape);
        }

        if (faults.Count > 0)
        {
            throw Fault.BadRequest(
                $"unable to parse requirement: values[0][{key}]: Invalid value: {GoText.Quote(value)}: "
                + string.Join("; ", faults));
        }
    }

    /// <summary>What is wrong with a qualified name; empty when nothing is.</summary>
    internal static IReadOnlyList<string> KeyFaults(string key)
    {
        var faults = new List<string>();
        var parts = key.Split('/');
        if (parts.Length > 2)
        {
            return
            [
                "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
                + "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
                + "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix "
                + "and '/' (e.g. 'example.com/MyName')",
            ];
        }

        if (parts.Length == 2)
        {
            if (parts[0].Length == 0)
            {
                faults.Add("prefix part must be non-empty");
            }
            else if (parts[0].Length > PrefixLengthMax)
            {
                faults.Add($"prefix part must be no more than {PrefixLengthMax} bytes");
            }
            else if (!Subdomain().IsMatch(parts[0]))
            {
                faults.Add(PrefixShape);
            }
        }

        var name = parts[^1];
        if (name.Length == 0)
        {
            faults.Add("name part must be non-empty");
        }
        else if (name.Length > NameLengthMax)
        {
            faults.Add($"name part must be no more than {NameLengthMax} bytes");
        }

        if (!Word().IsMatch(name))
        {
            faults.Add(NameShape);
        }

        return faults;
    }

    [GeneratedRegex("^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Word();

    [GeneratedRegex(
        @"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Subdomain();
}
