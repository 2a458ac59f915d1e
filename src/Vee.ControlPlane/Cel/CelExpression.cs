namespace Vee.ControlPlane.Cel;

/// <summary>A parsed and checked expression.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class CelExpression
{
    private readonly CelNode node;

    private CelExpression(CelNode node, CelType type, IReadOnlySet<string> used)
    {
        this.node = node;
        Type = type;
        Used = used;
    }

    /// <summary>The type of its values.</summary>
    internal CelType Type { get; }

    /// <summary>Which variables it names.</summary>
    internal IReadOnlySet<string> Used { get; }

    /// <summary>Parses and checks an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="variables">What it may name, with types.</param>
    /// <param name="error">What is wrong, with lines and markers, as cel-go prints it; empty when nothing is.</param>
    /// <returns>Null when something is wrong.</returns>
    internal static CelExpression? TryCompile(
        string text, IReadOnlyDictionary<string, CelType> variables, out string error)
    {
        error = "";
        try
        {
            var parsed = CelParser.Parse(text);
            var (type, issues, used) = CelChecker.Check(parsed, variables);
            if (issues.Count == 0)
            {
                return new(parsed, type, used);
            }

            error = CelIssue.Format(text, issues);
        }
        catch (CelSyntaxException broken)
        {
            error = CelIssue.Format(text, [broken.Issue]);
        }

        return null;
    }

    /// <summary>Evaluates the expression.</summary>
    /// <param name="variables">The values of what it names.</param>
    /// <param name="costMax">What it may cost.</param>
    /// <param name="cost">What it cost.</param>
    /// <returns>The value; a <see cref="CelError"/> when there is none.</returns>
    internal object Evaluate(IReadOnlyDictionary<string, object> variables, long costMax, out long cost)
    {
        var evaluator = new CelEvaluator(variables, costMax);
        try
        {
            return evaluator.Evaluate(node);
        }
        catch (CelCostException exceeded)
        {
            return new CelError(exceeded.Message);
        }
        finally
        {
            cost = evaluator.Cost;
        }
    }
}
