using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>An object of ours as a program declares it that has no classes of ours.</summary>
public sealed class UserObject : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public JsonObject Spec { get; set; } = [];

    public JsonObject? Status { get; set; }

    /// <summary>The status of a condition; null when it is not there.</summary>
    internal string? Condition(string type) => (string?)(Status?["conditions"] as JsonArray)
        ?.FirstOrDefault(c => (string?)c!["type"] == type)?["status"];

    /// <summary>What a tool that follows kstatus takes it to be.</summary>
    internal string KStatus() =>
        Vee.Tests.Shared.KStatus.Of(JsonNode.Parse(KubernetesJson.Serialize(this))!);
}

/// <summary>A list of them.</summary>
public sealed class UserObjectList : IKubernetesObject<V1ListMeta>, IItems<UserObject>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ListMeta Metadata { get; set; } = new();

    public IList<UserObject> Items { get; set; } = [];
}
