using Vee.ControlPlane.Cel;
using Xunit;

namespace Vee.ControlPlane.Tests.Cel;

public sealed class CelExpressionTests
{
    private static readonly Dictionary<string, CelType> Types = new(StringComparer.Ordinal)
    {
        ["n"] = CelType.Int,
        ["s"] = CelType.String,
        ["l"] = CelType.ListOf(CelType.Int),
        ["d"] = CelType.Dyn,
    };

    private static readonly Dictionary<string, object> Values = new(StringComparer.Ordinal)
    {
        ["n"] = 5L,
        ["s"] = "größe-2",
        ["l"] = new CelList([3L, 1L, 2L]),
        ["d"] = "text",
    };

    [Theory]
    [InlineData("1 + 2 * 3 == 7")]
    [InlineData("(1 + 2) * 3 == 9 && -n == -5 && 7 / 2 == 3 && -7 % 3 == -1")]
    [InlineData("2u + 3u == 5u && 1.5 + 1.5 == 3.0 && 1 < 1.5 && 2u > 1")]
    [InlineData("n in l == false && 3 in l && 'a' in {'a': 1} && !('b' in {'a': 1})")]
    [InlineData("n > 3 ? s == 'größe-2' : false")]
    [InlineData("s.size() == 7 && size(s) == 7 && s.startsWith('grö') && s.endsWith('2') && s.contains('ße')")]
    [InlineData("s.matches('^gr[a-zöß]+-[0-9]$') && !s.matches('^x')")]
    [InlineData("'ABC'.lowerAscii() == 'abc' && 'aÖ'.upperAscii() == 'AÖ' && ' x '.trim() == 'x'")]
    [InlineData("'a.b.c'.split('.') == ['a', 'b', 'c'] && ['a', 'b'].join('-') == 'a-b'")]
    [InlineData("'aXbX'.replace('X', '-') == 'a-b-' && 'aXbX'.replace('X', '-', 1) == 'a-bX'")]
    [InlineData("s.substring(2) == 'öße-2' && s.substring(0, 3) == 'grö'")]
    [InlineData("s.indexOf('ß') == 3 && s.charAt(2) == 'ö'")]
    [InlineData("s.indexOf('q') == -1 && 'abab'.lastIndexOf('ab') == 2 && 'abab'.indexOf('ab', 1) == 2")]
    [InlineData("'%s is %d, %.2f, %x'.format([dyn('a'), dyn(3), dyn(1.005), dyn(255)]) == 'a is 3, 1.00, ff'")]
    [InlineData("l.all(x, x > 0) && l.exists(x, x == 2) && l.exists_one(x, x == 3) && !l.exists(x, x > 9)")]
    [InlineData("l.map(x, x * 2) == [6, 2, 4] && l.filter(x, x > 1) == [3, 2] && l.map(x, x > 1, x + 1) == [4, 3]")]
    [InlineData("!l.isSorted() && l.sum() == 6 && l.min() == 1 && l.max() == 3 && l.indexOf(2) == 2")]
    [InlineData("{'a': 1, 'b': 2}.all(k, k != 'c') && {'a': 1}.a == 1 && has({'a': 1}.a) && !has({'a': 1}.b)")]
    [InlineData(
        "int('42') == 42 && double('1.5') == 1.5 && string(7) == '7' && uint(3) == 3u" +
        " && string(true) == 'true'")]
    [InlineData("bytes('ab') == b'ab' && string(b'ab') == 'ab' && size(b'\\xff\\x00') == 2")]
    [InlineData(
        "duration('1h30m').getMinutes() == 90 && duration('90m') == duration('1h30m')" +
        " && duration('1s') < duration('2s')")]
    [InlineData(
        "timestamp('2026-01-02T03:04:05Z').getFullYear() == 2026" +
        " && timestamp('2026-01-02T03:04:05Z').getMonth() == 0")]
    [InlineData("timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') == duration('24h')")]
    [InlineData("timestamp('2026-01-01T00:00:00Z') + duration('1h') > timestamp('2026-01-01T00:30:00Z')")]
    [InlineData(
        "quantity('1Gi').isGreaterThan(quantity('1000Mi'))" +
        " && quantity('100m').compareTo(quantity('0.1')) == 0")]
    [InlineData(
        "quantity('2k').asInteger() == 2000 && quantity('-1').sign() == -1 && isQuantity('1.5Gi')" +
        " && !isQuantity('x')")]
    [InlineData("quantity('1Ki').add(quantity('1')).asInteger() == 1025 && !quantity('0.5').isInteger()")]
    [InlineData("isIP('10.0.0.1') && !isIP('10.0.0.256') && ip('::1').isLoopback() && ip('10.0.0.1').family() == 4")]
    [InlineData(
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP('11.0.0.1')" +
        " && isCIDR('::/0')")]
    [InlineData("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.0.0.7/8').masked().prefixLength() == 8")]
    [InlineData(
        "url('https://h:81/p?a=1').getHost() == 'h:81' && url('https://h/p').getScheme() == 'https'" +
        " && isURL('/x')")]
    [InlineData("optional.of(3).orValue(4) == 3 && optional.none().orValue(4) == 4 && !optional.none().hasValue()")]
    [InlineData("{'a': {'b': 1}}.?a.?b.orValue(0) == 1 && {'a': {'b': 1}}.?x.?b.orValue(0) == 0")]
    [InlineData("optional.of(2).optMap(x, x * 2).value() == 4")]
    [InlineData("!(false && 1 / 0 == 1) && (true || 1 / 0 == 1)")]
    [InlineData("(1 / 0 == 1 || true) && !(1 / 0 == 1 && false)")]
    [InlineData("[1 / 0 == 1, true].exists(x, x) || true")]
    [InlineData("\"a\\n\\u00e9\" == 'a\\né' && r'\\d' == '\\\\d' && '''a'b''' == \"a'b\"")]
    [InlineData("9223372036854775807 > 0 && -9223372036854775808 < 0 && 0xff == 255 && 1e3 == 1000.0")]
    [InlineData("d == 'text' && type(d) == string && dyn(1) == 1.0")]
    [InlineData("'ab'.reverse() == 'ba' && 'abc'.find('[bc]+') == 'bc' && 'a1b2'.findAll('[0-9]') == ['1', '2']")]
    [InlineData("// a comment\n n == 5")]
    public void Expression_is_true(string text)
    {
        var expression = CelExpression.TryCompile(text, Types, out var error);

        Assert.True(expression is not null, error);
        Assert.Equal(true, expression.Evaluate(Values, 1_000_000, out _));
    }

