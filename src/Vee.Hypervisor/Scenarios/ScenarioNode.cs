using System.Globalization;

namespace Vee.Hypervisor.Scenarios;

/// <summary>A place in a text.</summary>
/// <param name="Line">From 1; 0 when nobody knows.</param>
/// <param name="Column">From 1; 0 when nobody knows.</param>
public readonly record struct TextPosition(int Line, int Column) : IComparable<TextPosition>
{
    /// <inheritdoc/>
    public int CompareTo(TextPosition other) => (Line, Column).CompareTo((other.Line, other.Column));

    /// <summary>Whether it comes before another.</summary>
    public static bool operator <(TextPosition left, TextPosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether it comes after another.</summary>
    public static bool operator >(TextPosition left, TextPosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether it does not come after another.</summary>
    public static bool operator <=(TextPosition left, TextPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether it does not come before another.</summary>
    public static bool operator >=(TextPosition left, TextPosition right) => left.CompareTo(right) >= 0;
}

/// <summary>What is written somewhere, whatever language it was written in.</summary>
/// <param name="Position">Where.</param>
public abstract record ScenarioNode(TextPosition Position)
{
    /// <summary>An object: fields by name.</summary>
    /// <param name="Fields">In the order of the text; no name is there twice.</param>
    /// <param name="Position">Where.</param>
    public sealed record Mapping(IReadOnlyList<ScenarioField> Fields, TextPosition Position) : ScenarioNode(Position);

    /// <summary>A list.</summary>
    /// <param name="Items">In order.</param>
    /// <param name="Position">Where.</param>
    public sealed record Sequence(IReadOnlyList<ScenarioNode> Items, TextPosition Position) : ScenarioNode(Position);

    /// <summary>A text, a number, true, false or null.</summary>
    /// <param name="Text">As it is written, without quotes.</param>
    /// <param name="IsQuoted">Whether it is text whatever it looks like.</param>
    /// <param name="Position">Where.</param>
    public sealed record Scalar(string Text, bool IsQuoted, TextPosition Position) : ScenarioNode(Position);
}

/// <summary>A field of an object.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Position">Where the name is.</param>
public sealed record ScenarioField(string Name, ScenarioNode Value, TextPosition Position);

/// <summary>Something that is wrong with a text.</summary>
/// <param name="Path">The field, such as <c>spec.hosts[0].name</c>; empty for the text as a whole.</param>
/// <param name="Position">Where.</param>
/// <param name="Message">What, and what would be right.</param>
public sealed record ScenarioDefect(string Path, TextPosition Position, string Message)
{
    /// <summary>In one line, with the place in front when it is known.</summary>
    public override string ToString()
    {
        var place = Position.Line > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{Position.Line}:{Position.Column}: ")
            : "";
        return $"{place}{(Path.Length > 0 ? $"{Path}: " : "")}{Message}";
    }
}
