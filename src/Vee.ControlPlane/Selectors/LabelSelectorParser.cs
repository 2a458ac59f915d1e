using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Selectors;

/// <summary>Reads a label selector such as <c>app in (a,b),!old,tier=1</c>.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/labels/selector.go</c>, whose errors it repeats.</remarks>
internal sealed class LabelSelectorParser
{
    private readonly List<(Token Kind, string Text)> tokens;
    private int position;

    private LabelSelectorParser(string text) => tokens = Scan(text);

    private enum Token
    {
        /// <summary>Nothing follows.</summary>
        End,
        Identifier,
        Symbol,
        In,
        NotIn,
    }

    internal static LabelSelector Parse(string text)
    {
        var parser = new LabelSelectorParser(text);
        return new(parser.Requirements());
    }

    private List<LabelRequirement> Requirements()
    {
        var found = new List<LabelRequirement>();
        while (true)
        {
            var (kind, text) = Peek();
            if (kind == Token.End)
            {
                return found;
            }

            if (kind is Token.Symbol && text != "!")
            {
                throw Bad($"found '{text}', expected: !, identifier, or 'end of string'");
            }

            found.Add(Requirement());
            var (after, sign) = Next();
            if (after == Token.End)
            {
                return found;
            }

            if (sign != ",")
            {
                throw Bad($"found '{sign}', expected: ',' or 'end of string'");
            }

            var (follows, next) = Peek();
            if (follows is not (Token.Identifier or Token.In or Token.NotIn) && next != "!")
            {
                throw Bad($"found '{next}', expected: identifier after ','");
            }
        }
    }

    private LabelRequirement Requirement()
    {
        var absent = Peek() is (Token.Symbol, "!");
        if (absent)
        {
            position++;
        }

        var (kind, key) = Next();
        if (kind is not (Token.Identifier or Token.In or Token.NotIn))
        {
            throw Unparsed($"found '{key}', expected: identifier");
        }

        LabelText.RequireKey(key);
        var next = Peek();
        if (absent || next.Kind == Token.End || next.Text == ",")
        {
            return new(key, absent ? LabelOperator.DoesNotExist : LabelOperator.Exists, []);
        }

        var found = Operator();
        var values = found is LabelOperator.In or LabelOperator.NotIn && next.Kind is Token.In or Token.NotIn
            ? Values()
            : [Exact()];
        foreach (var value in values)
        {
            LabelText.RequireValue(key, value);
        }

        if (found is LabelOperator.GreaterThan or LabelOperator.LessThan && LabelRequirement.Whole(values[0]) is null)
        {
            throw Bad(
                $"values[0][{key}]: Invalid value: {GoText.Quote(values[0])}: for 'Gt', 'Lt' operators, the value must "
                + "be an integer");
        }

        return new(key, found, [.. values]);
    }

    private LabelOperator Operator()
    {
        var (kind, text) = Next();
        return (kind, text) switch
        {
            (Token.In, _) => LabelOperator.In,
            (Token.NotIn, _) => LabelOperator.NotIn,
            (_, "=" or "==") => LabelOperator.In,
            (_, "!=") => LabelOperator.NotIn,
            (_, ">") => LabelOperator.GreaterThan,
            (_, "<") => LabelOperator.LessThan,
            _ => throw Unparsed($"found '{text}', expected: in, notin, =, ==, !=, gt, lt"),
        };
    }

    /// <summary>The value after a sign of comparison; nothing stands for the empty value.</summary>
    private string Exact()
    {
        var (kind, text) = Peek();
        if (kind == Token.End || text == ",")
        {
            return "";
        }

        position++;
        return kind is Token.Identifier or Token.In or Token.NotIn
            ? text
            : throw Unparsed($"found '{text}', expected: identifier");
    }

    private List<string> Values()
    {
        var (_, open) = Next();
        if (open != "(")
        {
            throw Unparsed($"found '{open}' expected: '('");
        }

        var found = new SortedSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var (kind, text) = Next();
            switch (kind, text)
            {
                case (Token.Symbol, ")"):
                    found.Add("");
                    return [.. found];
                case (Token.Symbol, ","):
                    found.Add("");
                    continue;
                case (Token.Identifier or Token.In or Token.NotIn, _):
                    found.Add(text);
                    break;
                default:
                    throw Unparsed($"found '{text}', expected: ',', ')' or identifier");
            }

            var (_, after) = Next();
            if (after == ")")
            {
                return [.. found];
            }

            if (after != ",")
            {
                throw Unparsed($"found '{after}', expected: ',' or ')'");
            }
        }
    }

    private (Token Kind, string Text) Peek() => position < tokens.Count ? tokens[position] : (Token.End, "");

    private (Token Kind, string Text) Next()
    {
        var token = Peek();
        position++;
        return token;
    }

    private static List<(Token, string)> Scan(string text)
    {
        var found = new List<(Token, string)>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            if (IsSign(text[i]))
            {
                // The longest sign that exists: '=', '==', '!=', and the others alone.
                i += i + 1 < text.Length && text[i + 1] == '=' && text[i] is '=' or '!' ? Follows(text, i) : 1;
                found.Add((Token.Symbol, text[start..i]));
                continue;
            }

            while (i < text.Length && !IsSign(text[i]) && !char.IsWhiteSpace(text[i]))
            {
                i++;
            }

            var word = text[start..i];
            found.Add((word switch { "in" => Token.In, "notin" => Token.NotIn, _ => Token.Identifier }, word));
        }

        return found;
    }

    private static int Follows(string text, int i) => i + 1 < text.Length && text[i + 1] == '=' ? 2 : 1;

    private static bool IsSign(char c) => c is '=' or '!' or '(' or ')' or ',' or '>' or '<';

    private static StatusException Unparsed(string what) => Bad($"unable to parse requirement: {what}");

    private static StatusException Bad(string message) => Fault.BadRequest(message);
}
