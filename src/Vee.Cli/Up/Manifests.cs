using System.Reflection;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Vee.Api.Migrations;
using Vee.Api.Schema;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;

namespace Vee.Cli.Up;

/// <summary>The manifests of config/samples (but for the migration) and config/moves, which this program carries with
/// it.</summary>
internal static class Manifests
{
    private const string Namespace = "default";
    private static readonly ApplyOptions Options = new() { FieldManager = "vee-demo" };

    /// <summary>Applies those whose names begin as given.</summary>
    /// <param name="connection">To the cluster.</param>
    /// <param name="prefix">Directory and file, as <c>Samples.</c> or <c>Moves.hosts.yaml</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task ApplyAsync(
        KubernetesConnection connection, string prefix, CancellationToken cancellation)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var names = assembly.GetManifestResourceNames().Where(n => n.StartsWith(prefix, StringComparison.Ordinal));
        foreach (var name in names.Order())
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            foreach (var manifest in YamlManifests.Read(await reader.ReadToEndAsync(cancellation)))
            {
                await ApplyAsync(connection, manifest, cancellation);
            }
        }
    }

    private static async Task ApplyAsync(
        KubernetesConnection connection, JsonObject manifest, CancellationToken cancellation)
    {
        _ = (string?)manifest["kind"] switch
        {
            VirtualMachine.KindName => (object)await ApplyAsync<VirtualMachine>(
                connection, manifest, Namespace, cancellation),
            MigrationPolicy.KindName => await ApplyAsync<MigrationPolicy>(
                connection, manifest, Namespace, cancellation),
            VirtualMachineMigration.KindName => await ApplyAsync<VirtualMachineMigration>(
                connection, manifest, Namespace, cancellation),
            SimulatedHost.KindName => await ApplyAsync<SimulatedHost>(connection, manifest, "", cancellation),
            var kind => throw new InvalidOperationException($"a manifest is of kind {kind}, which is none of ours"),
        };
    }

    private static Task<T> ApplyAsync<T>(
        KubernetesConnection connection, JsonObject manifest, string space, CancellationToken cancellation)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var metadata = manifest["metadata"]!.AsObject();
        var fields = new JsonObject { ["spec"] = manifest["spec"]!.DeepClone() };
        if (metadata["labels"] is { } labels)
        {
            fields["metadata"] = new JsonObject { ["labels"] = labels.DeepClone() };
        }

        return connection.Resource<T>().ApplyAsync(
            new ObjectKey(space, (string)metadata["name"]!), fields, Options, cancellation);
    }
}
