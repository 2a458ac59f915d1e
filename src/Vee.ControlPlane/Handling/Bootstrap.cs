using System.Text.Json.Nodes;
using Vee.ControlPlane.Requests;

namespace Vee.ControlPlane.Handling;

/// <summary>Makes what every cluster begins with.</summary>
internal static class Bootstrap
{
    private static readonly string[] Namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    private static readonly WriteOptions Options = new()
    {
        IsDryRun = false,
        Manager = "kube-apiserver",
        Unknown = UnknownFields.Ignore,
        Forces = false,
    };

    internal static async Task RunAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        var resource = cluster.Catalog.Find("", "v1", "namespaces")!;
        var creator = new ObjectCreator(cluster);
        foreach (var name in Namespaces)
        {
            if (cluster.Store.Get(Cluster.Key(resource, "", name)) is not null)
            {
                continue;
            }

            var value = new JsonObject
            {
                ["kind"] = "Namespace",
                ["apiVersion"] = "v1",
                ["metadata"] = new JsonObject { ["name"] = name },
            };
            resource.Rules.Decode(value);
            await creator.CreateAsync(resource, "", value, Options, isApply: false, cancellationToken);
        }
    }
}
