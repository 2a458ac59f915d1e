using System.Security.Cryptography;
using System.Text;

namespace Vee.ControlPlane.Kinds;

/// <summary>One resource in one version: what a path can name.</summary>
internal sealed record ResourceDefinition
{
    /// <summary>Verbs of a resource that can do everything.</summary>
    internal static readonly IReadOnlyList<string> AllVerbs =
        ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>Empty for the core group.</summary>
    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Plural { get; init; }

    public required string Singular { get; init; }

    public required string Kind { get; init; }

    public required bool IsNamespaced { get; init; }

    /// <summary>What makes this kind different from others.</summary>
    public required KindRules Rules { get; init; }

    /// <value>Kind and "List".</value>
    public string ListKind { get => field.Length == 0 ? $"{Kind}List" : field; init; } = "";

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public IReadOnlyList<string> Verbs { get; init; } = AllVerbs;

    public IReadOnlyList<Subresource> Subresources { get; init; } = [];

    /// <summary>What clients of this version are told with every answer.</summary>
    /// <value>Empty: nothing.</value>
    public string DeprecationWarning { get; init; } = "";

    /// <summary>Defined by a CustomResourceDefinition.</summary>
    public bool IsCustom { get; init; }

    /// <summary>Answers requests but holds no objects, such as access reviews.</summary>
    public bool IsVirtual { get; init; }

    /// <summary>The first name of stored keys; versions, and events of both groups, share it.</summary>
    /// <value>Plural and group.</value>
    public string StorageName
    {
        get => field.Length > 0 ? field : Group.Length == 0 ? Plural : $"{Plural}.{Group}";
        init;
    } = "";

    /// <summary>The group that messages name: events of either group speak of the core group.</summary>
    internal string FaultGroup => StorageName == "events" ? "" : Group;

    /// <summary>For example <c>apps/v1</c>.</summary>
    internal string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>What discovery calls the way in which objects are stored.</summary>
    internal string StorageHash => Convert.ToBase64String(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Group}/{Version}/{Kind}")).AsSpan(0, 8));
}

/// <summary>Something below an object: <c>/status</c>, <c>/scale</c>.</summary>
/// <param name="Name">The last part of the path.</param>
/// <param name="Verbs">What can be done with it.</param>
internal sealed record Subresource(string Name, params IReadOnlyList<string> Verbs)
{
    internal static readonly Subresource Status = new("status", "get", "patch", "update");

    internal static readonly Subresource Scale =
        new("scale", "get", "patch", "update") { Group = "autoscaling", Version = "v1", Kind = "Scale" };

    /// <summary>The kind that it takes and gives; empty for the kind of the object itself.</summary>
    public string Kind { get; init; } = "";

    public string Group { get; init; } = "";

    public string Version { get; init; } = "";
}
