using System.Net;
using k8s.Models;
using Prometheus;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;

namespace Vee.Cli.Cluster;

/// <summary>The cluster that a command is about. What goes wrong is said in words for the command's user.</summary>
internal sealed class ClusterAccess : IDisposable
{
    /// <summary>By this the API server knows who wrote a field.</summary>
    internal const string FieldManager = "vee-cli";

    private static readonly TimeSpan RequestTimeoutDefault = TimeSpan.FromSeconds(30);

    private readonly KubernetesConnection connection;
    private readonly string server;

    private ClusterAccess(KubernetesConnection connection, string server, string space)
    {
        this.connection = connection;
        this.server = server;
        Namespace = space;
    }

    /// <summary>The namespace that the command is about.</summary>
    internal string Namespace { get; }

    private ResourceClient<VirtualMachine> Machines => connection.Resource<VirtualMachine>();

    private ResourceClient<VirtualMachineMigration> Migrations => connection.Resource<VirtualMachineMigration>();

    /// <summary>Connects lazily: nothing is sent before the first request.</summary>
    /// <exception cref="CommandFailedException">No kubeconfig, or none that can be used.</exception>
    internal static ClusterAccess Open(ClusterTarget target, TimeProvider time)
    {
        var configuration = Kubeconfig.Load(target);
        var services = new RuntimeServices(time, new Random(Environment.ProcessId), Metrics.NewCustomRegistry());
        var opened = new KubernetesConnection(configuration, services, new KubernetesConnectionOptions
        {
            RequestTimeout = target.Timeout ?? RequestTimeoutDefault,
            // Somebody waits at a keyboard: a server that is down is to be told soon.
            RetriesMax = 2,
        });

        // A patch names no manager; the server then takes the program's name.
        var agent = opened.Client.HttpClient.DefaultRequestHeaders.UserAgent;
        agent.Clear();
        agent.ParseAdd(FieldManager);
        return new ClusterAccess(
            opened, configuration.Host, target.Namespace ?? configuration.Namespace ?? "default");
    }

    /// <exception cref="CommandFailedException">There is none of that name, or it cannot be read.</exception>
    internal Task<VirtualMachine> GetMachineAsync(string name, CancellationToken cancellation) =>
        AskAsync(() => Machines.GetAsync(KeyOf(name), cancellation), name, cancellation);

    /// <exception cref="CommandFailedException">They cannot be read.</exception>
    internal Task<List<VirtualMachine>> ListMachinesAsync(CancellationToken cancellation) =>
        AskAsync(() => ReadAllAsync(cancellation), name: null, cancellation);

    /// <summary>Changes a machine.</summary>
    /// <returns>The machine with the change.</returns>
    /// <exception cref="CommandFailedException">It is gone, or the change is refused.</exception>
    internal Task<VirtualMachine> PatchMachineAsync(
        string name, ResourcePatch patch, CancellationToken cancellation) =>
        AskAsync(() => Machines.PatchAsync(KeyOf(name), patch, subresource: null, cancellation), name, cancellation);

    /// <summary>Makes a migration.</summary>
    /// <exception cref="CommandFailedException">It is refused.</exception>
    internal Task<VirtualMachineMigration> CreateMigrationAsync(
        VirtualMachineMigration migration, CancellationToken cancellation) =>
        AskAsync(() => Migrations.CreateAsync(migration, cancellation), name: null, cancellation);

    /// <summary>A migration, or null when it is not there.</summary>
    /// <exception cref="CommandFailedException">It cannot be read.</exception>
    internal Task<VirtualMachineMigration?> FindMigrationAsync(string name, CancellationToken cancellation) =>
        AskAsync(() => Migrations.FindAsync(KeyOf(name), cancellation), name: null, cancellation);

    /// <summary>A Secret, or null when it is not there.</summary>
    /// <exception cref="CommandFailedException">It may not be read.</exception>
    internal Task<V1Secret?> FindSecretAsync(string space, string name, CancellationToken cancellation) =>
        AskAsync(
            () => connection.Resource<V1Secret>().FindAsync(new ObjectKey(space, name), cancellation),
            name: null, cancellation);

    public void Dispose() => connection.Dispose();

    private ObjectKey KeyOf(string name) => new(Namespace, name);

    private async Task<List<VirtualMachine>> ReadAllAsync(CancellationToken cancellation)
    {
        var machines = new List<VirtualMachine>();
        await foreach (var machine in Machines.ListAsync(
            new ResourceScope { Namespace = Namespace }, cancellation))
        {
            machines.Add(machine);
        }

        return machines;
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> ask, string? name, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (KubernetesApiException error)
        {
            throw new CommandFailedException(Describe(error, name), error);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested && IsOfTheConnection(error))
        {
            throw new CommandFailedException(
                $"the API server {server} cannot be reached: {Innermost(error)} Is the cluster running? "
                + "'vee up' starts "
                    + "one here; --kubeconfig and --context choose another.",
                error);
        }
    }

    private string Describe(KubernetesApiException error, string? name)
    {
        if (error.IsNotFound && name is not null && error.Message.Contains($"\"{name}\"", StringComparison.Ordinal))
        {
            return $"there is no virtual machine '{name}' in namespace '{Namespace}'. 'kubectl get veevm -n "
                + $"{Namespace}' lists those that are.";
        }

        return error.Status switch
        {
            HttpStatusCode.NotFound =>
                $"the cluster {server} has no kind {VirtualMachine.KindName} of {ApiGroup.NameAndVersion}. Is it the "
                    + "right one? 'vee crds | kubectl apply --server-side -f -' adds the kinds.",
            HttpStatusCode.Unauthorized =>
                $"the API server {server} does not accept the credentials of the kubeconfig: {error.Message}",
            HttpStatusCode.Forbidden => $"you may not do that: {error.Message}",
            _ => $"the API server refused: {error.Message}",
        };
    }

    private static bool IsOfTheConnection(Exception error) =>
        error is HttpRequestException or IOException or TimeoutException or OperationCanceledException
            or System.Text.Json.JsonException;

    private static string Innermost(Exception error)
    {
        var message = error.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd();
        return message.EndsWith('.') ? message : $"{message}.";
    }
}
