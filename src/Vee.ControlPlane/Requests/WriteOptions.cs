using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Requests;

/// <summary>What a server does with fields that it does not know.</summary>
internal enum UnknownFields
{
    /// <summary>Drops them and warns.</summary>
    Warn,

    /// <summary>Drops them.</summary>
    Ignore,

    /// <summary>Refuses the request.</summary>
    Refuse,
}

/// <summary>How a create, update or patch is done.</summary>
internal sealed record WriteOptions
{
    private const int ManagerLengthMax = 128;

    /// <summary>Everything is checked and nothing is stored.</summary>
    public required bool IsDryRun { get; init; }

    /// <summary>Who owns what is written.</summary>
    public required string Manager { get; init; }

    public required UnknownFields Unknown { get; init; }

    /// <summary>An apply takes fields over from others.</summary>
    public required bool Forces { get; init; }

    /// <param name="request">The request.</param>
    /// <param name="kind">Which options these are, for messages: <c>CreateOptions</c>, ...</param>
    /// <param name="isApply">Whether this is a server-side apply.</param>
    /// <exception cref="StatusException">422: a parameter with a value that is not known.</exception>
    internal static WriteOptions Parse(HttpRequest request, string kind, bool isApply)
    {
        var query = request.Query;
        var errors = new List<FieldError>();
        var manager = Query.Text(query, "fieldManager");
        var force = Query.OptionalFlag(query, "force");
        if (kind == "PatchOptions")
        {
            if (isApply && manager.Length == 0)
            {
                errors.Add(FieldError.Required(FieldPath.Of("fieldManager"), "is required for apply patch"));
            }
            else if (!isApply && force is not null)
            {
                errors.Add(FieldError.Forbidden(
                    FieldPath.Of("force"), "may not be specified for non-apply patch"));
            }
        }

        if (manager.Length > ManagerLengthMax)
        {
            errors.Add(FieldError.TooLong(FieldPath.Of("fieldManager"), ManagerLengthMax));
        }

        var dryRun = DryRun(query, errors);
        var validation = Query.Text(query, "fieldValidation");
        if (validation is not ("" or "Ignore" or "Warn" or "Strict"))
        {
            errors.Add(FieldError.NotSupported(
                FieldPath.Of("fieldValidation"), validation, ["", "Ignore", "Strict", "Warn"]));
        }

        return errors.Count > 0
            ? throw Fault.Invalid("meta.k8s.io", kind, "", errors)
            : new()
            {
                IsDryRun = dryRun,
                Manager = FieldOwnership.ManagerName(manager, request.Headers.UserAgent),
                Unknown = validation switch
                {
                    "Strict" => UnknownFields.Refuse,
                    "Ignore" => UnknownFields.Ignore,
                    _ => UnknownFields.Warn,
                },
                Forces = force == true,
            };
    }

    internal static bool DryRun(IQueryCollection query, List<FieldError> errors)
    {
        if (!query.TryGetValue("dryRun", out var values))
        {
            return false;
        }

        if (values.Any(v => v != "All"))
        {
            errors.Add(FieldError.NotSupported(
                FieldPath.Of("dryRun"), new JsonArray([.. values.Select(v => (JsonNode?)v)]), ["All"]));
        }

        return true;
    }
}
