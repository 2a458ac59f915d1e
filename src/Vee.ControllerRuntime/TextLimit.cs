using System.Text;

namespace Vee.ControllerRuntime;

/// <summary>Cuts texts to what the server takes, between characters: half a surrogate pair is no text.</summary>
internal static class TextLimit
{
    /// <param name="text">Any text.</param>
    /// <param name="charactersMax">UTF-16 characters at most, 1 or more.</param>
    internal static string Cut(string text, int charactersMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(charactersMax, 1);
        if (text.Length <= charactersMax)
        {
            return text;
        }

        var isPairSplit = char.IsHighSurrogate(text[charactersMax - 1]) && char.IsLowSurrogate(text[charactersMax]);
        return text[..(isPairSplit ? charactersMax - 1 : charactersMax)];
    }

    /// <param name="text">Any text.</param>
    /// <param name="bytesMax">Bytes of UTF-8 at most.</param>
    internal static string CutBytes(string text, int bytesMax)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytesMax)
        {
            return text;
        }

        var (length, bytes) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > bytesMax)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }
}
