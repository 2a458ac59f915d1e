using System.CommandLine.Parsing;
using System.Globalization;

namespace Vee.Cli;

/// <summary>Numbers as option values, refused with a sentence that says what they may be.</summary>
internal static class Numbers
{
    /// <summary>Reads a decimal number.</summary>
    /// <returns>The number; null when it was refused.</returns>
    internal static int? Parse(ArgumentResult result, string option, int minimum, int maximum) =>
        Parse(result, option, (ulong)minimum, (ulong)maximum) is { } number ? (int)number : null;

    /// <summary>Reads a decimal number.</summary>
    /// <returns>The number; null when it was refused.</returns>
    internal static ulong? Parse(ArgumentResult result, string option, ulong minimum, ulong maximum)
    {
        var text = result.Tokens[0].Value;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= minimum && number <= maximum)
        {
            return number;
        }

        result.AddError(string.Create(
            CultureInfo.InvariantCulture, $"{option} '{text}' must be a number from {minimum} to {maximum}."));
        return null;
    }
}
