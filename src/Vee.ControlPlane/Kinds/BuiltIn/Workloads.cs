using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>
/// Kinds that run pods elsewhere; here they are stored, defaulted, checked and shown, and nothing runs.
/// </summary>
internal static class Workloads
{
    private static readonly ScalePaths Replicas = new(".spec.replicas", ".status.replicas", ".status.selector");

    internal static readonly KindTraits Pod = new()
    {
        HasGeneration = true,
        HasStatus = true,
        ReturnsDeleted = true,
        Fields =
        [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase",
        ],
        Columns = WorkloadColumns.Pod,
        Default = static value => PodTemplates.Default(value["spec"]),
        Validate = static (value, errors) => PodTemplates.Validate(value["spec"], FieldPath.Of("spec"), errors),
    };

    internal static readonly KindTraits Deployment = Owner("deployment") with
    {
        Columns = WorkloadColumns.Deployment,
        Scale = Replicas,
        Default = static value => DefaultSpec(value, spec =>
        {
            PodTemplates.SetMissing(spec, "replicas", 1);
            PodTemplates.SetMissing(spec, "strategy", RollingUpdate());
            PodTemplates.SetMissing(spec, "revisionHistoryLimit", 10);
            PodTemplates.SetMissing(spec, "progressDeadlineSeconds", 600);
        }),
    };

    internal static readonly KindTraits ReplicaSet = Owner("ReplicaSet") with
    {
        Columns = WorkloadColumns.ReplicaSet,
        Scale = Replicas,
        Fields = ["status.replicas"],
        Default = static value => DefaultSpec(value, spec => PodTemplates.SetMissing(spec, "replicas", 1)),
    };

    internal static readonly KindTraits StatefulSet = Owner("statefulset") with
    {
        Columns = WorkloadColumns.StatefulSet,
        Scale = Replicas,
        Default = static value => DefaultSpec(value, spec =>
        {
            PodTemplates.SetMissing(spec, "replicas", 1);
            PodTemplates.SetMissing(spec, "podManagementPolicy", "OrderedReady");
            PodTemplates.SetMissing(spec, "revisionHistoryLimit", 10);
        }),
    };

    internal static readonly KindTraits DaemonSet = Owner("daemonset") with
    {
        Columns = WorkloadColumns.DaemonSet,
        Default = static value => DefaultSpec(
            value, spec => PodTemplates.SetMissing(spec, "revisionHistoryLimit", 10)),
    };

    internal static readonly KindTraits ReplicationController = new()
    {
        HasGeneration = true,
        HasStatus = true,
        Scale = Replicas,
        Columns = WorkloadColumns.ReplicationController,
        Default = static value => DefaultSpec(value, spec => PodTemplates.SetMissing(spec, "replicas", 1)),
    };

    internal static readonly KindTraits Job = new()
    {
        HasGeneration = true,
        HasStatus = true,
        Fields = ["status.successful"],
        Columns = WorkloadColumns.Job,
        Default = static value => DefaultSpec(value, DefaultJob),
        Validate = static (value, errors) => ValidateJob(value["spec"], FieldPath.Of("spec"), errors),
    };

    internal static readonly KindTraits CronJob = new()
    {
        HasGeneration = true,
        HasStatus = true,
        Columns = WorkloadColumns.CronJob,
        Default = static value =>
        {
            if (value["spec"] is JsonObject spec)
            {
                PodTemplates.SetMissing(spec, "concurrencyPolicy", "Allow");
                PodTemplates.SetMissing(spec, "suspend", false);
                PodTemplates.SetMissing(spec, "successfulJobsHistoryLimit", 3);
                PodTemplates.SetMissing(spec, "failedJobsHistoryLimit", 1);
                if (spec["jobTemplate"] is JsonObject template)
                {
                    PodTemplates.SetMissing(template, "metadata", new JsonObject());
                    PodTemplates.DefaultTemplate(Json.At(template, "spec", "template"));
                }
            }
        },
        Validate = ValidateCronJob,
    };

    /// <summary>A kind whose selector finds the pods of its template, and never changes.</summary>
    private static KindTraits Owner(string kind) => new()
    {
        HasGeneration = true,
        HasStatus = true,
        Validate = (value, errors) =>
        {
            PodTemplates.ValidateSelector(value, kind, errors);
            if (Json.At(value, "spec", "replicas") is { } replicas
                && Json.TryGetLong(replicas, out var count) && count < 0)
            {
                errors.Add(FieldError.Invalid(
                    FieldPath.Of("spec", "replicas"), replicas, "must be greater than or equal to 0"));
            }
        },
        ValidateChange = static (value, old, errors) =>
        {
            var selector = Json.At(value, "spec", "selector");
            if (!Json.AreEqual(selector, Json.At(old, "spec", "selector")))
            {
                errors.Add(FieldError.Invalid(FieldPath.Of("spec", "selector"), selector, "field is immutable"));
            }
        },
    };

    private static void DefaultSpec(JsonObject value, Action<JsonObject> defaults)
    {
        if (value["spec"] is JsonObject spec)
        {
            defaults(spec);
            PodTemplates.DefaultTemplate(spec["template"]);
        }
    }

    private static void DefaultJob(JsonObject spec)
    {
        PodTemplates.SetMissing(spec, "parallelism", 1);
        PodTemplates.SetMissing(spec, "completions", 1);
        PodTemplates.SetMissing(spec, "backoffLimit", 6);
        PodTemplates.SetMissing(spec, "completionMode", "NonIndexed");
        PodTemplates.SetMissing(spec, "suspend", false);
    }

    private static void ValidateCronJob(JsonObject value, List<FieldError> errors)
    {
        var spec = FieldPath.Of("spec");
        var schedule = BuiltInColumns.Text(value, "spec", "schedule");
        if (schedule.Length == 0)
        {
            errors.Add(FieldError.Required(spec.Child("schedule")));
        }
        else if (!schedule.StartsWith('@') && schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length != 5)
        {
            var words = schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            errors.Add(FieldError.Invalid(
                spec.Child("schedule"), schedule,
                $"expected exactly 5 fields, found {words.Length}: [{string.Join(' ', words)}]"));
        }

        var policy = BuiltInColumns.Text(value, "spec", "concurrencyPolicy");
        if (policy is not ("Allow" or "Forbid" or "Replace"))
        {
            errors.Add(FieldError.NotSupported(
                spec.Child("concurrencyPolicy"), policy, ["Allow", "Forbid", "Replace"]));
        }

        ValidateJob(Json.At(value, "spec", "jobTemplate", "spec"), spec.Child("jobTemplate").Child("spec"), errors);
    }

    private static void ValidateJob(JsonNode? job, FieldPath path, List<FieldError> errors)
    {
        var pod = Json.At(job, "template", "spec");
        var at = path.Child("template").Child("spec");
        PodTemplates.Validate(pod, at, errors);
        var policy = Json.GetString(Json.Field(pod, "restartPolicy")) ?? "";
        if (policy is not ("OnFailure" or "Never"))
        {
            errors.Add(FieldError.NotSupported(at.Child("restartPolicy"), policy, ["OnFailure", "Never"]));
        }
    }

    private static JsonObject RollingUpdate() => new()
    {
        ["type"] = "RollingUpdate",
        ["rollingUpdate"] = new JsonObject { ["maxUnavailable"] = "25%", ["maxSurge"] = "25%" },
    };
}
