using System.Text;
using System.Text.RegularExpressions;

namespace Vee.ControlPlane.Schemas;

/// <summary>The forms of names, label keys and label values, with the texts of what is wrong with one.</summary>
/// <remarks>Source: apimachinery, <c>util/validation</c> and <c>api/validate/content</c>.</remarks>
internal static partial class Names
{
    private const string Label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private const string Qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

    private const string QualifiedText =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
        "character";

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    /// <summary>What is wrong with a name.</summary>
    /// <param name="rule">Which names are allowed.</param>
    /// <param name="name">The name.</param>
    /// <param name="isPrefix">True for generateName, to which a random part will be added.</param>
    internal static IReadOnlyList<string> Check(NameRule rule, string name, bool isPrefix)
    {
        var whole = isPrefix && name.Length > 1 && name.EndsWith('-') ? name[..^2] + "a" : name;
        return rule switch
        {
            NameRule.Subdomain => CheckSubdomain(whole),
            NameRule.Label => CheckLabel(whole),
            NameRule.Rfc1035Label => CheckRfc1035Label(whole),
            NameRule.PathSegment => CheckPathSegment(name, isPrefix),
            _ => [],
        };
    }

    internal static IReadOnlyList<string> CheckSubdomain(string value) =>
    [
        .. TooLong(value, 253, "must be no more than 253 characters"),
        .. Subdomain().IsMatch(value)
            ? (string[])[]
            : [Explain(
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and " +
                "must start and end with an alphanumeric character", $"{Label}(\\.{Label})*", "example.com")],
    ];

    internal static IReadOnlyList<string> CheckLabel(string value) =>
    [
        .. TooLong(value, 63, "must be no more than 63 characters"),
        .. LabelForm().IsMatch(value) ? (string[])[]
            : Subdomain().IsMatch(value) ? ["must not contain dots"]
            : [Explain(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must " +
                "start and end with an alphanumeric character", Label, "my-name", "123-abc")],
    ];

    internal static IReadOnlyList<string> CheckRfc1035Label(string value) =>
    [
        .. TooLong(value, 63, "must be no more than 63 characters"),
        .. Rfc1035().IsMatch(value)
            ? (string[])[]
            : [Explain(
                "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an " +
                "alphabetic character, and end with an alphanumeric character",
                "[a-z]([-a-z0-9]*[a-z0-9])?", "my-name", "abc-123")],
    ];

    /// <summary>What is wrong with the key of a label or annotation, or the name of a finalizer.</summary>
    internal static IReadOnlyList<string> CheckQualified(string value)
    {
        var errors = new List<string>();
        var parts = value.Split('/');
        if (parts.Length > 2)
        {
            var text = Explain(QualifiedText, Qualified, "MyName", "my.name", "123-abc");
            return
            [
                $"a valid label key {text} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
            ];
        }

        if (parts.Length == 2)
        {
            errors.AddRange(parts[0].Length == 0
                ? ["prefix part must be non-empty"]
                : CheckSubdomain(parts[0]).Select(e => "prefix part " + e));
        }

        var name = parts[^1];
        if (name.Length == 0)
        {
            errors.Add("name part must be non-empty");
        }

        errors.AddRange(TooLong(name, 63, "name part must be no more than 63 bytes"));
        if (!QualifiedForm().IsMatch(name))
        {
            errors.Add("name part " + Explain(QualifiedText, Qualified, "MyName", "my.name", "123-abc"));
        }

        return errors;
    }

    internal static IReadOnlyList<string> CheckLabelValue(string value) =>
    [
        .. TooLong(value, 63, "must be no more than 63 bytes"),
        .. value.Length == 0 || QualifiedForm().IsMatch(value)
            ? (string[])[]
            : [Explain(
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and " +
                "must start and end with an alphanumeric character",
                $"({Qualified})?", "MyValue", "my_value", "12345")],
    ];

    internal static IReadOnlyList<string> CheckPathSegment(string value, bool isPrefix)
    {
        if (!isPrefix && value is "." or "..")
        {
            return [$"may not be '{value}'"];
        }

        return [.. "/%".Where(value.Contains).Select(c => $"may not contain '{c}'")];
    }

    /// <summary>The sentence with examples and expression that Kubernetes appends.</summary>
    internal static string Explain(string message, string expression, params ReadOnlySpan<string> examples)
    {
        var text = new StringBuilder(message).Append(" (");
        for (var i = 0; i < examples.Length; i++)
        {
            text.Append(i == 0 ? "e.g. '" : " or '").Append(examples[i]).Append("', ");
        }

        return text.Append("regex used for validation is '").Append(expression).Append("')").ToString();
    }

    private static string[] TooLong(string value, int bytesMax, string message) =>
        Encoding.UTF8.GetByteCount(value) > bytesMax ? [message] : [];

    [GeneratedRegex(@"^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\z", Linear)]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\z", Linear)]
    private static partial Regex LabelForm();

    [GeneratedRegex(@"^[a-z](?:[-a-z0-9]*[a-z0-9])?\z", Linear)]
    private static partial Regex Rfc1035();

    [GeneratedRegex(@"^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z", Linear)]
    private static partial Regex QualifiedForm();
}
