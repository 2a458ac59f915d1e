using System.Text.Json.Nodes;

namespace Vee.ControlPlane.OpenApi;

/// <summary>Descriptions that every group needs.</summary>
internal static class CommonSchemas
{
    internal const string ObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
    internal const string ListMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";
    internal const string Patch = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

    private const string Time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
    private const string OwnerReference = "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference";
    private const string ManagedFieldsEntry = "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry";

    internal static JsonObject Reference(string schema) => new() { ["$ref"] = $"#/components/schemas/{schema}" };

    /// <summary>The fields that every object has.</summary>
    internal static JsonObject ObjectFields() => new()
    {
        ["apiVersion"] = Text(
            "APIVersion defines the versioned schema of this representation of an object: the group and the version."),
        ["kind"] = Text("Kind is the name of the type of this object, in CamelCase. Cannot be updated."),
        ["metadata"] = new JsonObject
        {
            ["description"] = "Standard object's metadata.",
            ["allOf"] = new JsonArray(Reference(ObjectMeta)),
        },
    };

    internal static JsonObject All() => new()
    {
        [ObjectMeta] = Meta(),
        [ListMeta] = Object("ListMeta describes a list.", new()
        {
            ["continue"] = Text("The token that asks for the next page; empty on the last one."),
            ["remainingItemCount"] = Number("How many objects follow on later pages."),
            ["resourceVersion"] = Text("The version of the state that was listed."),
        }),
        [OwnerReference] = Object("OwnerReference names an object that this one belongs to.", new()
        {
            ["apiVersion"] = Text("Group and version of the owner."),
            ["kind"] = Text("Kind of the owner."),
            ["name"] = Text("Name of the owner."),
            ["uid"] = Text("UID of the owner."),
            ["controller"] = Flag("The owner is the managing controller."),
            ["blockOwnerDeletion"] = Flag("The owner's foreground deletion waits for this object."),
        }),
        [ManagedFieldsEntry] = Object("ManagedFieldsEntry says which fields a manager owns.", new()
        {
            ["apiVersion"] = Text("The version of the fields."),
            ["fieldsType"] = Text("FieldsV1."),
            ["fieldsV1"] = Object("The set of fields.", []),
            ["manager"] = Text("Who owns the fields."),
            ["operation"] = Text("Apply or Update."),
            ["subresource"] = Text("The subresource through which they were written."),
            ["time"] = Reference(Time),
        }),
        [Patch] = Object("Patch is the body of a PATCH request.", []),
        [Time] = new JsonObject { ["type"] = "string", ["format"] = "date-time" },
    };

    private static JsonObject Meta() => Object("ObjectMeta is metadata that all objects have.", new()
    {
        ["annotations"] = TextMap("Annotations are arbitrary text that tools keep with an object."),
        ["creationTimestamp"] = Reference(Time),
        ["deletionGracePeriodSeconds"] = Number("Seconds from the delete to the end of the object."),
        ["deletionTimestamp"] = Reference(Time),
        ["finalizers"] = List(Text("Who must agree before the object can go.")),
        ["generateName"] = Text("The start of a name that the server completes, where no name is given."),
        ["generation"] = Number("Counts the changes of what is asked for."),
        ["labels"] = TextMap("Labels can be selected by."),
        ["managedFields"] = List(Reference(ManagedFieldsEntry)),
        ["name"] = Text("Name is unique within a namespace. Cannot be updated."),
        ["namespace"] = Text("Namespace is the space within which the name is unique. Cannot be updated."),
        ["ownerReferences"] = List(Reference(OwnerReference)),
        ["resourceVersion"] = Text("Changes with every write of the object; opaque."),
        ["selfLink"] = Text("No longer used."),
        ["uid"] = Text("UID is unique in time and space. Set by the server."),
    });

    private static JsonObject Object(string description, JsonObject properties) => new()
    {
        ["description"] = description,
        ["type"] = "object",
        ["properties"] = properties,
    };

    private static JsonObject Text(string description) =>
        new() { ["description"] = description, ["type"] = "string" };

    private static JsonObject Number(string description) => new()
    {
        ["description"] = description,
        ["type"] = "integer",
        ["format"] = "int64",
    };

    private static JsonObject Flag(string description) =>
        new() { ["description"] = description, ["type"] = "boolean" };

    private static JsonObject TextMap(string description) => new()
    {
        ["description"] = description,
        ["type"] = "object",
        ["additionalProperties"] = new JsonObject { ["type"] = "string" },
    };

    private static JsonObject List(JsonObject items) => new() { ["type"] = "array", ["items"] = items };
}
