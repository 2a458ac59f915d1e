using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Definitions;

/// <summary>Checks <c>spec.conversion</c> of a definition.</summary>
/// <remarks>Webhooks are checked, not called.</remarks>
internal static class ConversionRules
{
    internal static void Validate(JsonNode? conversion, FieldPath path, List<FieldError> errors)
    {
        if (conversion is null)
        {
            return;
        }

        var strategy = Json.GetString(Json.Field(conversion, "strategy")) ?? "";
        var client = Json.At(conversion, "webhook", "clientConfig");
        var versions = StructuralSchema.Texts(Json.At(conversion, "webhook", "conversionReviewVersions"));
        if (strategy.Length == 0)
        {
            errors.Add(FieldError.Required(path.Child("strategy")));
        }
        else if (strategy is not ("None" or "Webhook"))
        {
            errors.Add(FieldError.NotSupported(path.Child("strategy"), strategy, ["None", "Webhook"]));
        }

        if (strategy == "Webhook")
        {
            AddClient(client, path.Child("webhookClientConfig"), errors);
            AddVersions(versions, path.Child("conversionReviewVersions"), errors);
            return;
        }

        const string Unwanted = "should not be set when strategy is not set to Webhook";
        if (client is not null)
        {
            errors.Add(FieldError.Forbidden(path.Child("webhookClientConfig"), Unwanted));
        }

        if (versions.Count > 0)
        {
            errors.Add(FieldError.Forbidden(path.Child("conversionReviewVersions"), Unwanted));
        }
    }

    private static void AddClient(JsonNode? client, FieldPath path, List<FieldError> errors)
    {
        if (client is null)
        {
            errors.Add(FieldError.Required(path, "required when strategy is set to Webhook"));
        }
        else if ((Json.Field(client, "url") is null) == (Json.Field(client, "service") is null))
        {
            errors.Add(FieldError.Required(path, "exactly one of url or service is required"));
        }
    }

    private static void AddVersions(IReadOnlyList<string> versions, FieldPath path, List<FieldError> errors)
    {
        if (versions.Count == 0)
        {
            errors.Add(FieldError.Required(path));
            return;
        }

        for (var i = 0; i < versions.Count; i++)
        {
            if (versions.Take(i).Contains(versions[i], StringComparer.Ordinal))
            {
                errors.Add(FieldError.Invalid(path.Index(i), versions[i], "duplicate version"));
                continue;
            }

            errors.AddRange(Names.CheckRfc1035Label(versions[i])
                .Select(wrong => FieldError.Invalid(path.Index(i), versions[i], wrong)));
        }

        if (!versions.Any(v => v is "v1" or "v1beta1"))
        {
            var shown = new JsonArray([.. versions.Select(v => (JsonNode)v)]);
            errors.Add(FieldError.Invalid(path, shown, "must include at least one of v1, v1beta1"));
        }
    }
}
