using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Tables;

/// <summary>One column of the table that kubectl shows.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Cell">What an object has in it, at a point in time.</param>
internal sealed record TableColumn(string Name, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    internal const string NameText =
        "Name must be unique within a namespace. Is required when creating resources, although some resources may "
        + "allow a client to request the generation of an appropriate name automatically. Name is primarily intended "
        + "for creation idempotence and configuration definition. Cannot be updated. More info: "
        + "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

    internal const string CreationText =
        "CreationTimestamp is a timestamp representing the server time when this object was created. It is not "
        + "guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It "
        + "is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More "
        + "info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

    /// <value>string.</value>
    public string Type { get; init; } = "string";

    /// <value>Empty.</value>
    public string Format { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>Columns above 0 show with <c>-o wide</c> only.</summary>
    /// <value>0.</value>
    public int Priority { get; init; }

    internal JsonObject Definition() => new()
    {
        ["name"] = Name,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = Priority,
    };
}
