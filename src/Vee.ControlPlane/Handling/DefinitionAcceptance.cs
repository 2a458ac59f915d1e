using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds.BuiltIn;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Handling;

/// <summary>Accepts the names of CustomResourceDefinitions, or says who has them already.</summary>
/// <remarks>Source: <c>k8s.io/apiextensions-apiserver/pkg/controller/{status,establish}</c>.</remarks>
internal sealed class DefinitionAcceptance(Cluster cluster, ObjectUpdater updater)
{
    private const string Manager = "kube-apiserver";

    /// <summary>Brings the status of a definition up to date with its spec; without need nothing is written.</summary>
    internal async Task AcceptAsync(string name, CancellationToken cancellationToken)
    {
        var resource = cluster.Catalog.FindStored(BuiltInResources.Definitions)!;
        var update = new Update
        {
            Resource = resource,
            Key = new(resource.StorageName, "", name),
            Subresource = "status",
            Options = new()
            {
                IsDryRun = false,
                Manager = Manager,
                Unknown = UnknownFields.Ignore,
                Forces = false,
            },
            Propose = definition =>
            {
                Accept(definition);
                return new(definition, OwnersAreSet: false);
            },
        };
        try
        {
            await updater.UpdateAsync(update, cancellationToken);
        }
        catch (StatusException e) when (e.Status.Reason == "NotFound")
        {
            // Deleted meanwhile.
        }
    }

    private void Accept(JsonObject definition)
    {
        if (definition.IsDeleting || Json.At(definition, "spec", "names") is not JsonObject names)
        {
            return;
        }

        if (definition["status"] is not JsonObject status)
        {
            status = [];
            definition["status"] = status;
        }

        if (Conflict(definition, names) is { } conflict)
        {
            DefinitionStatus.Set(
                definition, "NamesAccepted", "False", conflict.Reason, conflict.Message, cluster.Now);
            DefinitionStatus.Set(
                definition, "Established", "False", "NotAccepted", "not all names are accepted", cluster.Now);
            return;
        }

        status["acceptedNames"] = names.DeepClone();
        DefinitionStatus.Set(
            definition, "NamesAccepted", "True", "NoConflicts", "no conflicts found", cluster.Now);
        DefinitionStatus.Set(
            definition, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted",
            cluster.Now);
    }

    /// <summary>The first name that another resource of the group has.</summary>
    private (string Reason, string Message)? Conflict(JsonObject definition, JsonObject names)
    {
        var group = Json.GetString(Json.At(definition, "spec", "group")) ?? "";
        var others = cluster.Catalog.All
            .Where(r => r.Group == group && r.StorageName != definition.Name).ToList();
        var taken = others.SelectMany(r => (string[])[r.Plural, r.Singular, .. r.ShortNames]).ToHashSet(
            StringComparer.Ordinal);
        var takenKinds = others.SelectMany(r => (string[])[r.Kind, r.ListKind]).ToHashSet(StringComparer.Ordinal);
        foreach (var (field, reason, set) in ((string, string, HashSet<string>)[])
        [
            ("plural", "PluralConflict", taken), ("singular", "SingularConflict", taken),
            ("kind", "KindConflict", takenKinds), ("listKind", "ListKindConflict", takenKinds),
        ])
        {
            if (Json.GetString(names[field]) is { Length: > 0 } name && set.Contains(name))
            {
                return (reason, $"\"{name}\" is already in use");
            }
        }

        foreach (var name in ObjectMeta.Strings(names["shortNames"]))
        {
            if (taken.Contains(name))
            {
                return ("ShortNamesConflict", $"\"{name}\" is already in use");
            }
        }

        return null;
    }
}
