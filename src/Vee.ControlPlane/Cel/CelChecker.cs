namespace Vee.ControlPlane.Cel;

/// <summary>Finds the type of every part of an expression, and what cannot be.</summary>
/// <remarks>Texts are those of cel-go's checker.</remarks>
internal sealed class CelChecker
{
    private readonly List<CelIssue> issues = [];
    private readonly Stack<(string Name, CelType Type)> scope = new();
    private readonly IReadOnlyDictionary<string, CelType> variables;

    private CelChecker(IReadOnlyDictionary<string, CelType> variables) => this.variables = variables;

    /// <summary>Which of the variables the expression names.</summary>
    internal HashSet<string> Used { get; } = new(StringComparer.Ordinal);

    /// <summary>Checks an expression.</summary>
    /// <param name="node">The expression.</param>
    /// <param name="variables">What it may name.</param>
    internal static (CelType Type, IReadOnlyList<CelIssue> Issues, IReadOnlySet<string> Used) Check(
        CelNode node, IReadOnlyDictionary<string, CelType> variables)
    {
        var checker = new CelChecker(variables);
        var type = checker.TypeOf(node);
        return (type, checker.issues, checker.Used);
    }

    private CelType TypeOf(CelNode node) => node switch
    {
        CelLiteral literal => TypeOfLiteral(literal.Value),
        CelIdentifier identifier => TypeOfIdentifier(identifier),
        CelSelect select => TypeOfSelect(select),
        CelCall call => TypeOfCall(call),
        CelListLiteral list => CelType.ListOf(Common(list.Items)),
        CelMapLiteral map => CelType.MapOf(
            Common([.. map.Entries.Select(e => e.Key)]), Common([.. map.Entries.Select(e => e.Value)])),
        CelMacro macro => TypeOfMacro(macro),
        CelOptionalMap map => TypeOfOptionalMap(map),
        _ => CelType.Error,
    };

    private static CelType TypeOfLiteral(object value) => value switch
    {
        bool => CelType.Bool,
        long => CelType.Int,
        ulong => CelType.Uint,
        double => CelType.Double,
        string => CelType.String,
        byte[] => CelType.Bytes,
        _ => CelType.Null,
    };

    private CelType TypeOfIdentifier(CelIdentifier identifier)
    {
        foreach (var (name, type) in scope)
        {
            if (name == identifier.Name)
            {
                return type;
            }
        }

        if (variables.TryGetValue(identifier.Name, out var known))
        {
            Used.Add(identifier.Name);
            return known;
        }

        if (identifier.Name is "int" or "uint" or "double" or "bool" or "string" or "bytes" or "list" or "map"
            or "null_type" or "type")
        {
            return new(CelKind.Type);
        }

        return Report(identifier.At, $"undeclared reference to '{identifier.Name}' (in container '')");
    }

    private CelType TypeOfSelect(CelSelect select)
    {
        var operand = TypeOf(select.Operand);
        var isOptional = select.IsOptional || operand.Kind == CelKind.Optional;
        operand = operand.Kind == CelKind.Optional ? operand.Element! : operand;
        CelType? found;
        switch (operand.Kind)
        {
            case CelKind.Error or CelKind.Dyn or CelKind.Parameter:
                found = operand.Kind == CelKind.Error ? operand : CelType.Dyn;
                break;
            case CelKind.Map:
                found = operand.Element;
                break;
            case CelKind.Object:
                found = operand.Fields.GetValueOrDefault(select.Field)
                    ?? Report(SelectAt(select), $"undefined field '{select.Field}'");
                break;
            default:
                found = Report(SelectAt(select), $"type '{operand}' does not support field selection");
                break;
        }

        return select.IsTest ? CelType.Bool : isOptional ? CelType.OptionalOf(found!) : found!;
    }

    private static int SelectAt(CelSelect select) => select.At;

