using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds;
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

        var accepted = status["acceptedNames"] as JsonObject ?? [];
        var conflict = Take(definition, names, accepted);
        status["acceptedNames"] = accepted.DeepClone();
        DefinitionStatus.Set(
            definition, "NamesAccepted", conflict is null ? "True" : "False", conflict?.Reason ?? "NoConflicts",
            conflict?.Message ?? "no conflicts found", cluster.Now);
        if (CustomDefinition.IsEstablished(definition))
        {
            // Once served, a kind stays so under the names that it has.
            return;
        }

        if (conflict is null)
        {
            DefinitionStatus.Set(
                definition, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted",
                cluster.Now);
        }
        else
        {
            DefinitionStatus.Set(
                definition, "Established", "False", "NotAccepted", "not all names are accepted", cluster.Now);
        }
    }

    /// <summary>Takes the names that are free; gives the last one that is not.</summary>
    private (string Reason, string Message)? Take(JsonObject definition, JsonObject names, JsonObject accepted)
    {
        var group = Json.GetString(Json.At(definition, "spec", "group")) ?? "";
        var others = cluster.Catalog.All
            .Where(r => r.Group == group && r.StorageName != definition.Name).ToList();
        var taken = others.SelectMany(r => (string[])[r.Plural, r.Singular, .. r.ShortNames]).ToHashSet(
            StringComparer.Ordinal);
        var takenKinds = others.SelectMany(r => (string[])[r.Kind, r.ListKind]).ToHashSet(StringComparer.Ordinal);
        (string, string)? conflict = null;
        foreach (var (field, reason, set) in ((string, string, HashSet<string>)[])
        [
            ("plural", "PluralConflict", taken), ("singular", "SingularConflict", taken),
            ("shortNames", "ShortNamesConflict", taken), ("kind", "KindConflict", takenKinds),
            ("listKind", "ListKindConflict", takenKinds),
        ])
        {
            var wanted = names[field];
            string[] texts = wanted is JsonArray list
                ? [.. ObjectMeta.Strings(list)]
                : [Json.GetString(wanted) ?? ""];
            if (!Json.AreEqual(wanted, accepted[field]) && Array.Find(texts, set.Contains) is { Length: > 0 } used)
            {
                conflict = (reason, $"\"{used}\" is already in use");
                continue;
            }

            accepted.Remove(field);
            if (wanted is not null)
            {
                accepted[field] = wanted.DeepClone();
            }
        }

        accepted.Remove("categories");
        if (names["categories"] is { } categories)
        {
            accepted["categories"] = categories.DeepClone();
        }

        return conflict;
    }
}
