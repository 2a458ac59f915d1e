using System.Text;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>The <c>fieldPath</c> of a rule: <c>.name</c>, <c>.labels['a.b']</c>.</summary>
/// <remarks>Source: apiextensions-apiserver, <c>schema/cel/validation.go</c>.</remarks>
internal static class CelFieldPath
{
    /// <summary>Follows a path through a schema.</summary>
    /// <param name="text">The path.</param>
    /// <param name="schema">Where it starts.</param>
    /// <param name="error">Why there is nothing; empty when there is.</param>
    /// <returns>The path to append to that of the value, for example <c>labels[a.b]</c>; null when it is not valid.
    /// </returns>
    internal static string? TryResolve(string text, StructuralSchema schema, out string error)
    {
        var path = FieldPath.Root;
        var at = 0;
        while (at < text.Length)
        {
            string name;
            if (text[at] == '.')
            {
                var found = text.AsSpan(at + 1).IndexOfAny('.', '[', ']');
                var end = found < 0 ? text.Length : at + 1 + found;
                name = text[(at + 1)..end];
                at = end;
                if (name.Length == 0)
                {
                    error = "unexpected end of JSON path";
                    return null;
                }
            }
            else if (text[at] == '[')
            {
                if (!TryReadQuoted(text, ref at, out name, out error))
                {
                    return null;
                }
            }
            else
            {
                error = $"expected [ or . but got: {text[at..]}";
                return null;
            }

            var isProperty = schema.Properties.Count > 0;
            var below = isProperty ? schema.Properties.GetValueOrDefault(name) : schema.AdditionalProperties;
            if (below is null)
            {
                error = "does not refer to a valid field";
                return null;
            }

            path = isProperty ? path.Child(name) : path.Key(name);
            schema = below;
        }

        error = "";
        return path.IsRoot ? "" : path.ToString();
    }

    private static bool TryReadQuoted(string text, ref int at, out string name, out string error)
    {
        name = "";
        error = "unexpected end of JSON path";
        if (at + 1 >= text.Length)
        {
            return false;
        }

        if (text[at + 1] != '\'')
        {
            var end = text.IndexOf(']', at);
            error = $"expected single quoted string but got {text[(at + 1)..(end < 0 ? text.Length : end)]}";
            return false;
        }

        var value = new StringBuilder();
        for (var i = at + 2; i < text.Length; i++)
        {
            if (text[i] == '\'')
            {
                at = i + 2;
                name = value.ToString();
                error = i + 1 < text.Length && text[i + 1] != ']' ? $"expected ] but got {text[i + 1]}" : error;
                return i + 1 < text.Length && text[i + 1] == ']';
            }

            if (text[i] == '\\' && i + 1 < text.Length)
            {
                i++;
            }

            value.Append(text[i]);
        }

        return false;
    }
}
