using System.Globalization;
using Vee.ControlPlane.Faults;

namespace Vee.ControlPlane.Requests;

/// <summary>What an answer shows of objects.</summary>
internal enum View
{
    /// <summary>The objects themselves.</summary>
    Whole,

    /// <summary>A table for people.</summary>
    Table,

    /// <summary>The metadata only.</summary>
    Metadata,

    /// <summary>All groups, versions and resources in one answer.</summary>
    Discovery,
}

/// <summary>How an answer is written.</summary>
/// <param name="IsYaml">YAML; else JSON.</param>
/// <param name="View">What it shows.</param>
/// <param name="Version">The version of the view, such as <c>v1</c> or <c>v2beta1</c>.</param>
internal sealed record AnswerForm(bool IsYaml, View View, string Version)
{
    internal static readonly AnswerForm Json = new(false, View.Whole, "");

    internal string ContentType => IsYaml ? "application/yaml" : "application/json";
}

/// <summary>Chooses the form of an answer by what a client accepts.</summary>
internal static class MediaTypes
{
    internal const string Offered = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

    internal const string OfferedPatches =
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

    internal const string OfferedBuiltInPatches =
        "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, "
        + "application/apply-patch+yaml";

    private const int ClausesMax = 32;

    /// <summary>The first form that the client accepts and this server has.</summary>
    /// <param name="accept">The header; null or empty accepts everything.</param>
    /// <param name="views">Views beside the whole that the path has.</param>
    /// <exception cref="StatusException">406: there is none.</exception>
    internal static AnswerForm Choose(string? accept, params ReadOnlySpan<View> views)
    {
        if (string.IsNullOrWhiteSpace(accept))
        {
            return AnswerForm.Json;
        }

        foreach (var clause in Clauses(accept))
        {
            if (Form(clause) is { } form && (form.View == View.Whole || views.Contains(form.View)))
            {
                return form;
            }
        }

        throw Fault.NotAcceptable(Offered);
    }

    /// <summary>The type of a header, without its parameters.</summary>
    internal static string Plain(string? contentType) =>
        (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant();

    private static IEnumerable<string[]> Clauses(string accept) => accept
        .Split(',', ClausesMax + 1, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Take(ClausesMax)
        .Select(clause => clause.Split(';', StringSplitOptions.TrimEntries))
        .Select(parts => (Parts: parts, Weight: Weight(parts)))
        .Where(c => c.Weight > 0)
        .OrderByDescending(c => c.Weight)
        .Select(c => c.Parts);

    private static double Weight(string[] parts) => Parameter(parts, "q") is { Length: > 0 } text
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight)
            ? weight
            : 1;

    private static AnswerForm? Form(string[] parts)
    {
        bool isYaml;
        switch (parts[0].ToLowerInvariant())
        {
            case "application/json" or "application/*" or "*/*":
                isYaml = false;
                break;
            case "application/yaml":
                isYaml = true;
                break;
            default:
                return null;
        }

        var version = Parameter(parts, "v");
        return (Parameter(parts, "as"), Parameter(parts, "g"), version) switch
        {
            ("", _, _) => new(isYaml, View.Whole, ""),
            ("Table", "meta.k8s.io", "v1" or "v1beta1") => new(isYaml, View.Table, version),
            ("PartialObjectMetadata" or "PartialObjectMetadataList", "meta.k8s.io", "v1" or "v1beta1") =>
                new(isYaml, View.Metadata, version),
            ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2" or "v2beta1") =>
                new(isYaml, View.Discovery, version),
            _ => null,
        };
    }

    private static string Parameter(string[] parts, string name)
    {
        foreach (var part in parts.AsSpan(1))
        {
            if (part.StartsWith(name, StringComparison.OrdinalIgnoreCase) && part.Length > name.Length
                && part[name.Length] == '=')
            {
                return part[(name.Length + 1)..].Trim('"');
            }
        }

        return "";
    }
}
