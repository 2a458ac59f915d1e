using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Selectors;

/// <summary>One demand on one field.</summary>
internal readonly record struct FieldRequirement(string Field, string Value, bool IsEqual);

/// <summary>Which objects a request means, by the few fields that a kind lets select on.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/fields</c>.</remarks>
internal sealed class FieldSelector(IReadOnlyList<FieldRequirement> requirements)
{
    /// <summary>Selects everything.</summary>
    internal static readonly FieldSelector Everything = new([]);

    internal bool IsEverything => requirements.Count == 0;

    /// <summary>The name that every selected object has; null when the selector names none.</summary>
    internal string? Name => Demanded("metadata.name");

    /// <summary>The namespace that every selected object is in; null when the selector names none.</summary>
    internal string? Namespace => Demanded("metadata.namespace");

    /// <param name="field">Gives the value of a field of the object.</param>
    internal bool Matches(Func<string, string> field) =>
        requirements.All(r => field(r.Field) == r.Value == r.IsEqual);

    /// <summary>Reads the text of a query parameter.</summary>
    /// <param name="text">For example <c>metadata.name=a,spec.colour!=red</c>.</param>
    /// <param name="fault">Why the kind does not let select on a field; null when it does.</param>
    /// <exception cref="StatusException">400, with the words of Kubernetes.</exception>
    internal static FieldSelector Parse(string text, Func<string, string?> fault)
    {
        var found = new List<FieldRequirement>();
        foreach (var term in Terms(text))
        {
            if (term.Length == 0)
            {
                continue;
            }

            if (!TrySplit(term, out var requirement))
            {
                throw Fault.BadRequest(
                    $"invalid selector: '{text}'; can't understand '{term}'");
            }

            if (fault(requirement.Field) is { } why)
            {
                throw Fault.BadRequest(why);
            }

            found.Add(requirement);
        }

        return found.Count == 0 ? Everything : new(found);
    }

    private string? Demanded(string field)
    {
        foreach (var requirement in requirements)
        {
            if (requirement.IsEqual && requirement.Field == field)
            {
                return requirement.Value;
            }
        }

        return null;
    }

    /// <summary>Splits at commas that no backslash protects.</summary>
    private static IEnumerable<string> Terms(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }

    private static bool TrySplit(string term, out FieldRequirement requirement)
    {
        for (var i = 0; i < term.Length; i++)
        {
            var rest = term.AsSpan(i);
            foreach (var (sign, isEqual) in ((string, bool)[])[("!=", false), ("==", true), ("=", true)])
            {
                if (rest.StartsWith(sign, StringComparison.Ordinal))
                {
                    requirement = new(term[..i], Unescape(term[(i + sign.Length)..], term), isEqual);
                    return true;
                }
            }
        }

        requirement = default;
        return false;
    }

    private static string Unescape(string value, string term)
    {
        if (value.AsSpan().IndexOfAny('\\', ',', '=') < 0)
        {
            return value;
        }

        var plain = new System.Text.StringBuilder();
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length && value[i + 1] is '\\' or ',' or '=')
            {
                plain.Append(value[++i]);
            }
            else if (value[i] == '\\')
            {
                throw Fault.BadRequest($"invalid field selector: invalid escape sequence in value: {value[i..]}");
            }
            else if (value[i] is ',' or '=')
            {
                throw Fault.BadRequest($"invalid field selector: unescaped character in value: {GoText.Quote(term)}");
            }
            else
            {
                plain.Append(value[i]);
            }
        }

        return plain.ToString();
    }
}