    private CelType TypeOfCall(CelCall call)
    {
        var arguments = call.Arguments.Select(TypeOf).ToList();
        if (arguments.Exists(a => a.Kind == CelKind.Error))
        {
            return CelType.Error;
        }

        if (CelFunctions.Find(call.Function) is not { } overloads)
        {
            return Report(call.At, $"undeclared reference to '{call.Function}' (in container '')");
        }

        CelType? result = null;
        foreach (var overload in overloads.Where(o =>
            o.IsMember == call.IsMember && o.Arguments.Count == arguments.Count))
        {
            var bound = new Dictionary<string, CelType>(StringComparer.Ordinal);
            if (overload.Arguments.Zip(arguments).All(pair => CelAssignment.TryBind(pair.First, pair.Second, bound)))
            {
                var found = CelAssignment.Substitute(overload.Result, bound);
                result = result is null || CelAssignment.AreSame(result, found) ? found : CelType.Dyn;
            }
        }

        return result ?? NoOverload(call, arguments);
    }

    private CelType NoOverload(CelCall call, List<CelType> arguments)
    {
        var shown = call.IsMember
            ? $"{arguments[0]}.({string.Join(", ", arguments.Skip(1))})"
            : $"({string.Join(", ", arguments)})";
        return Report(call.At, $"found no matching overload for '{call.Function}' applied to '{shown}'");
    }

    /// <summary>The one type of all items; mixed literals are refused, as Kubernetes does.</summary>
    private CelType Common(IReadOnlyList<CelNode> items)
    {
        CelType? common = null;
        foreach (var item in items)
        {
            var type = TypeOf(item);
            if (common is null || common.Kind is CelKind.Error or CelKind.Dyn)
            {
                common = common is { Kind: CelKind.Dyn } ? common : type;
            }
            else if (type.Kind is not (CelKind.Error or CelKind.Dyn) && !CelAssignment.AreSame(common, type))
            {
                Report(item.At, $"expected type '{common}' but found '{type}'");
            }
        }

        return common ?? new(CelKind.Parameter, Name: "_");
    }

    private CelType TypeOfMacro(CelMacro macro)
    {
        var range = TypeOf(macro.Range);
        (CelType First, CelType Second) types = range.Kind switch
        {
            CelKind.List => (CelType.Int, range.Element!),
            CelKind.Map => (range.Key!, range.Element!),
            CelKind.Dyn or CelKind.Error or CelKind.Parameter => (CelType.Dyn, CelType.Dyn),
            _ => (
                Report(
                    macro.Range.At,
                    $"expression of type '{range}' cannot be range of a comprehension (must be list, map, or dynamic)"),
                CelType.Error),
        };
        var isSingle = macro.Variables.Count == 1;
        var single = range.Kind == CelKind.Map ? types.First : types.Second;
        scope.Push((macro.Variables[0], isSingle ? single : types.First));
        if (!isSingle)
        {
            scope.Push((macro.Variables[1], types.Second));
        }

        var condition = macro.Condition is null ? CelType.Bool : TypeOf(macro.Condition);
        if (condition.Kind is not (CelKind.Bool or CelKind.Dyn or CelKind.Error))
        {
            var (name, shown) = macro.Macro switch
            {
                "all" => ("_&&_", $"(bool, {condition})"),
                "exists" => ("_||_", $"(bool, {condition})"),
                _ => ("_?_:_", $"({condition}, {(macro.Macro == "exists_one" ? "int, int" : "list, list")})"),
            };
            Report(macro.Condition!.At, $"found no matching overload for '{name}' applied to '{shown}'");
        }

        var result = macro.Result is null ? CelType.Dyn : TypeOf(macro.Result);
        scope.Pop();
        if (!isSingle)
        {
            scope.Pop();
        }

        return macro.Macro switch
        {
            "map" => CelType.ListOf(result),
            "filter" => range.Kind == CelKind.Map ? CelType.ListOf(single) : range with { Schema = null },
            _ => CelType.Bool,
        };
    }

    private CelType TypeOfOptionalMap(CelOptionalMap map)
    {
        var operand = TypeOf(map.Operand);
        if (operand.Kind is not (CelKind.Optional or CelKind.Dyn or CelKind.Error))
        {
            return Report(map.At, $"found no matching overload for 'hasValue' applied to '{operand}.()'");
        }

        scope.Push((map.Variable, operand.Element ?? CelType.Dyn));
        var result = TypeOf(map.Result);
        scope.Pop();
        return map.IsFlat ? result : CelType.OptionalOf(result);
    }

    private CelType Report(int at, string text)
    {
        issues.Add(new(at, text));
        return CelType.Error;
    }
}
