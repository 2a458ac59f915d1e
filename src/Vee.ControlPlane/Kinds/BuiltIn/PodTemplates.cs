using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>Pods, and what workloads make pods from: defaults and the checks that catch a wrong manifest.</summary>
/// <remarks>Source: <c>pkg/apis/core/v1/defaults.go</c> and <c>pkg/apis/core/validation</c> of Kubernetes.</remarks>
internal static class PodTemplates
{
    /// <summary>Fills in a pod's spec, in place.</summary>
    internal static void Default(JsonNode? pod)
    {
        if (pod is not JsonObject spec)
        {
            return;
        }

        foreach (var container in Containers(spec))
        {
            DefaultContainer(container);
        }

        SetMissing(spec, "restartPolicy", "Always");
        SetMissing(spec, "terminationGracePeriodSeconds", 30);
        SetMissing(spec, "dnsPolicy", "ClusterFirst");
        SetMissing(spec, "securityContext", new JsonObject());
        SetMissing(spec, "schedulerName", "default-scheduler");
    }

    /// <summary>Fills in a template, in place.</summary>
    internal static void DefaultTemplate(JsonNode? template)
    {
        if (template is JsonObject fields)
        {
            SetMissing(fields, "metadata", new JsonObject());
            Default(fields["spec"]);
        }
    }

    internal static void Validate(JsonNode? pod, FieldPath path, List<FieldError> errors)
    {
        if (Json.Field(pod, "containers") is not JsonArray { Count: > 0 } containers)
        {
            errors.Add(FieldError.Required(path.Child("containers")));
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < containers.Count; i++)
        {
            var at = path.Child("containers").Index(i);
            var name = Json.GetString(Json.Field(containers[i], "name")) ?? "";
            if (name.Length == 0)
            {
                errors.Add(FieldError.Required(at.Child("name")));
            }
            else if (!names.Add(name))
            {
                errors.Add(FieldError.Duplicate(at.Child("name"), name));
            }

            if (string.IsNullOrEmpty(Json.GetString(Json.Field(containers[i], "image"))))
            {
                errors.Add(FieldError.Required(at.Child("image")));
            }
        }
    }

    /// <summary>Checks that a workload's selector finds the pods of its template.</summary>
    internal static void ValidateSelector(JsonObject value, string kind, List<FieldError> errors)
    {
        var at = FieldPath.Of("spec", "selector");
        var selector = Json.At(value, "spec", "selector") as JsonObject;
        if (selector is null)
        {
            errors.Add(FieldError.Required(at));
        }
        else if (selector.Count == 0)
        {
            errors.Add(FieldError.Invalid(at, selector, $"empty selector is invalid for {kind}"));
        }

        if (Json.At(value, "spec", "template") is not JsonObject template)
        {
            errors.Add(FieldError.Required(FieldPath.Of("spec", "template")));
            return;
        }

        var labels = Json.At(template, "metadata", "labels") as JsonObject ?? [];
        var demanded = Json.Field(selector, "matchLabels") as JsonObject ?? [];
        if (demanded.Any(label => Json.GetString(labels[label.Key]) != Json.GetString(label.Value)))
        {
            errors.Add(FieldError.Invalid(
                FieldPath.Of("spec", "template", "metadata", "labels"), labels,
                "`selector` does not match template `labels`"));
        }

        Validate(template["spec"], FieldPath.Of("spec", "template", "spec"), errors);
    }

    internal static void SetMissing(JsonObject fields, string name, JsonNode value)
    {
        if (fields[name] is null)
        {
            fields[name] = value;
        }
    }

    private static IEnumerable<JsonObject> Containers(JsonObject spec) =>
        ((string[])["containers", "initContainers"])
        .SelectMany(list => (spec[list] as JsonArray)?.OfType<JsonObject>() ?? []);

    private static void DefaultContainer(JsonObject container)
    {
        SetMissing(container, "resources", new JsonObject());
        SetMissing(container, "terminationMessagePath", "/dev/termination-log");
        SetMissing(container, "terminationMessagePolicy", "File");
        var image = Json.GetString(container["image"]) ?? "";
        var tag = image.LastIndexOf(':') > image.LastIndexOf('/') ? image[(image.LastIndexOf(':') + 1)..] : "latest";
        var isPinned = image.Contains('@', StringComparison.Ordinal) || tag != "latest";
        SetMissing(container, "imagePullPolicy", isPinned ? "IfNotPresent" : "Always");
        foreach (var port in (container["ports"] as JsonArray)?.OfType<JsonObject>() ?? [])
        {
            SetMissing(port, "protocol", "TCP");
        }
    }
}
