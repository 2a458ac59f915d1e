using System.Diagnostics;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Vee.Api.SimulatedHosts;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>Objects of a cluster as tests make, change and await them.</summary>
internal static class ClusterObjects
{
    /// <summary>How long something may take to become so.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    extension(FaultCluster cluster)
    {
        /// <summary>Makes a host of two cores.</summary>
        internal Task<SimulatedHost> CreateHostAsync(
            string name, Func<SimulatedHostSpec, SimulatedHostSpec>? change = null)
        {
            var spec = new SimulatedHostSpec
            {
                Hardware = new HardwareSpec
                {
                    Cores = [new CoreGroup { Name = "all", Count = 2 }],
                    Memory = new HostMemory { Size = "256Mi" },
                },
            };
            return cluster.Connection.Resource<SimulatedHost>().CreateAsync(
                new SimulatedHost
                {
                    Metadata = new V1ObjectMeta { Name = name },
                    Spec = change is null ? spec : change(spec),
                },
                Token);
        }

        internal Task<SimulatedHost> CreateHostAsync(string name, LinkSpec link) =>
            cluster.CreateHostAsync(name, spec => spec with { Links = [link] });

        internal Task<T> PatchSpecAsync<T>(ObjectKey key, JsonObject spec)
            where T : class, IKubernetesObject<V1ObjectMeta> =>
            cluster.Connection.Resource<T>().PatchAsync(
                key, ResourcePatch.Merge(new JsonObject { ["spec"] = spec }), subresource: null, Token);

        internal async Task<T> AwaitAsync<T>(string space, string name, Func<T, bool> isThere)
            where T : class, IKubernetesObject<V1ObjectMeta>
        {
            var watch = Stopwatch.StartNew();
            while (true)
            {
                var found = await cluster.Connection.Resource<T>().GetAsync(new ObjectKey(space, name), Token);
                if (isThere(found))
                {
                    return found;
                }

                Assert.True(watch.Elapsed < Patience, $"{name} is {KubernetesJson.Serialize(found)}");
                await Task.Delay(50, Token);
            }
        }
    }
}
