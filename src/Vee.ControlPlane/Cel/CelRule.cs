using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>A rule of a schema, compiled.</summary>
internal sealed class CelRule
{
    private CelRule(ValidationRule source, CelType self)
    {
        Source = source;
        var variables = new Dictionary<string, CelType>(StringComparer.Ordinal)
        {
            ["self"] = self,
            ["oldSelf"] = source.OptionalOldSelf == true ? CelType.OptionalOf(self) : self,
        };
        if (source.Rule.Trim().Length == 0)
        {
            return;
        }

        Expression = CelExpression.TryCompile(source.Rule, variables, out var error);
        Error = Expression is null ? "compilation failed: " + error
            : Expression.Type.Kind is CelKind.Bool ? ""
            : "cel expression must evaluate to a bool";
        if (Error.Length > 0 || source.MessageExpression.Length == 0)
        {
            return;
        }

        MessageExpression = CelExpression.TryCompile(source.MessageExpression, variables, out var messageError);
        MessageError = MessageExpression is null ? "messageExpression compilation failed: " + messageError
            : MessageExpression.Type.Kind is CelKind.String ? ""
            : "messageExpression must evaluate to a string";
    }

    internal ValidationRule Source { get; }

    /// <summary>The rule; null where it is empty or does not compile.</summary>
    internal CelExpression? Expression { get; }

    internal CelExpression? MessageExpression { get; }

    /// <summary>Why the rule does not compile; empty when it does.</summary>
    internal string Error { get; } = "";

    /// <summary>Why the expression for the message does not compile; empty when it does.</summary>
    internal string MessageError { get; } = "";

    /// <summary>True for rules about the step from the old value to the new.</summary>
    internal bool UsesOldSelf => Expression?.Used.Contains("oldSelf") ?? false;

    /// <summary>What a message names the rule by.</summary>
    internal string Name => (Source.Message.Length > 0 ? Source.Message : Source.Rule).Trim();

    /// <summary>The message where no expression makes one.</summary>
    internal string Message => Source.Message.Length > 0 ? Source.Message.Trim() : $"failed rule: {Name}";

    /// <summary>Compiles the rules of one schema node.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="schema">What describes the value that they are about.</param>
    /// <param name="isResource">Whether the value is a whole object.</param>
    internal static IReadOnlyList<CelRule> Compile(
        IReadOnlyList<ValidationRule> rules, StructuralSchema schema, bool isResource)
    {
        var self = CelType.Of(schema, isResource);
        return self is null ? [] : [.. rules.Select(rule => new CelRule(rule, self))];
    }
}
