using System.Net;
using k8s.Models;

namespace Vee.ControllerRuntime.Clients;

/// <summary>The API server answered, and the answer is no.</summary>
/// <remarks>Transport failures stay <see cref="HttpRequestException"/>, <see cref="IOException"/> or
/// <see cref="TimeoutException"/>: nobody knows whether the request was carried out.</remarks>
public sealed class KubernetesApiException : Exception
{
    /// <summary>Makes the exception of a <c>Status</c> object.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="reason">The machine-readable reason, such as <c>AlreadyExists</c>; empty when not said.</param>
    /// <param name="message">What the server says to people.</param>
    public KubernetesApiException(HttpStatusCode status, string reason, string message)
        : base(message)
    {
        Status = status;
        Reason = reason;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>The machine-readable reason, such as <c>AlreadyExists</c>; empty when not said.</summary>
    public string Reason { get; }

    /// <summary>One entry per refused field or precondition; at most 100 are kept.</summary>
    public IReadOnlyList<V1StatusCause> Causes { get; init; } = [];

    /// <summary>How long the server asks to stay away; null when it does not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>No such object, or no such kind.</summary>
    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    /// <summary>An object of that name is there already.</summary>
    public bool IsAlreadyExists => Status == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>The object changed meanwhile, a precondition failed, or another field manager owns a field.</summary>
    public bool IsConflict => Status == HttpStatusCode.Conflict && Reason != "AlreadyExists";

    /// <summary>The object changed meanwhile, or a precondition failed.</summary>
    public bool IsOutdated => IsConflict && Causes.All(c => c.Reason != "FieldManagerConflict");

    /// <summary>The resource version or continue token is too old: list again.</summary>
    public bool IsGone => Status == HttpStatusCode.Gone;

    /// <summary>The object itself was refused; sending it again unchanged is pointless.</summary>
    public bool IsInvalid => Status is HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest;
}
