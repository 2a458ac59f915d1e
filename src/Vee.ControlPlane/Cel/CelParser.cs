namespace Vee.ControlPlane.Cel;

/// <summary>Parses expressions; macros become nodes of their own.</summary>
/// <remarks>Source: the grammar of the CEL specification; error texts are those that cel-go's generated parser gives.
/// </remarks>
internal sealed class CelParser
{
    /// <summary>Nesting beyond this is refused.</summary>
    /// <value>250 levels, as in cel-go.</value>
    private const int DepthMax = 250;

    /// <summary>Longer chains of operators of one rank, or of fields, are refused.</summary>
    /// <value>500 operators.</value>
    private const int ChainMax = 500;

    /// <summary>Longer expressions are refused.</summary>
    /// <value>100,000 code points, as in cel-go.</value>
    private const int LengthMax = 100_000;

    private const string Expected = "expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, " +
        "NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

    private static readonly string[][] BinaryOperators =
        [["||"], ["&&"], ["<", "<=", ">=", ">", "==", "!=", "in"], ["+", "-"], ["*", "/", "%"]];

    private readonly List<CelToken> tokens;
    private int next;
    private int depth;

    private CelParser(List<CelToken> tokens) => this.tokens = tokens;

    private CelToken Current => tokens[next];

    /// <exception cref="CelSyntaxException">It is not an expression.</exception>
    internal static CelNode Parse(string text)
    {
        if (text.Length > LengthMax)
        {
            throw new CelSyntaxException(new(
                0, $"expression code point size exceeds limit: size: {text.Length}, limit {LengthMax}"));
        }

        var parser = new CelParser(new CelLexer(text).Read());
        var node = parser.ParseExpression();
        return parser.Current.Kind == CelTokenKind.End
            ? node
            : throw Broken(parser.Current, $"mismatched input '{Show(parser.Current)}' expecting <EOF>");
    }

    private CelNode ParseExpression()
    {
        if (++depth > DepthMax)
        {
            throw new CelSyntaxException(new(Current.At, $"expression recursion limit exceeded: {DepthMax}"));
        }

        var condition = ParseBinary(0);
        if (Current is { Kind: CelTokenKind.Symbol, Text: "?" })
        {
            var at = tokens[next++].At;
            var left = ParseBinary(0);
            Take(":");
            var right = ParseExpression();
            condition = new CelCall(at, "_?_:_", [condition, left, right], IsMember: false);
        }

        depth--;
        return condition;
    }

    private CelNode ParseBinary(int level)
    {
        if (level == BinaryOperators.Length)
        {
            return ParseUnary();
        }

        var left = ParseBinary(level + 1);
        var length = 0;
        while (Current.Kind == CelTokenKind.Symbol && BinaryOperators[level].Contains(Current.Text))
        {
            var token = tokens[next++];
            CheckChain(++length, token);
            var right = ParseBinary(level + 1);
            var name = token.Text == "in" ? "@in" : $"_{token.Text}_";
            left = new CelCall(token.At, name, [left, right], IsMember: false);
        }

        return left;
    }

    private CelNode ParseUnary()
    {
        if (Current is not { Kind: CelTokenKind.Symbol, Text: "!" or "-" })
        {
            return ParseMember();
        }

        var token = tokens[next++];
        if (token.Text == "-" && Current.Kind == CelTokenKind.Literal && Negated(Current.Value) is { } negative)
        {
            next++;
            return ParseSuffixes(new CelLiteral(token.At, negative));
        }

        if (++depth > DepthMax)
        {
            throw new CelSyntaxException(new(token.At, $"expression recursion limit exceeded: {DepthMax}"));
        }

        var operand = ParseUnary();
        depth--;
        return new CelCall(token.At, token.Text == "!" ? "!_" : "-_", [operand], IsMember: false);
    }

    /// <summary>A long chain is a deep tree, which everything after the parser walks by recursion.</summary>
    private static void CheckChain(int length, CelToken token)
    {
        if (length > ChainMax)
        {
            throw new CelSyntaxException(new(token.At, $"expression recursion limit exceeded: {ChainMax}"));
        }
    }

    private static object? Negated(object? literal) => literal switch
    {
        long whole => -whole,
        double number => -number,
        MinusMin => long.MinValue,
        _ => null,
    };

    private CelNode ParseMember() => ParseSuffixes(ParsePrimary());

