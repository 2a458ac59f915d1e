using System.Globalization;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Objects;

namespace Vee.ControlPlane.Selectors;

/// <summary>How a label is compared.</summary>
internal enum LabelOperator
{
    /// <summary>Invalid.</summary>
    None,
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

/// <summary>One demand on one label.</summary>
internal sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    internal bool Matches(string? label) => Operator switch
    {
        LabelOperator.In => label is not null && Values.Contains(label, StringComparer.Ordinal),
        LabelOperator.NotIn => label is null || !Values.Contains(label, StringComparer.Ordinal),
        LabelOperator.Exists => label is not null,
        LabelOperator.DoesNotExist => label is null,
        LabelOperator.GreaterThan => Whole(label) > Whole(Values[0]),
        LabelOperator.LessThan => Whole(label) < Whole(Values[0]),
        _ => false,
    };

    /// <summary>The text as a number; null when it is none, which is neither more nor less than anything.</summary>
    internal static long? Whole(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}

/// <summary>Which objects a request means, by their labels.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/labels</c>.</remarks>
internal sealed class LabelSelector(IReadOnlyList<LabelRequirement> requirements)
{
    /// <summary>Selects everything.</summary>
    internal static readonly LabelSelector Everything = new([]);

    internal bool IsEverything => requirements.Count == 0;

    internal bool Matches(JsonObject value) => requirements.All(r => r.Matches(value.Label(r.Key)));

    /// <summary>Reads the text of a query parameter.</summary>
    /// <exception cref="Faults.StatusException">400, with the words of Kubernetes.</exception>
    internal static LabelSelector Parse(string text) => LabelSelectorParser.Parse(text);
}
