using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Kinds.BuiltIn;

using static BuiltInColumns;

/// <summary>Kinds that describe a cluster: nodes, access, budgets. They are stored; nothing obeys them here.</summary>
internal static class ClusterKinds
{
    internal static readonly KindTraits Node = new()
    {
        HasStatus = true,
        ReturnsDeleted = true,
        Fields = ["spec.unschedulable"],
        Columns =
        [
            Name,
            new("Status", static (value, _) => NodeStatus(value)),
            new("Roles", static (value, _) => Roles(value)),
            Age,
            Of("Version", 0, "status", "nodeInfo", "kubeletVersion"),
        ],
    };

    internal static readonly KindTraits ServiceAccount = new()
    {
        ReturnsDeleted = true,
        Columns = [Name, new("Secrets", static (value, _) => BuiltInColumns.Count(value, "secrets")), Age],
    };

    internal static readonly KindTraits Role = new()
    {
        Names = NameRule.PathSegment,
        AllowsCreateOnUpdate = true,
        Columns =
        [
            Name,
            new("Created At", static (value, _) => Text(value, "metadata", "creationTimestamp")) { Type = "date" },
        ],
    };

    internal static readonly KindTraits Binding = new()
    {
        Names = NameRule.PathSegment,
        AllowsCreateOnUpdate = true,
        Columns =
        [
            Name,
            new("Role", static (value, _) => $"{Text(value, "roleRef", "kind")}/{Text(value, "roleRef", "name")}"),
            Age,
        ],
        Default = static value =>
        {
            if (value["roleRef"] is JsonObject role)
            {
                PodTemplates.SetMissing(role, "apiGroup", "rbac.authorization.k8s.io");
            }
        },
        Validate = ValidateBinding,
        ValidateChange = static (value, old, errors) =>
        {
            if (!Json.AreEqual(value["roleRef"], old["roleRef"]))
            {
                errors.Add(FieldError.Invalid(FieldPath.Of("roleRef"), value["roleRef"], "cannot change roleRef"));
            }
        },
    };

    internal static readonly KindTraits DisruptionBudget = new()
    {
        HasGeneration = true,
        HasStatus = true,
        AllowsUnconditionalUpdate = false,
        Columns =
        [
            Name,
            new("Min Available", static (value, _) => OrNone(value, "minAvailable")),
            new("Max Unavailable", static (value, _) => OrNone(value, "maxUnavailable")),
            NumberOf("Allowed Disruptions", "status", "disruptionsAllowed"),
            Age,
        ],
        Validate = static (value, errors) =>
        {
            if (Json.At(value, "spec", "minAvailable") is not null
                && Json.At(value, "spec", "maxUnavailable") is not null)
            {
                errors.Add(FieldError.Invalid(
                    FieldPath.Of("spec"), value["spec"], "minAvailable and maxUnavailable cannot be both set"));
            }
        },
    };

    internal static readonly KindTraits NetworkPolicy = new()
    {
        HasGeneration = true,
        Columns =
        [
            Name,
            new("Pod-Selector", static (value, _) =>
                Services.Labels(Json.At(value, "spec", "podSelector", "matchLabels"))),
            Age,
        ],
    };

    internal static readonly KindTraits PriorityClass = new()
    {
        HasGeneration = true,
        AllowsCreateOnUpdate = true,
        Columns =
        [
            Name,
            NumberOf("Value", "value"),
            new("Global-Default", static (value, _) => Json.IsTrue(value["globalDefault"])) { Type = "boolean" },
            Age,
        ],
    };

    internal static readonly KindTraits Autoscaler = new()
    {
        HasStatus = true,
        Columns =
        [
            Name,
            new("Reference", static (value, _) =>
                $"{Text(value, "spec", "scaleTargetRef", "kind")}/{Text(value, "spec", "scaleTargetRef", "name")}"),
            new("Targets", static (_, _) => "<none>"),
            NumberOf("MinPods", "spec", "minReplicas"),
            NumberOf("MaxPods", "spec", "maxReplicas"),
            NumberOf("Replicas", "status", "currentReplicas"),
            Age,
        ],
    };

    internal static readonly KindTraits VolumeClaim = new()
    {
        HasStatus = true,
        ReturnsDeleted = true,
        Columns =
        [
            Name, Of("Status", 0, "status", "phase"), Of("Volume", 0, "spec", "volumeName"),
            Of("Capacity", 0, "status", "capacity", "storage"),
            Of("StorageClass", 0, "spec", "storageClassName"), Age,
        ],
    };

    internal static readonly KindTraits Volume = new()
    {
        HasStatus = true,
        ReturnsDeleted = true,
        Columns =
        [
            Name, Of("Capacity", 0, "spec", "capacity", "storage"),
            Of("Reclaim Policy", 0, "spec", "persistentVolumeReclaimPolicy"),
            Of("Status", 0, "status", "phase"), Of("StorageClass", 0, "spec", "storageClassName"), Age,
        ],
    };

    internal static readonly KindTraits StorageClass = new()
    {
        Columns = [Name, Of("Provisioner", 0, "provisioner"), Of("ReclaimPolicy", 0, "reclaimPolicy"), Age],
    };

    private static void ValidateBinding(JsonObject value, List<FieldError> errors)
    {
        var role = FieldPath.Of("roleRef");
        var kind = Text(value, "roleRef", "kind");
        if (kind is not ("Role" or "ClusterRole"))
        {
            errors.Add(FieldError.NotSupported(role.Child("kind"), kind, ["ClusterRole", "Role"]));
        }

        if (Text(value, "roleRef", "name").Length == 0)
        {
            errors.Add(FieldError.Required(role.Child("name")));
        }
    }

    private static string OrNone(JsonObject value, string field) =>
        Json.At(value, "spec", field) is { } found ? PrinterPath.Text(found) : "N/A";

    private static string NodeStatus(JsonObject value)
    {
        var conditions = (Json.At(value, "status", "conditions") as JsonArray)?.OfType<JsonObject>() ?? [];
        var ready = conditions.FirstOrDefault(c => Text(c, "type") == "Ready");
        var status = ready is null ? "Unknown" : Text(ready, "status") == "True" ? "Ready" : "NotReady";
        return Json.IsTrue(Json.At(value, "spec", "unschedulable")) ? $"{status},SchedulingDisabled" : status;
    }

    private static string Roles(JsonObject value)
    {
        const string Prefix = "node-role.kubernetes.io/";
        var roles = (Json.At(value, "metadata", "labels") as JsonObject ?? [])
            .Where(l => l.Key.StartsWith(Prefix, StringComparison.Ordinal)).Select(l => l.Key[Prefix.Length..]);
        return string.Join(',', roles) is { Length: > 0 } some ? some : "<none>";
    }
}
