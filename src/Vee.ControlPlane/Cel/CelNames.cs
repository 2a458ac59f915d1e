using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>How properties are called in rules, where not every name is an identifier.</summary>
/// <remarks>Source: apiserver, <c>pkg/cel/escaping.go</c>.</remarks>
internal static class CelNames
{
    /// <summary>All that rules see of an object's metadata.</summary>
    internal static readonly StructuralSchema Metadata = StructuralSchema.Parse(new JsonObject
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["name"] = new JsonObject { ["type"] = "string" },
            ["generateName"] = new JsonObject { ["type"] = "string" },
        },
    });

    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let", "loop", "package", "namespace", "return", "var", "void", "while",
    };

    /// <summary>The name of a property in rules; null when it has none.</summary>
    internal static string? Escape(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(IsPossible))
        {
            return null;
        }

        if (Reserved.Contains(name))
        {
            return $"__{name}__";
        }

        return new StringBuilder(name).Replace("__", "__underscores__").Replace(".", "__dot__")
            .Replace("-", "__dash__").Replace("/", "__slash__").ToString();
    }

    /// <summary>The property that a name in rules stands for.</summary>
    internal static string Unescape(string name)
    {
        if (name.Length > 4 && name.StartsWith("__", StringComparison.Ordinal) &&
            name.EndsWith("__", StringComparison.Ordinal) && Reserved.Contains(name[2..^2]))
        {
            return name[2..^2];
        }

        return new StringBuilder(name).Replace("__dot__", ".").Replace("__dash__", "-").Replace("__slash__", "/")
            .Replace("__underscores__", "__").ToString();
    }

    internal static bool IsReserved(string name) => Reserved.Contains(name);

    private static bool IsPossible(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '/';
}
