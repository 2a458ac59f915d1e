namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>How messages show what somebody else has written.</summary>
public static class ScenarioText
{
    /// <summary>Defects that are told; a text with more is no text of this kind at all.</summary>
    public const int DefectsMax = 100;

    private const int ShownMax = 40;

    /// <summary>On one line, and not all of it.</summary>
    public static string Shown(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var start = text.Length <= ShownMax ? text : $"{text[..ShownMax]}...";
        return string.Concat(start.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
