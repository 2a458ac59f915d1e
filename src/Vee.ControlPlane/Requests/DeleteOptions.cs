using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Requests;

/// <summary>What becomes of objects that belong to a deleted one.</summary>
internal enum Propagation
{
    /// <summary>The kind decides; here: the background.</summary>
    Default,

    /// <summary>They are deleted afterwards.</summary>
    Background,

    /// <summary>They are deleted first.</summary>
    Foreground,

    /// <summary>They stay and belong to nobody.</summary>
    Orphan,
}

/// <summary>How a delete is done.</summary>
internal sealed record DeleteOptions
{
    public bool IsDryRun { get; init; }

    public Propagation Propagation { get; init; }

    /// <value>Null: not said.</value>
    public long? GracePeriodSeconds { get; init; }

    /// <summary>The object must have this uid.</summary>
    /// <value>Null: any.</value>
    public string? Uid { get; init; }

    /// <summary>The object must be at this version.</summary>
    /// <value>Null: any.</value>
    public string? ResourceVersion { get; init; }

    /// <param name="query">The parameters, which count where there is no body.</param>
    /// <param name="body">The body; null where there is none.</param>
    /// <exception cref="StatusException">422: a value that is not known.</exception>
    internal static DeleteOptions Parse(IQueryCollection query, JsonObject? body)
    {
        var errors = new List<FieldError>();
        var dryRun = WriteOptions.DryRun(query, errors);
        if (body?["dryRun"] is JsonArray { Count: > 0 } values)
        {
            dryRun = true;
            if (values.Any(v => Json.GetString(v) != "All"))
            {
                errors.Add(FieldError.NotSupported(FieldPath.Of("dryRun"), values, ["All"]));
            }
        }

        var policy = Json.GetString(body?["propagationPolicy"]) ?? Query.Text(query, "propagationPolicy");
        var orphans = body?["orphanDependents"] is { } given
            ? Json.IsTrue(given)
            : Query.OptionalFlag(query, "orphanDependents");
        if (policy is not ("" or "Foreground" or "Background" or "Orphan"))
        {
            errors.Add(FieldError.NotSupported(
                FieldPath.Of("propagationPolicy"), policy, ["Foreground", "Background", "Orphan", "nil"]));
        }
        else if (policy.Length > 0 && orphans is not null)
        {
            errors.Add(FieldError.Invalid(
                FieldPath.Of("propagationPolicy"), policy,
                "orphanDependents and deletionPropagation cannot be both set"));
        }

        var grace = Json.TryGetLong(body?["gracePeriodSeconds"], out var seconds)
            ? seconds
            : Query.Number(query, "gracePeriodSeconds");
        return errors.Count > 0
            ? throw Fault.Invalid("meta.k8s.io", "DeleteOptions", "", errors)
            : new()
            {
                IsDryRun = dryRun,
                Propagation = Choose(policy, orphans),
                GracePeriodSeconds = grace,
                Uid = Json.GetString(Json.At(body, "preconditions", "uid")),
                ResourceVersion = Json.GetString(Json.At(body, "preconditions", "resourceVersion")),
            };
    }

    private static Propagation Choose(string policy, bool? orphans) => policy switch
    {
        "Foreground" => Propagation.Foreground,
        "Background" => Propagation.Background,
        "Orphan" => Propagation.Orphan,
        _ => orphans switch
        {
            true => Propagation.Orphan,
            false => Propagation.Background,
            null => Propagation.Default,
        },
    };
}
