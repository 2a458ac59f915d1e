namespace Vee.ControlPlane.Cel;

/// <summary>A part of an expression.</summary>
/// <param name="At">Where its operator or name begins, in UTF-16 units from the start of the expression.</param>
internal abstract record CelNode(int At);

/// <summary>A constant: null, bool, long, ulong, double, string or byte[].</summary>
internal sealed record CelLiteral(int At, object Value) : CelNode(At);

/// <summary>A variable.</summary>
internal sealed record CelIdentifier(int At, string Name) : CelNode(At);

/// <summary>A field of a value; as a test, whether it is there; optionally, an optional of it.</summary>
internal sealed record CelSelect(int At, CelNode Operand, string Field, bool IsTest, bool IsOptional) : CelNode(At);

/// <summary>A call of a function or operator; the target of a method is the first argument.</summary>
internal sealed record CelCall(int At, string Function, IReadOnlyList<CelNode> Arguments, bool IsMember) : CelNode(At);

internal sealed record CelListLiteral(int At, IReadOnlyList<CelNode> Items) : CelNode(At);

internal sealed record CelMapLiteral(int At, IReadOnlyList<(CelNode Key, CelNode Value)> Entries) : CelNode(At);

/// <summary>
/// A macro over a list or map: <c>all</c>, <c>exists</c>, <c>exists_one</c>, <c>map</c>, <c>filter</c>.
/// </summary>
/// <param name="At">Where its parenthesis opens.</param>
/// <param name="Macro">Its name.</param>
/// <param name="Range">What it runs over.</param>
/// <param name="Variables">One variable; two where key and value (or index and item) are asked for.</param>
/// <param name="Condition">Which items count; null for all.</param>
/// <param name="Result">What a map makes of an item; null for the others.</param>
internal sealed record CelMacro(
    int At, string Macro, CelNode Range, IReadOnlyList<string> Variables, CelNode? Condition, CelNode? Result)
    : CelNode(At);

/// <summary><c>optMap</c> and <c>optFlatMap</c> over an optional.</summary>
internal sealed record CelOptionalMap(int At, CelNode Operand, string Variable, CelNode Result, bool IsFlat)
    : CelNode(At);

/// <summary>Something wrong with an expression.</summary>
/// <param name="At">Where, in UTF-16 units.</param>
/// <param name="Text">What.</param>
internal sealed record CelIssue(int At, string Text)
{
    /// <summary>All issues with the lines that they are in and markers, as cel-go prints them.</summary>
    internal static string Format(string expression, IEnumerable<CelIssue> issues) =>
        string.Join('\n', issues.OrderBy(i => i.At).Select(i => i.Format(expression)));

    private string Format(string expression)
    {
        var start = At == 0 ? 0 : expression.LastIndexOf('\n', Math.Min(At, expression.Length) - 1) + 1;
        var end = expression.IndexOf('\n', start);
        var line = expression[start..(end < 0 ? expression.Length : end)];
        var number = expression.AsSpan(0, start).Count('\n') + 1;
        var column = expression[start..Math.Min(At, expression.Length)].EnumerateRunes().Count();
        return $"ERROR: <input>:{number}:{column + 1}: {Text}\n | {line}\n | {new string('.', column)}^";
    }
}

/// <summary>An expression that cannot be parsed.</summary>
internal sealed class CelSyntaxException(CelIssue issue) : Exception(issue.Text)
{
    internal CelIssue Issue => issue;
}