    private CelNode ParseSuffixes(CelNode node)
    {
        var length = 0;
        while (Current is { Kind: CelTokenKind.Symbol, Text: "." or "[" })
        {
            var token = tokens[next++];
            CheckChain(++length, token);
            var isOptional = Current is { Kind: CelTokenKind.Symbol, Text: "?" };
            next += isOptional ? 1 : 0;
            if (token.Text == "[")
            {
                var index = ParseExpression();
                Take("]");
                node = new CelCall(token.At, isOptional ? "_[?_]" : "_[_]", [node, index], IsMember: false);
                continue;
            }

            if (Current.Kind != CelTokenKind.Identifier && Current is not { Kind: CelTokenKind.Symbol, Text: "in" })
            {
                throw Broken(Current, $"no viable alternative at input '.{Show(Current)}'");
            }

            var name = tokens[next++];
            node = !isOptional && Current is { Kind: CelTokenKind.Symbol, Text: "(" }
                ? ParseCall(node, name)
                : new CelSelect(token.At, node, name.Text, IsTest: false, isOptional);
        }

        return node;
    }

    private CelNode ParsePrimary()
    {
        var token = tokens[next++];
        switch (token)
        {
            case { Kind: CelTokenKind.Literal, Value: not MinusMin }:
                return new CelLiteral(token.At, token.Value!);
            case { Kind: CelTokenKind.Identifier }:
                if (Current is { Kind: CelTokenKind.Symbol, Text: "(" })
                {
                    return ParseCall(null, token);
                }

                return CelNames.IsReserved(token.Text)
                    ? throw new CelSyntaxException(new(token.At, $"reserved identifier: {token.Text}"))
                    : new CelIdentifier(token.At, token.Text);
            case { Kind: CelTokenKind.Symbol, Text: "(" }:
                var inner = ParseExpression();
                Take(")");
                return inner;
            case { Kind: CelTokenKind.Symbol, Text: "[" }:
                return new CelListLiteral(token.At, ParseList("]"));
            case { Kind: CelTokenKind.Symbol, Text: "{" }:
                return ParseMap(token.At);
            case { Kind: CelTokenKind.Literal }:
                throw new CelSyntaxException(new(token.At, "invalid int literal"));
            default:
                throw Broken(token, $"mismatched input '{Show(token)}' {Expected}");
        }
    }

    private CelMapLiteral ParseMap(int at)
    {
        var entries = new List<(CelNode, CelNode)>();
        while (Current is not { Kind: CelTokenKind.Symbol, Text: "}" })
        {
            var key = ParseExpression();
            Take(":");
            entries.Add((key, ParseExpression()));
            if (Current is not { Kind: CelTokenKind.Symbol, Text: "," })
            {
                break;
            }

            next++;
        }

        Take("}");
        return new(at, entries);
    }

    private List<CelNode> ParseList(string end)
    {
        var items = new List<CelNode>();
        while (!(Current.Kind == CelTokenKind.Symbol && Current.Text == end))
        {
            items.Add(ParseExpression());
            if (Current is not { Kind: CelTokenKind.Symbol, Text: "," })
            {
                break;
            }

            next++;
        }

        Take(end);
        return items;
    }

    private CelNode ParseCall(CelNode? target, CelToken name)
    {
        var open = tokens[next++].At;
        var arguments = ParseList(")");
        return CelMacros.Expand(open, target, name.Text, arguments)
            ?? new CelCall(open, QualifiedName(target, name.Text) ?? name.Text,
                target is null || QualifiedName(target, name.Text) is not null ? arguments : [target, .. arguments],
                IsMember: target is not null && QualifiedName(target, name.Text) is null);
    }

    /// <summary>Functions whose names contain a dot.</summary>
    private static string? QualifiedName(CelNode? target, string name) =>
        target is CelIdentifier { Name: "optional" or "math" or "strings" or "base64" or "ip" } group &&
        $"{group.Name}.{name}" is "optional.of" or "optional.none" or "optional.ofNonZeroValue" or "math.greatest"
            or "math.least" or "ip.isCanonical"
            ? $"{((CelIdentifier)target).Name}.{name}"
            : null;

    private void Take(string symbol)
    {
        if (Current.Kind != CelTokenKind.Symbol || Current.Text != symbol)
        {
            throw Broken(Current, Current.Kind == CelTokenKind.End
                ? $"missing '{symbol}' at '<EOF>'"
                : $"mismatched input '{Show(Current)}' expecting '{symbol}'");
        }

        next++;
    }

    private static string Show(CelToken token) => token.Text.Length > 0 ? token.Text : $"'{token.Value}'";

    private static CelSyntaxException Broken(CelToken token, string text) =>
        new(new(token.At, "Syntax error: " + text));
}
