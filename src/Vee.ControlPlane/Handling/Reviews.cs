using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Security;

namespace Vee.ControlPlane.Handling;

/// <summary>Answers who somebody is and what somebody may do. Nothing is stored.</summary>
internal sealed class Reviews(Cluster cluster, Authenticator authenticator, Authorizer authorizer)
{
    /// <param name="resource">Which review.</param>
    /// <param name="ns">The namespace of the path, for local reviews.</param>
    /// <param name="value">The question; becomes the answer.</param>
    /// <param name="user">Who asks.</param>
    /// <param name="options">Who owns the fields of the answer.</param>
    internal JsonObject Answer(
        ResourceDefinition resource, string ns, JsonObject value, UserIdentity user, WriteOptions options)
    {
        if (resource.Kind == "SelfSubjectReview")
        {
            value.SetMeta("creationTimestamp", cluster.Now);
            value["status"] = new JsonObject { ["userInfo"] = Describe(user) };
            return value;
        }

        value.Remove("status");
        var type = resource.Rules.Type with { Empty = new JsonObject { ["spec"] = new JsonObject() } };
        cluster.Ownership.Update(new() { Type = type, Manager = options.Manager }, null, value);
        value["status"] = resource.Kind switch
        {
            "SelfSubjectAccessReview" => Allowed(value, ns, user),
            "SubjectAccessReview" or "LocalSubjectAccessReview" => Allowed(value, ns, Subject(value)),
            "SelfSubjectRulesReview" => Rules(user),
            "TokenReview" => Token(value),
            _ => throw Fault.NotImplemented($"{resource.Kind} is not answered"),
        };
        return value;
    }

    private JsonObject Allowed(JsonObject value, string ns, UserIdentity user)
    {
        var asked = Json.At(value, "spec", "resourceAttributes");
        var path = Json.At(value, "spec", "nonResourceAttributes");
        if (asked is null == path is null)
        {
            throw Fault.Invalid("authorization.k8s.io", value.Kind, "", [
                FieldError.Invalid(
                    FieldPath.Of("spec", "resourceAttributes"), asked,
                    asked is null
                        ? "exactly one of nonResourceAttributes or resourceAttributes must be specified"
                        : "cannot be specified in combination with nonResourceAttributes"),
            ]);
        }

        string Asked(string field) => Json.GetString(Json.Field(asked ?? path, field)) ?? "";
        var question = new AccessQuestion(
            user.Name, user.Groups, Asked("verb"), Asked("group"), Asked("resource"), Asked("subresource"),
            ns.Length > 0 ? ns : Asked("namespace"), Asked("name"), path is null ? "" : Asked("path"));
        return new() { ["allowed"] = authorizer.Allows(user, question) };
    }

    private static UserIdentity Subject(JsonObject value)
    {
        var name = Json.GetString(Json.At(value, "spec", "user")) ?? "";
        var groups = ObjectMeta.Strings(Json.At(value, "spec", "groups")).ToList();
        return name.Length == 0 && groups.Count == 0
            ? throw Fault.Invalid("authorization.k8s.io", value.Kind, "", [
                FieldError.Invalid(FieldPath.Of("spec", "user"), "", "at least one of user or group must be specified"),
            ])
            : new(name, Json.GetString(Json.At(value, "spec", "uid")) ?? "", groups);
    }

    /// <summary>A function decides for who is no master, and cannot be listed: the answer says so.</summary>
    private static JsonObject Rules(UserIdentity user)
    {
        static JsonArray All() => new("*");
        var resources = new JsonArray();
        var paths = new JsonArray();
        if (user.IsMaster)
        {
            resources.Add((JsonNode)new JsonObject
            {
                ["verbs"] = All(),
                ["apiGroups"] = All(),
                ["resources"] = All(),
            });
            paths.Add((JsonNode)new JsonObject { ["verbs"] = All(), ["nonResourceURLs"] = All() });
        }

        return new()
        {
            ["resourceRules"] = resources,
            ["nonResourceRules"] = paths,
            ["incomplete"] = !user.IsMaster,
        };
    }

    private JsonObject Token(JsonObject value)
    {
        var token = Json.GetString(Json.At(value, "spec", "token")) ?? "";
        return authenticator.OfToken(token) is { } user
            ? new()
            {
                ["authenticated"] = true,
                ["user"] = Describe(user),
            }
            : new() { ["user"] = new JsonObject(), ["error"] = "the token is not known" };
    }

    private static JsonObject Describe(UserIdentity user)
    {
        var described = new JsonObject { ["username"] = user.Name };
        if (user.Uid.Length > 0)
        {
            described["uid"] = user.Uid;
        }

        described["groups"] = new JsonArray([.. user.Groups.Select(g => (JsonNode)g)]);
        return described;
    }
}
