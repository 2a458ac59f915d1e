using System.Text.Json.Nodes;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Faults;

/// <summary>The refusals of a Kubernetes API server, with its words.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/api/errors</c>.</remarks>
internal static class Fault
{
    internal static StatusException NotFound(string group, string resource, string name) => new(new()
    {
        Code = 404,
        Reason = "NotFound",
        Message = $"{Qualified(resource, group)} {GoText.Quote(name)} not found",
        Details = Details(name, group, resource),
    });

    /// <summary>The group is served, but has no such resource.</summary>
    internal static StatusException NoSuchResource() => new(new()
    {
        Code = 404,
        Reason = "NotFound",
        Message = "the server could not find the requested resource",
        Details = [],
    });

    internal static StatusException MethodNotAllowed() => new(new()
    {
        Code = 405,
        Reason = "MethodNotAllowed",
        Message = "the server does not allow this method on the requested resource",
        Details = [],
    });

    internal static StatusException AlreadyExists(string group, string resource, string name) => new(new()
    {
        Code = 409,
        Reason = "AlreadyExists",
        Message = $"{Qualified(resource, group)} {GoText.Quote(name)} already exists",
        Details = Details(name, group, resource),
    });

    internal static StatusException Conflict(string group, string resource, string name, string why) => new(new()
    {
        Code = 409,
        Reason = "Conflict",
        Message = $"Operation cannot be fulfilled on {Qualified(resource, group)} {GoText.Quote(name)}: {why}",
        Details = Details(name, group, resource),
    });

    internal static StatusException Modified(string group, string resource, string name) => Conflict(
        group, resource, name,
        "the object has been modified; please apply your changes to the latest version and try again");

    internal static StatusException Invalid(
        string group, string kind, string name, IReadOnlyList<FieldError> errors)
    {
        var details = Details(name, group, kind);
        details["causes"] = FieldErrors.Causes(errors);
        return new(new()
        {
            Code = 422,
            Reason = "Invalid",
            Message = $"{Qualified(kind, group)} {GoText.Quote(name)} is invalid: {FieldErrors.Aggregate(errors)}",
            Details = details,
        });
    }

    internal static StatusException BadRequest(string message) => new(new()
    {
        Code = 400,
        Reason = "BadRequest",
        Message = message,
    });

    internal static StatusException Forbidden(string group, string resource, string name, string why)
    {
        var subject = name.Length == 0
            ? Qualified(resource, group)
            : $"{Qualified(resource, group)} {GoText.Quote(name)}";
        return new(new()
        {
            Code = 403,
            Reason = "Forbidden",
            Message = $"{subject} is forbidden: {why}",
            Details = Details(name, group, resource),
        });
    }

    internal static StatusException ForbiddenPath(string user, string verb, string path) => new(new()
    {
        Code = 403,
        Reason = "Forbidden",
        Message = $"forbidden: User {GoText.Quote(user)} cannot {verb} path {GoText.Quote(path)}",
        Details = [],
    });

    internal static StatusException Unauthorized() => new(new()
    {
        Code = 401,
        Reason = "Unauthorized",
        Message = "Unauthorized",
    });

    internal static StatusException NotAcceptable(string types) => new(new()
    {
        Code = 406,
        Reason = "NotAcceptable",
        Message = $"only the following media types are accepted: {types}",
    });

    internal static StatusException UnsupportedMediaType(string types) => new(new()
    {
        Code = 415,
        Reason = "UnsupportedMediaType",
        Message = $"the body of the request was in an unknown format - accepted media types include: {types}",
    });

    internal static StatusException TooLarge(string message) => new(new()
    {
        Code = 413,
        Reason = "RequestEntityTooLarge",
        Message = message,
    });

    /// <summary>The versions asked for are no longer kept: list again.</summary>
    internal static StatusException Expired(string message) => new(new()
    {
        Code = 410,
        Reason = "Expired",
        Message = message,
    });

    internal static StatusException VersionTooLarge(long asked, long current)
    {
        var cause = new JsonObject
        {
            ["reason"] = "ResourceVersionTooLarge",
            ["message"] = "Too large resource version",
        };
        return new(new()
        {
            Code = 504,
            Reason = "Timeout",
            Message = $"Timeout: Too large resource version: {asked}, current: {current}",
            Details = new() { ["causes"] = new JsonArray(cause), ["retryAfterSeconds"] = 1 },
            RetryAfterSeconds = 1,
        });
    }

    /// <summary>An error that Kubernetes passes on without a reason.</summary>
    internal static StatusException Internal(string message) => new(new()
    {
        Code = 500,
        Reason = "",
        Message = message,
    });

    /// <summary>What this server does not do.</summary>
    internal static StatusException NotImplemented(string message) => new(new()
    {
        Code = 501,
        Reason = "NotImplemented",
        Message = message,
    });

    internal static StatusException TooManyRequests(string message, int retryAfterSeconds) => new(new()
    {
        Code = 429,
        Reason = "TooManyRequests",
        Message = message,
        Details = new() { ["retryAfterSeconds"] = retryAfterSeconds },
        RetryAfterSeconds = retryAfterSeconds,
    });

    internal static StatusException From(PatchFailure failure)
    {
        JsonObject? details = null;
        if (failure.Causes.Count > 0)
        {
            details = new() { ["causes"] = new JsonArray([.. failure.Causes.Select(c => c.DeepClone())]) };
        }
        else if (failure.Code == 422)
        {
            details = [];
        }

        return new(new()
        {
            Code = failure.Code,
            Reason = failure.Reason,
            Message = failure.Message,
            Details = details,
        });
    }

    private static string Qualified(string name, string group) => group.Length == 0 ? name : $"{name}.{group}";

    private static JsonObject Details(string name, string group, string kind)
    {
        var details = new JsonObject();
        if (name.Length > 0)
        {
            details["name"] = name;
        }

        if (group.Length > 0)
        {
            details["group"] = group;
        }

        details["kind"] = kind;
        return details;
    }
}
