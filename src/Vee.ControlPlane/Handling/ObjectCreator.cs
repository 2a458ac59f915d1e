using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Handling;

/// <summary>Makes new objects.</summary>
/// <remarks>Source: <c>k8s.io/apiserver/pkg/registry/rest/create.go</c>.</remarks>
internal sealed class ObjectCreator(Cluster cluster)
{
    /// <summary>Tries at a generated name that nobody has.</summary>
    private const int GeneratedNamesMax = 8;

    /// <summary>Fields of the metadata that a client cannot choose.</summary>
    private static readonly string[] ServerFields =
        ["selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"];

    /// <summary>Checks and stores an object.</summary>
    /// <param name="resource">In the version of the request.</param>
    /// <param name="ns">The namespace of the path; empty for objects of the cluster.</param>
    /// <param name="value">Decoded; becomes what is stored.</param>
    /// <param name="options">How.</param>
    /// <param name="isApply">The managed fields are set already.</param>
    /// <param name="cancellationToken">Ends the request; a write under way is finished.</param>
    /// <returns>The object as it is stored.</returns>
    /// <exception cref="StatusException">It was refused.</exception>
    internal async Task<JsonObject> CreateAsync(
        ResourceDefinition resource, string ns, JsonObject value, WriteOptions options, bool isApply,
        CancellationToken cancellationToken)
    {
        RequireNamespaceOfPath(resource, ns, value);
        var guard = Guard(resource, ns, value.Name);
        RequireNotTerminating(resource);
        if (value.ResourceVersion.Length > 0)
        {
            throw Fault.Internal("resourceVersion should not be set on objects to be created");
        }

        if (!isApply)
        {
            cluster.Ownership.Update(
                new()
                {
                    Type = resource.Rules.Type,
                    Manager = options.Manager,
                    ResetFields = resource.Rules.ResetFields(""),
                },
                null, value);
        }

        SetServerFields(resource, value);
        resource.Rules.PrepareCreate(value);
        for (var attempt = 1; ; attempt++)
        {
            var generated = value.Name.Length == 0 && value.GenerateName.Length > 0;
            if (generated)
            {
                value.Metadata["name"] = cluster.Identities.Name(value.GenerateName);
                resource.Rules.Decode(value);
            }

            RequireValid(resource, value);
            if (await StoreAsync(resource, ns, value, options, guard, cancellationToken))
            {
                return value;
            }

            if (!generated || attempt == GeneratedNamesMax)
            {
                throw Fault.AlreadyExists(resource.FaultGroup, resource.Plural, value.Name);
            }

            value.Metadata.Remove("name");
        }
    }

    /// <summary>Gives an object the namespace of the path, or refuses another one.</summary>
    internal static void RequireNamespaceOfPath(ResourceDefinition resource, string ns, JsonObject value)
    {
        if (!resource.IsNamespaced)
        {
            return;
        }

        if (value.Namespace.Length == 0)
        {
            value.Metadata["namespace"] = ns;
        }
        else if (value.Namespace != ns)
        {
            throw Fault.BadRequest(
                "the namespace of the provided object does not match the namespace sent on the request");
        }
    }

    /// <returns>False when the name is taken.</returns>
    private async Task<bool> StoreAsync(
        ResourceDefinition resource, string ns, JsonObject value, WriteOptions options, Guard? guard,
        CancellationToken cancellationToken)
    {
        var key = Cluster.Key(resource, ns, value.Name);
        if (options.IsDryRun)
        {
            return cluster.Store.Get(key) is null;
        }

        while (true)
        {
            var write = new Write(key, 0, Cluster.Bytes(resource, value)) { Guard = guard };
            var result = await cluster.Store.WriteAsync(write, cancellationToken);
            switch (result.Outcome)
            {
                case WriteOutcome.Committed:
                    StoredJson.SetVersion(value, result.Version);
                    return true;
                case WriteOutcome.GuardFailed:
                    // The namespace changed: it may be going, or only have got a label.
                    guard = Guard(resource, ns, value.Name);
                    continue;
                default:
                    return false;
            }
        }
    }

    private void SetServerFields(ResourceDefinition resource, JsonObject value)
    {
        foreach (var field in ServerFields)
        {
            value.Metadata.Remove(field);
        }

        value.Metadata["uid"] = cluster.Identities.Uid();
        value.Metadata["creationTimestamp"] = cluster.Now;
        if (resource.Rules.HasGeneration)
        {
            value.Metadata["generation"] = 1;
        }
    }

    /// <summary>The namespace that must not change before the object is stored.</summary>
    private Guard? Guard(ResourceDefinition resource, string ns, string name)
    {
        if (!resource.IsNamespaced)
        {
            return null;
        }

        var key = new ObjectKey("namespaces", "", ns);
        var stored = cluster.Store.Get(key) ?? throw Fault.NotFound("", "namespaces", ns);
        if (StoredJson.Read(stored).IsDeleting)
        {
            throw Terminating(resource, ns, name);
        }

        return new Guard(key, stored.Version);
    }

    private static StatusException Terminating(ResourceDefinition resource, string ns, string name)
    {
        var refusal = Fault.Forbidden(
            resource.FaultGroup, resource.Plural, name,
            $"unable to create new content in namespace {ns} because it is being terminated").Status;
        refusal.Details!["causes"] = new JsonArray(new JsonObject
        {
            ["reason"] = "NamespaceTerminating",
            ["message"] = $"namespace {ns} is being terminated",
            ["field"] = "metadata.namespace",
        });
        return new(refusal);
    }

    private void RequireNotTerminating(ResourceDefinition resource)
    {
        if (resource.IsCustom && cluster.Catalog.Definitions.GetValueOrDefault(resource.StorageName) is
            { IsTerminating: true })
        {
            throw new StatusException(new()
            {
                Code = 405,
                Reason = "MethodNotAllowed",
                Message = "create not allowed while custom resource definition is terminating",
                Details = new() { ["group"] = resource.Group, ["kind"] = resource.Plural },
            });
        }
    }

    private static void RequireValid(ResourceDefinition resource, JsonObject value)
    {
        IReadOnlyList<FieldError> errors = resource.Rules.ValidateCreate(value);
        if (errors.Count > 0)
        {
            throw Fault.Invalid(resource.FaultGroup, KindOf(resource, value), value.Name, errors);
        }
    }

    /// <summary>The kind that messages name: of a custom object what it calls itself.</summary>
    internal static string KindOf(ResourceDefinition resource, JsonObject value) =>
        resource.IsCustom ? value.Kind : resource.Kind;
}
