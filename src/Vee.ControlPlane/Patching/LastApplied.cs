using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>The step from kubectl's client-side apply, which keeps its configuration in an annotation, to server-side.
/// </summary>
/// <remarks>Source: apimachinery, <c>managedfields/internal/lastappliedmanager.go</c>.</remarks>
internal static class LastApplied
{
    /// <summary>The only manager for which the annotation counts.</summary>
    internal const string Manager = "kubectl";

    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>The conflicts without those over fields that client-side apply set to what they still are.</summary>
    /// <returns>Null when there is no annotation, or none that helps.</returns>
    internal static IReadOnlyList<Conflict>? Without(
        ObjectType type, JsonObject live, IReadOnlyList<Conflict> conflicts)
    {
        var text = Json.GetString(Json.At(live, "metadata", "annotations", Annotation));
        if (string.IsNullOrEmpty(text) || RequestText.ParseJson(text).Node is not JsonObject last ||
            Json.GetString(last["apiVersion"]) != type.ApiVersion)
        {
            return null;
        }

        try
        {
            TypedText.Check(type.Root, last, allowsDuplicates: false);
            var comparison = TypedComparison.Of(type.Root, last, live);
            var allowed = TypedFields.Of(type.Root, last).Difference(comparison.Modified)
                .Difference(comparison.Added).Difference(comparison.Removed);
            return [.. conflicts.Where(c => !allowed.Has([.. c.Path]))];
        }
        catch (TypedException)
        {
            return null;
        }
    }

    /// <summary>Renews the annotation of an object that has one.</summary>
    internal static void Renew(JsonObject value, JsonObject applied)
    {
        if (Json.At(value, "metadata", "annotations") is not JsonObject annotations ||
            string.IsNullOrEmpty(Json.GetString(annotations[Annotation])))
        {
            return;
        }

        var configuration = applied.DeepClone().AsObject();
        (Json.At(configuration, "metadata", "annotations") as JsonObject)?.Remove(Annotation);
        var text = Json.ToGoString(configuration) + "\n";
        annotations[Annotation] = text;
        var bytes = annotations.Sum(a => Encoding.UTF8.GetByteCount(a.Key + Json.GetString(a.Value)));
        if (bytes > ObjectMetaRules.AnnotationBytesMax)
        {
            annotations.Remove(Annotation);
        }
    }
}
