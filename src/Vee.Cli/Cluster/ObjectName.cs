namespace Vee.Cli.Cluster;

/// <summary>Names of objects, checked before they become part of a path.</summary>
/// <remarks>Source: Kubernetes documentation, object names and IDs, DNS subdomain names.</remarks>
internal static class ObjectName
{
    private const int LengthMax = 253;

    /// <summary>What <see cref="IsValid"/> asks for, to stand after the name.</summary>
    internal const string Rule = "must be a name of lower-case letters, digits, '-' and '.'";

    internal static bool IsValid(string name) =>
        name.Length is >= 1 and <= LengthMax
        && name.All(letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '.')
        && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]);
}