    [Theory]
    [InlineData("n / 0", "division by zero")]
    [InlineData("n % 0", "modulus by zero")]
    [InlineData("9223372036854775807 + n", "integer overflow")]
    [InlineData("l[7]", "index out of bounds: 7")]
    [InlineData("{'a': 1}['b']", "no such key: b")]
    [InlineData("int('x')", "type conversion error from 'string' to 'int'")]
    [InlineData("s.matches('(')", "error parsing regexp: ")]
    [InlineData("d + 1", "no such overload")]
    [InlineData("quantity('x')", "quantities must match the regular expression ")]
    public void Expression_fails(string text, string start)
    {
        var expression = CelExpression.TryCompile(text, Types, out var error);

        Assert.True(expression is not null, error);
        Assert.StartsWith(start, Assert.IsType<CelError>(expression.Evaluate(Values, 1_000_000, out _)).Text);
    }

    [Theory]
    [InlineData(
        "n == 's'",
        "ERROR: <input>:1:3: found no matching overload for '_==_' applied to '(int, string)'\n | n == 's'\n" +
        " | ..^")]
    [InlineData(
        "n +",
        "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!'," +
        " 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | n +\n | ...^")]
    [InlineData("m == 1", "ERROR: <input>:1:1: undeclared reference to 'm' (in container '')\n | m == 1\n | ^")]
    [InlineData(
        "s.nope()",
        "ERROR: <input>:1:7: undeclared reference to 'nope' (in container '')\n | s.nope()\n | ......^")]
    [InlineData("n.x == 1", "ERROR: <input>:1:2: type 'int' does not support field selection\n | n.x == 1\n | .^")]
    [InlineData(
        "s.startsWith(1)",
        "ERROR: <input>:1:13: found no matching overload for 'startsWith' applied to 'string.(int)'\n |" +
        " s.startsWith(1)\n | ............^")]
    [InlineData(
        "n.all(x, true)",
        "ERROR: <input>:1:1: expression of type 'int' cannot be range of a comprehension (must be list, map," +
        " or dynamic)\n | n.all(x, true)\n | ^")]
    [InlineData("n ==\n m", "ERROR: <input>:2:2: undeclared reference to 'm' (in container '')\n |  m\n | .^")]
    [InlineData(
        "[1, 'a'] == []",
        "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, 'a'] == []\n | ....^")]
    public void Expression_does_not_compile(string text, string expected)
    {
        Assert.Null(CelExpression.TryCompile(text, Types, out var error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData(
        "l.all(a, l.all(b, l.all(c, l.all(d, l.all(e, l.all(f, l.all(g, l.all(h, l.all(i, l.all(j," +
        " l.all(k, l.all(m, a + b + c + d + e + f + g + h + i + j + k + m > 0))))))))))))")]
    [InlineData(
        "l.map(a, l.map(b, l.map(c, l.map(d, l.map(e, l.map(f, l.map(g, l.map(h, l.map(i, l.map(j," +
        " l.map(k, l.map(m, 'x'))))))))))).size() > 0)")]
    public void Nested_macros_are_stopped_at_the_limit_of_cost(string text)
    {
        var expression = CelExpression.TryCompile(text, Types, out var error);
        Assert.True(expression is not null, error);

        var result = expression.Evaluate(Values, CelRun.CallCostMax, out var cost);

        Assert.Equal("operation cancelled: actual cost limit exceeded", Assert.IsType<CelError>(result).Text);
        Assert.InRange(cost, CelRun.CallCostMax, CelRun.CallCostMax + 10_000);
    }

    [Theory]
    [InlineData("1 in l", 10_000)]
    [InlineData("l.isSorted()", 10_000)]
    [InlineData("l == l.map(x, x)", 20_000)]
    [InlineData("s.contains('bbbbbbbbbbbbbbbbbbbb')", 2_000)]
    public void Work_that_grows_with_its_arguments_costs_accordingly(string text, long costMin)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["l"] = new CelList(Enumerable.Repeat((object)7L, 10_000)),
            ["s"] = new string('a', 10_000),
        };
        var expression = CelExpression.TryCompile(text, Types, out var error);
        Assert.True(expression is not null, error);

        expression.Evaluate(values, CelRun.CallCostMax, out var cost);

        Assert.InRange(cost, costMin, CelRun.CallCostMax);
    }

    [Fact]
    public void Deep_and_long_expressions_are_refused_not_followed()
    {
        foreach (var text in (string[])[
            new string('(', 10_000), new string('!', 10_000) + "true", new string('-', 10_000) + "n",
            string.Join(" + ", Enumerable.Repeat("1", 10_000)) + " > 0",
            "n" + string.Concat(Enumerable.Repeat(".x", 10_000)), new string('[', 10_000),
            "'" + new string('a', 200_000), string.Concat(Enumerable.Repeat("true ? ", 10_000))])
        {
            Assert.Null(CelExpression.TryCompile(text, Types, out var error));
            Assert.StartsWith("ERROR: <input>:", error);
        }
    }

    [Fact]
    public void Doubling_strings_is_stopped_at_the_limit_of_cost()
    {
        var doubled = "s";
        for (var i = 0; i < 40; i++)
        {
            doubled = $"[{doubled}].map(x, x + x)[0]";
        }

        var expression = CelExpression.TryCompile($"{doubled}.size() > 0", Types, out var error);
        Assert.True(expression is not null, error);

        Assert.IsType<CelError>(expression.Evaluate(Values, CelRun.CallCostMax, out _));
    }
}
