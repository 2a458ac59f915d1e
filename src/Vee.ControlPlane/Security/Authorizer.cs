using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Security;

/// <summary>Decides who may do what: masters everything, others what a function of the caller says.</summary>
internal sealed class Authorizer(Func<AccessQuestion, bool> others)
{
    /// <summary>Paths that everybody may read, as a real cluster's first roles allow.</summary>
    private static readonly string[] PublicPaths = ["/healthz", "/livez", "/readyz", "/version"];

    /// <summary>Paths that every known user may read, to find out what there is.</summary>
    private static readonly string[] DiscoveryPaths = ["/api", "/apis", "/openapi"];

    /// <summary>Questions about oneself, which every known user may ask.</summary>
    private static readonly string[] SelfReviews =
        ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"];

    internal bool Allows(UserIdentity user, AccessQuestion question)
    {
        if (user.IsMaster)
        {
            return true;
        }

        var isKnown = user.Groups.Contains(UserIdentity.Authenticated, StringComparer.Ordinal);
        if (question.Path.Length > 0 && question.Verb is "get" or "head")
        {
            if (PublicPaths.Any(p => IsBelow(question.Path, p))
                || (isKnown && DiscoveryPaths.Any(p => IsBelow(question.Path, p))))
            {
                return true;
            }
        }

        return (isKnown && question.Verb == "create" && question.Name.Length == 0
                && SelfReviews.Contains(question.Resource, StringComparer.Ordinal))
            || others(question);
    }

    /// <exception cref="StatusException">403.</exception>
    internal void Require(UserIdentity user, ApiRequest request)
    {
        if (Allows(user, Question(user, request)))
        {
            return;
        }

        if (!request.IsResource)
        {
            throw Fault.ForbiddenPath(user.Name, request.Verb, request.Path);
        }

        var resource = request.Subresource.Length == 0
            ? request.Resource
            : $"{request.Resource}/{request.Subresource}";
        var where = request.Namespace.Length == 0 || request.Resource == "namespaces" && request.Name.Length == 0
            ? "at the cluster scope"
            : $"in the namespace \"{request.Namespace}\"";
        throw Fault.Forbidden(
            request.Group, request.Resource, request.Name,
            $"User {GoText.Quote(user.Name)} cannot {request.Verb} resource \"{resource}\" in API group "
            + $"\"{request.Group}\" {where}");
    }

    private static AccessQuestion Question(UserIdentity user, ApiRequest request) => new(
        user.Name, user.Groups, request.Verb, request.Group, request.Resource, request.Subresource, request.Namespace,
        request.Name, request.IsResource ? "" : request.Path);

    private static bool IsBelow(string path, string root) =>
        path == root || path.StartsWith($"{root}/", StringComparison.Ordinal);
}
