using System.Text.RegularExpressions;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>Evaluates checked expressions, counting what it costs.</summary>
/// <remarks>
/// Failures are values, as the specification has it: <c>false &amp;&amp; failure</c> is false. Costs are those of
/// cel-go:
/// one for a variable, field or call, more for calls whose work grows with their arguments, 10 and 30 for lists and
/// maps.
/// </remarks>
internal sealed class CelEvaluator(IReadOnlyDictionary<string, object> variables, long costMax)
{
    private const int PatternCost = 100;

    private readonly Dictionary<string, Stack<object>> scope = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Regex? Regex, string Error)> patterns = new(StringComparer.Ordinal);

    /// <summary>What was spent so far.</summary>
    internal long Cost { get; private set; }

    /// <exception cref="CelCostException">The limit was reached.</exception>
    internal object Evaluate(CelNode node)
    {
        switch (node)
        {
            case CelLiteral literal:
                return literal.Value;
            case CelIdentifier identifier:
                return EvaluateIdentifier(identifier.Name);
            case CelSelect select:
                return EvaluateSelect(select);
            case CelCall call:
                return EvaluateCall(call);
            case CelListLiteral list:
                Spend(10);
                var items = list.Items.Select(Evaluate).ToList();
                return items.Find(i => i is CelError) ?? new CelList(items);
            case CelMapLiteral map:
                return EvaluateMap(map);
            case CelMacro macro:
                return EvaluateMacro(macro);
            case CelOptionalMap map:
                return EvaluateOptionalMap(map);
            default:
                return new CelError("unknown expression");
        }
    }

    /// <summary>A regular expression, compiled once in an evaluation.</summary>
    internal (Regex? Regex, string Error) Regex(string pattern)
    {
        if (!patterns.TryGetValue(pattern, out var compiled))
        {
            // Compiling is dear: a rule that makes its expressions from data pays for each.
            Spend(PatternCost);
            var regex = GoRegex.TryCompile(pattern, out var error);
            patterns[pattern] = compiled = (regex, error);
        }

        return compiled;
    }

    /// <summary>Pays for work.</summary>
    internal void Spend(long cost)
    {
        Cost += cost;
        if (Cost > costMax)
        {
            throw new CelCostException();
        }
    }

    private object EvaluateIdentifier(string name)
    {
        Spend(1);
        if (scope.TryGetValue(name, out var values) && values.Count > 0)
        {
            return values.Peek();
        }

        return variables.TryGetValue(name, out var value) ? value
            : name is "int" or "uint" or "double" or "bool" or "string" or "bytes" or "list" or "map" or "null_type"
                or "type" ? new CelTypeValue(name)
            : new CelError($"no such attribute(s): {name}");
    }

    private object EvaluateSelect(CelSelect select)
    {
        var operand = Evaluate(select.Operand);
        Spend(1);
        if (operand is CelError)
        {
            return operand;
        }

        var isOptional = select.IsOptional || operand is CelOptional;
        if (operand is CelOptional optional)
        {
            if (optional.Value is null)
            {
                return select.IsTest ? false : operand;
            }

            operand = optional.Value;
        }

        var found = (operand as CelMap)?.Find(select.Field);
        if (select.IsTest)
        {
            // A null where the schema allows it counts as there.
            return operand is CelMap ? found is not null : CelError.NoOverload;
        }

        if (isOptional)
        {
            return found is null ? CelOptional.None : new CelOptional(found);
        }

        return found ?? (operand is CelMap ? new CelError($"no such key: {select.Field}") : CelError.NoOverload);
    }

    private object EvaluateCall(CelCall call)
    {
        switch (call.Function)
        {
            case "_&&_":
                return Combine(call, isAnd: true);
            case "_||_":
                return Combine(call, isAnd: false);
            case "_?_:_":
                return Evaluate(call.Arguments[0]) switch
                {
                    true => Evaluate(call.Arguments[1]),
                    false => Evaluate(call.Arguments[2]),
                    CelError error => error,
                    _ => CelError.NoOverload,
                };
        }

        var arguments = new object[call.Arguments.Count];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = Evaluate(call.Arguments[i]);
        }

        var failure = Array.Find(arguments, a => a is CelError);
        Spend(CelCosts.Of(call.Function, arguments));
        return failure ?? CelLibrary.Call(call.Function, arguments, this);
    }

    private object Combine(CelCall call, bool isAnd)
    {
        var left = Evaluate(call.Arguments[0]);
        if (left is bool first && first != isAnd)
        {
            return first;
        }

        var right = Evaluate(call.Arguments[1]);
        if (right is bool second && second != isAnd)
        {
            return second;
        }

        return left is bool && right is bool ? isAnd
            : left is CelError ? left
            : right is CelError ? right
            : CelError.NoOverload;
    }

    private object EvaluateMap(CelMapLiteral map)
    {
        Spend(30);
        var entries = new List<KeyValuePair<object, object>>();
        foreach (var (key, value) in map.Entries)
        {
            var pair = KeyValuePair.Create(Evaluate(key), Evaluate(value));
            if (pair.Key is CelError || pair.Value is CelError)
            {
                return pair.Key is CelError ? pair.Key : pair.Value;
            }

            if (entries.Exists(e => CelEquality.Equals(e.Key, pair.Key)))
            {
                return new CelError($"failed with repeated key: {pair.Key}");
            }

            entries.Add(pair);
        }

        return new CelMap(entries);
    }

    private object EvaluateMacro(CelMacro macro)
    {
        var range = Evaluate(macro.Range);
        var entries = range switch
        {
            CelList list => list.Items.Select((item, i) => (Key: (object)(long)i, Value: item)),
            CelMap map => map.Keys.Select(key => (Key: key, Value: (object)key)),
            _ => null,
        };
        if (entries is null)
        {
            return range is CelError ? range : CelError.NoOverload;
        }

        var run = new MacroRun(macro.Macro);
        foreach (var (key, value) in entries)
        {
            var isPair = macro.Variables.Count == 2;
            var second = isPair && range is CelMap map ? map.Find(key)! : value;
            Push(macro.Variables[0], isPair ? key : value);
            if (isPair)
            {
                Push(macro.Variables[1], second);
            }

            // The step of the loop itself: the test that it goes on and the accumulation.
            Spend(2);
            var condition = macro.Condition is null ? true : Evaluate(macro.Condition);
            var result = condition is true && macro.Result is not null ? Evaluate(macro.Result) : second;
            scope[macro.Variables[0]].Pop();
            if (isPair)
            {
                scope[macro.Variables[1]].Pop();
            }

            if (run.Take(condition, result))
            {
                break;
            }
        }

        return run.Result;
    }

    private object EvaluateOptionalMap(CelOptionalMap map)
    {
        var operand = Evaluate(map.Operand);
        if (operand is not CelOptional { Value: { } content })
        {
            return operand is CelOptional or CelError ? operand : CelError.NoOverload;
        }

        Push(map.Variable, content);
        var result = Evaluate(map.Result);
        scope[map.Variable].Pop();
        return map.IsFlat || result is CelError ? result : new CelOptional(result);
    }

    private void Push(string name, object value)
    {
        if (!scope.TryGetValue(name, out var values))
        {
            scope[name] = values = new Stack<object>();
        }

        values.Push(value);
    }

    /// <summary>The accumulation of a macro.</summary>
    private sealed class MacroRun(string macro)
    {
        private readonly List<object> items = [];
        private int count;
        private object? failure;
        private object? decision;

        internal object Result => decision ?? macro switch
        {
            "all" => failure ?? true,
            "exists" => failure ?? false,
            "exists_one" => failure ?? (count == 1),
            _ => failure ?? new CelList(items),
        };

        /// <returns>True when the rest does not matter.</returns>
        internal bool Take(object condition, object item)
        {
            if (condition is not bool holds)
            {
                failure ??= condition is CelError ? condition : CelError.NoOverload;
                return macro is not ("all" or "exists");
            }

            if ((macro == "all" && !holds) || (macro == "exists" && holds))
            {
                decision = holds;
                return true;
            }

            count += holds ? 1 : 0;
            if (holds && macro is "map" or "filter")
            {
                if (holds && item is CelError)
                {
                    failure = item;
                    return true;
                }

                if (holds)
                {
                    items.Add(item);
                }
            }

            return false;
        }
    }
}

/// <summary>An evaluation cost more than it may.</summary>
internal sealed class CelCostException : Exception
{
    internal CelCostException()
        : base("operation cancelled: actual cost limit exceeded")
    {
    }
}
