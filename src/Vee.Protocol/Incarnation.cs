using System.Globalization;

namespace Vee.Protocol;

/// <summary>
/// One start of an agent. Starts on one data directory follow each other: the directory's lock proves to each that the
/// process before it is dead, and with it every machine that it held.
/// </summary>
/// <param name="Directory">Identifies the data directory: 16 hexadecimal digits, made with it.</param>
/// <param name="Start">How often an agent has been started on it, this time included.</param>
public readonly record struct Incarnation(string Directory, long Start)
{
    private const int IdLength = 16;

    /// <summary>Reads the form of <see cref="ToString"/>.</summary>
    /// <returns>Null when it is none.</returns>
    public static Incarnation? TryParse(string text) =>
        text.Split('.') is [{ Length: IdLength } directory, var number]
            && directory.All(char.IsAsciiHexDigitLower)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var start) && start > 0
            ? new Incarnation(directory, start) : null;

    /// <summary>Whether one incarnation proves that another has ended.</summary>
    /// <param name="later">Of an agent that was seen.</param>
    /// <param name="earlier">Of the agent that is asked about.</param>
    /// <returns>False, too, when nothing is proved: other directories, or texts that are no incarnations.</returns>
    public static bool Proves(string later, string earlier) =>
        TryParse(later) is { } seen && TryParse(earlier) is { } asked
        && seen.Directory == asked.Directory && seen.Start > asked.Start;

    /// <summary>For the wire and for objects: <c>DIRECTORY.START</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Directory}.{Start}");
}
