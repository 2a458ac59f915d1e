using System.Text.Json.Nodes;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Kinds;

/// <summary>What is special about a kind. Every question has the answer that most kinds give.</summary>
/// <remarks>Immutable and thread-safe. Objects that are passed in are changed only where it is said.</remarks>
internal abstract class KindRules
{
    private static readonly FieldSet StatusFields = FieldSet.OfTopLevel("status");
    private static readonly FieldSet AllButStatusFields = FieldSet.OfTopLevel("metadata", "spec");

    private static readonly IReadOnlyDictionary<string, Func<JsonObject, string>> MetadataFields =
        new Dictionary<string, Func<JsonObject, string>>(StringComparer.Ordinal)
        {
            ["metadata.name"] = static value => value.Name,
            ["metadata.namespace"] = static value => value.Namespace,
        };

    /// <summary>How its fields merge.</summary>
    internal abstract ObjectType Type { get; }

    /// <summary>What kubectl shows of it.</summary>
    internal abstract IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>Counts changes of what the user asks for in <c>metadata.generation</c>.</summary>
    internal virtual bool HasGeneration => false;

    /// <summary>Has a status that only <c>/status</c> writes.</summary>
    internal virtual bool HasStatus => false;

    /// <summary>An update need not say which version it replaces.</summary>
    internal virtual bool AllowsUnconditionalUpdate => true;

    /// <summary>An update of what is not there creates it.</summary>
    internal virtual bool AllowsCreateOnUpdate => false;

    /// <summary>A delete answers with the object, not with a Status.</summary>
    internal virtual bool ReturnsDeleted => false;

    /// <summary>Where its replicas are; null for a kind without <c>/scale</c>.</summary>
    internal virtual ScalePaths? Scale => null;

    /// <summary>The fields that lists and watches can select on.</summary>
    internal virtual IReadOnlyDictionary<string, Func<JsonObject, string>> Fields => MetadataFields;

    /// <summary>Fields that a way of writing resets, so that nobody comes to own them by it.</summary>
    internal virtual FieldSet ResetFields(string subresource) => (HasStatus, subresource) switch
    {
        (true, "") => StatusFields,
        (true, "status") => AllButStatusFields,
        _ => FieldSet.Empty,
    };

    /// <summary>Brings an object of a request into shape, in place: unknown fields go, defaults come.</summary>
    /// <returns>What was unknown, each as <c>unknown field "spec.bogus"</c>.</returns>
    /// <exception cref="Faults.StatusException">400: a value of the wrong type.</exception>
    internal virtual IReadOnlyList<string> Decode(JsonObject value) => [];

    /// <summary>Turns the stored form into this version, in place.</summary>
    internal virtual void FromStorage(JsonObject value)
    {
    }

    /// <summary>Turns this version into the stored form, in place.</summary>
    internal virtual void ToStorage(JsonObject value)
    {
    }

    /// <summary>Sets what the server decides about a new object, in place.</summary>
    internal virtual void PrepareCreate(JsonObject value)
    {
        if (HasStatus)
        {
            value.Remove("status");
            if (Type.Empty["status"] is { } empty)
            {
                value["status"] = empty.DeepClone();
            }
        }
    }

    /// <summary>
    /// Takes back what an update through a subresource (empty: the object itself) may not change, in place.
    /// </summary>
    internal virtual void PrepareUpdate(JsonObject value, JsonObject old, string subresource)
    {
        if (subresource == "status")
        {
            var fields = value.Select(f => f.Key).Union(old.Select(f => f.Key), StringComparer.Ordinal).ToList();
            foreach (var field in fields)
            {
                if (field is not ("status" or "metadata" or "apiVersion" or "kind"))
                {
                    Restore(value, old, field);
                }
            }

            KeepStatusMetadata(value, old);
        }
        else if (HasStatus)
        {
            Restore(value, old, "status");
        }
    }

    internal virtual IReadOnlyList<FieldError> ValidateCreate(JsonObject value) => [];

    internal virtual IReadOnlyList<FieldError> ValidateUpdate(JsonObject value, JsonObject old, string subresource) =>
        [];

    /// <summary>Sentences for the header Warning; on create there is nothing old.</summary>
    internal virtual IReadOnlyList<string> Warnings(JsonObject value, JsonObject? old) => [];

    /// <summary>Whether an update changes what the user asks for.</summary>
    internal virtual bool ChangesIntent(JsonObject value, JsonObject old) =>
        !Json.AreEqual(value["spec"], old["spec"]);

    /// <summary>Whether an object that is going waits for nobody any more.</summary>
    internal virtual bool IsReleased(JsonObject value) => value.Finalizers.Count == 0;

    /// <summary>What a write through <c>/status</c> may not change in the metadata.</summary>
    protected virtual void KeepStatusMetadata(JsonObject value, JsonObject old)
    {
        foreach (var field in (string[])["labels", "ownerReferences"])
        {
            value.SetMeta(field, old.Metadata[field]?.DeepClone());
        }
    }

    /// <summary>Sets a field to what it was.</summary>
    protected static void Restore(JsonObject value, JsonObject old, string field)
    {
        value.Remove(field);
        if (old.TryGetPropertyValue(field, out var was))
        {
            value[field] = was?.DeepClone();
        }
    }
}

/// <summary>Where the numbers of <c>/scale</c> are, for example <c>.spec.replicas</c>.</summary>
internal sealed record ScalePaths(string SpecReplicas, string StatusReplicas, string? Selector);
