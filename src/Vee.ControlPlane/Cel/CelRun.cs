using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>One run of all rules over one object, within a budget.</summary>
internal sealed class CelRun
{
    /// <summary>What one evaluation may cost.</summary>
    /// <value>1,000,000, as in Kubernetes.</value>
    internal const long CallCostMax = 1_000_000;

    /// <summary>What all evaluations for one object may cost.</summary>
    /// <value>10,000,000, as in Kubernetes.</value>
    internal const long RunCostMax = 10_000_000;

    private const int MessageBytesMax = 5 * 1024;

    private readonly List<FieldError> errors = [];
    private long budget = RunCostMax;

    internal IReadOnlyList<FieldError> Errors => errors;

    /// <summary>True when the budget is spent: nothing more runs.</summary>
    internal bool IsOver => budget < 0;

    /// <summary>Runs the rules of one value.</summary>
    internal void Run(
        IReadOnlyList<CelRule> rules, StructuralSchema schema, JsonNode value, JsonNode? old, Ratchet ratchet,
        FieldPath path)
    {
        if (rules.Count == 0)
        {
            return;
        }

        var self = CelConversion.FromJson(value, schema);
        var oldSelf = old is null ? null : CelConversion.FromJson(old, schema);
        foreach (var rule in rules)
        {
            if (IsOver)
            {
                return;
            }

            if (rule.Error.Length > 0)
            {
                Add(FieldError.Invalid(path, schema.Type, $"rule compile error: {rule.Error}"));
                continue;
            }

            var isOptional = rule.Source.OptionalOldSelf == true;
            if (rule.Expression is null || (rule.UsesOldSelf && oldSelf is null && !isOptional))
            {
                continue;
            }

            var variables = new Dictionary<string, object>(StringComparer.Ordinal) { ["self"] = self };
            if (isOptional)
            {
                variables["oldSelf"] = oldSelf is null ? CelOptional.None : new CelOptional(oldSelf);
            }
            else if (oldSelf is not null)
            {
                variables["oldSelf"] = oldSelf;
            }

            Run(rule, schema, value, variables, ratchet, path);
        }
    }

    private void Run(
        CelRule rule, StructuralSchema schema, JsonNode value, Dictionary<string, object> variables, Ratchet ratchet,
        FieldPath path)
    {
        var result = rule.Expression!.Evaluate(variables, CallCostMax, out var cost);
        if (cost > budget)
        {
            Stop(FieldError.Invalid(
                path, schema.Type,
                "validation failed due to running out of cost budget, no further validation rules will be run"));
            return;
        }

        budget -= cost;
        if (result is true)
        {
            return;
        }

        if (result is CelError error)
        {
            AddError(rule, schema, error.Text, path);
            return;
        }

        var at = path;
        if (rule.Source.FieldPath.Length > 0 &&
            CelFieldPath.TryResolve(rule.Source.FieldPath, schema, out _) is { Length: > 0 } below)
        {
            at = path.Child(below);
        }

        var detail = MakeMessage(rule, schema, variables, at);
        if (detail is null)
        {
            return;
        }

        // What was broken before the rule was there may stay so until it changes.
        if (rule.UsesOldSelf || !ratchet.IsUnchanged)
        {
            Add(MakeError(rule.Source.Reason, schema, value, detail, at));
        }
    }

    private void AddError(CelRule rule, StructuralSchema schema, string error, FieldPath path)
    {
        if (error.StartsWith("no such overload", StringComparison.Ordinal))
        {
            Add(FieldError.Invalid(
                path, schema.Type,
                $"'{error}': call arguments did not match a supported operator, function or macro signature for " +
                $"rule: {rule.Name}"));
        }
        else if (error.StartsWith("operation cancelled: actual cost limit exceeded", StringComparison.Ordinal))
        {
            Stop(FieldError.Invalid(
                path, schema.Type,
                $"'{error}': no further validation rules will be run due to call cost exceeds limit for rule: " +
                rule.Name));
        }
        else
        {
            Add(FieldError.Invalid(path, schema.Type, $"{error} evaluating rule: {rule.Name}"));
        }
    }

    /// <returns>Null when making the message used up the budget, which is reported instead.</returns>
    private string? MakeMessage(
        CelRule rule, StructuralSchema schema, Dictionary<string, object> variables, FieldPath path)
    {
        if (rule.MessageExpression is null || rule.MessageError.Length > 0)
        {
            return rule.Message;
        }

        var result = rule.MessageExpression.Evaluate(variables, CallCostMax, out var cost);
        var source = GoText.Quote(rule.Source.MessageExpression);
        if (cost > budget || cost > CallCostMax)
        {
            Stop(FieldError.Invalid(path, schema.Type, cost > budget
                ? "messageExpression evaluation failed due to running out of cost budget, no further validation " +
                    "rules will be run"
                : "no further validation rules will be run due to call cost exceeds limit for messageExpression: " +
                    source));
            return null;
        }

        budget -= cost;
        var text = (result as string ?? "").Trim();
        var isUsable = text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= MessageBytesMax && !text.Contains('\n');
        return isUsable ? text : rule.Message;
    }

    private static FieldError MakeError(
        string? reason, StructuralSchema schema, JsonNode value, string detail, FieldPath path)
    {
        var isShown = schema.Type is not ("object" or "array");
        return reason switch
        {
            "FieldValueForbidden" => FieldError.Forbidden(path, detail),
            "FieldValueRequired" => FieldError.Required(path, detail),
            "FieldValueDuplicate" => new(
                FieldErrorType.Duplicate, path.ToString(), isShown ? GoText.Value(value) : null, ""),
            _ => isShown ? FieldError.Invalid(path, value, detail) : FieldError.InvalidUnshown(path, detail),
        };
    }

    private void Stop(FieldError error)
    {
        Add(error);
        budget = -1;
    }

    private void Add(FieldError error) => errors.Add(error);
}
