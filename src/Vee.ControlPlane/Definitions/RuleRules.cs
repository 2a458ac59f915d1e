using System.Text.Json.Nodes;
using Vee.ControlPlane.Cel;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Checks the rules of a schema.</summary>
internal static class RuleRules
{
    private static readonly string[] Reasons =
        ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

    /// <summary>Checks what can be said without compiling.</summary>
    internal static void CheckText(
        ValidationRule rule, StructuralSchema schema, FieldPath path, List<FieldError> errors)
    {
        var message = rule.Message.Trim();
        if (rule.Rule.Trim().Length == 0)
        {
            errors.Add(FieldError.Required(path.Child("rule"), "rule is not specified"));
        }
        else if (rule.Message.Length > 0 && message.Length == 0)
        {
            errors.Add(FieldError.Invalid(path.Child("message"), rule.Message, "must be non-empty if specified"));
        }
        else if (HasLines(message))
        {
            errors.Add(FieldError.Invalid(path.Child("message"), rule.Message, "must not contain line breaks"));
        }
        else if (HasLines(rule.Rule.Trim()) && message.Length == 0)
        {
            errors.Add(FieldError.Required(
                path.Child("message"), "message must be specified if rule contains line breaks"));
        }

        if (rule.MessageExpression.Length > 0 && rule.MessageExpression.Trim().Length == 0)
        {
            errors.Add(FieldError.Required(
                path.Child("messageExpression"), "messageExpression must be non-empty if specified"));
        }

        if (rule.Reason is { } reason && !Reasons.Contains(reason))
        {
            errors.Add(FieldError.NotSupported(path.Child("reason"), reason, Reasons));
        }

        CheckFieldPath(rule.FieldPath, schema, path.Child("fieldPath"), errors);
    }

    /// <summary>Checks what compiling found.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="uncorrelatable">Above this, values have no old ones; null: they have.</param>
    /// <param name="path">Where the rule is.</param>
    /// <param name="errors">Takes what is wrong.</param>
    internal static void CheckCompiled(
        CelRule rule, FieldPath? uncorrelatable, FieldPath path, List<FieldError> errors)
    {
        if (rule.Error.Length > 0)
        {
            errors.Add(FieldError.InvalidShown(path.Child("rule"), Show(rule.Source), rule.Error));
        }

        if (rule.MessageError.Length > 0)
        {
            errors.Add(FieldError.InvalidShown(
                path.Child("messageExpression"), Show(rule.Source), rule.MessageError));
        }

        if (rule.UsesOldSelf && uncorrelatable is not null)
        {
            errors.Add(FieldError.Invalid(
                path.Child("rule"), rule.Source.Rule,
                $"oldSelf cannot be used on the uncorrelatable portion of the schema within {uncorrelatable}"));
        }
        else if (!rule.UsesOldSelf && rule.Source.OptionalOldSelf is { } optional)
        {
            errors.Add(FieldError.Invalid(
                path.Child("optionalOldSelf"), optional, "may not be set if oldSelf is not used in rule"));
        }
    }

    private static void CheckFieldPath(
        string text, StructuralSchema schema, FieldPath path, List<FieldError> errors)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (text.Trim().Length == 0)
        {
            errors.Add(FieldError.Invalid(path, text, "must be non-empty if specified"));
        }

        if (HasLines(text))
        {
            errors.Add(FieldError.Invalid(path, text, "must not contain line breaks"));
        }

        if (CelFieldPath.TryResolve(text, schema, out _) is null)
        {
            errors.Add(FieldError.Invalid(path, text, "must be a valid path"));
        }
    }

    private static bool HasLines(string text) => text.AsSpan().ContainsAny('\n', '\r');

    /// <summary>A rule as messages print it: a Go struct.</summary>
    private static string Show(ValidationRule rule) => GoJson.Write(
        new JsonObject
        {
            ["Rule"] = rule.Rule,
            ["Message"] = rule.Message,
            ["MessageExpression"] = rule.MessageExpression,
            ["Reason"] = rule.Reason,
            ["FieldPath"] = rule.FieldPath,
            ["OptionalOldSelf"] = rule.OptionalOldSelf,
        },
        sortsKeys: false);
}
