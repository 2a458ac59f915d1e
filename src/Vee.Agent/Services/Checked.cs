using Vee.Agent.Storage;

namespace Vee.Agent.Services;

/// <summary>Checks what callers send against the contract's bounds, and names the field that is wrong.</summary>
internal static class Checked
{
    internal const int NameCharactersMax = 253;

    /// <summary>An identity: letters, digits and <c>-_.:</c>, at most 128.</summary>
    internal static string Uid(string field, string value) =>
        value.Length is >= 1 and <= 128 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':')
            ? value
            : throw Refused.Invalid($"{field} must be 1 to 128 letters, digits, '-', '_', '.' or ':'");

    internal static string Text(string field, string value, int charactersMax) =>
        value.Length <= charactersMax && !value.Contains('\0', StringComparison.Ordinal)
            ? value
            : throw Refused.Invalid($"{field} must have at most {charactersMax} characters and no NUL");

    /// <summary>As <see cref="Text"/>; a host's name is part of the names of its random streams.</summary>
    internal static string HostName(string field, string value) =>
        value.Length > 0 && !value.Contains('/', StringComparison.Ordinal)
            ? Text(field, value, NameCharactersMax)
            : throw Refused.Invalid($"{field} must not be empty or have a '/'");

    internal static string Digest(string field, string value) =>
        ImageDigest.IsValid(value)
            ? value
            : throw Refused.Invalid($"{field} must be sha256: and 64 hexadecimal digits in lower case");

    internal static int Range(string field, int value, int min, int max) => (int)Range(field, (long)value, min, max);

    internal static long Range(string field, long value, long min, long max) =>
        value >= min && value <= max
            ? value
            : throw Refused.Invalid($"{field} must be {min} to {max}, not {value}");

    internal static void Count(string field, int count, int max)
    {
        if (count > max)
        {
            throw Refused.Invalid($"{field} must have at most {max} entries, not {count}");
        }
    }
}
