namespace Vee.Api;

/// <summary>How long texts of a status may be: the API server refuses a status with a longer one.</summary>
public static class StatusText
{
    /// <summary>Characters of a word: a reason, a state, a hash.</summary>
    public const int WordLength = 64;

    /// <summary>Characters of host:port.</summary>
    public const int AddressLength = 259;

    /// <summary>Characters of where a program comes from.</summary>
    public const int SourceLength = 1024;

    /// <summary>Characters of an answered request: as many as the annotation with it can have.</summary>
    public const int RequestLength = 262_144;

    /// <summary>Characters of a symbol with an offset; those of C++ are long.</summary>
    public const int SymbolLength = 1024;

    /// <summary>Characters of a sentence about an end.</summary>
    public const int MessageLength = 4096;

    /// <summary>Characters of a condition's message.</summary>
    /// <remarks>Source: Kubernetes API, Condition.</remarks>
    public const int ConditionMessageLength = 32_768;

    /// <summary>Cuts a text to a length; an ellipsis at its end says that something is missing.</summary>
    /// <param name="text">Any text, also null.</param>
    /// <param name="length">Characters at most, 1 or more.</param>
    public static string? Cut(string? text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (text is null || text.Length <= length)
        {
            return text;
        }

        // Half a surrogate pair is no text.
        var kept = char.IsHighSurrogate(text[Math.Max(length - 2, 0)]) ? length - 2 : length - 1;
        return string.Concat(text.AsSpan(0, Math.Max(kept, 0)), "…");
    }
}
