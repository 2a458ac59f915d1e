using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Vee.Cli.Up;
using Vee.ControllerRuntime.Clients;
using Vee.ControlPlane;
using Vee.Operator.Agents;
using Vee.Protocol;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>
/// An API server in this process; agents and operators as processes that can be killed. Operators reach the API server
/// each over a <see cref="FaultyApi"/> of its own, the test without one.
/// </summary>
internal sealed class FaultCluster : IAsyncDisposable
{
    private readonly ScratchDirectory scratch = new();
    private readonly List<GrpcChannel> channels = [];
    private readonly List<int> agentPorts = [];
    private readonly IReadOnlyDictionary<string, string>? environment;
    private ControlPlaneServer controlPlane = null!;
    private X509Certificate2? apiCertificate;
    private X509Certificate2? controlPlaneAuthority;

    private FaultCluster(IReadOnlyDictionary<string, string>? environment) => this.environment = environment;

    /// <summary>The test's own way to the API server.</summary>
    internal KubernetesConnection Connection { get; private set; } = null!;

    internal List<FaultyApi> Apis { get; } = [];

    internal List<KeptProcess> Operators { get; } = [];

    internal List<KeptProcess> Agents { get; } = [];

    /// <summary>Each operator's way to each agent, the first one's first; the test has its own.</summary>
    internal List<TcpLink> Links { get; } = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="operatorCount">More than one elect one of them; a single one is started without election.</param>
    /// <param name="seed">Of the faults.</param>
    /// <param name="environment">What agents and operators find in theirs beside the test's; null for nothing.</param>
    internal static async Task<FaultCluster> StartAsync(
        int operatorCount, int seed, IReadOnlyDictionary<string, string>? environment = null)
    {
        var cluster = new FaultCluster(environment);
        using var authority = Authority.Open(cluster.PathOf("pki"), TimeProvider.System);
        authority.Issue("operator", Roles.Operator);
        authority.Issue("user", Roles.User);
        authority.Issue("api", "api");
        cluster.controlPlane = await ControlPlaneServer.StartAsync(
            new ControlPlaneOptions { DataDirectory = cluster.PathOf("control-plane") }, TimeProvider.System,
            NullLoggerFactory.Instance, Token);
        cluster.controlPlane.WriteKubeconfig(cluster.PathOf("kubeconfig"));
        await ClusterSetup.ApplyAsync(cluster.PathOf("kubeconfig"), authority, TimeProvider.System, Token);
        cluster.Connection = ClusterSetup.Connect(cluster.PathOf("kubeconfig"), TimeProvider.System);
        cluster.StartAgents(authority);
        cluster.controlPlaneAuthority = X509Certificate2.CreateFromPem(cluster.controlPlane.CertificateAuthorityPem);
        using (var pem = X509Certificate2.CreateFromPemFile(authority.CertificateFile("api"), authority.KeyFile("api")))
        {
            cluster.apiCertificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }

        for (var number = 0; number < operatorCount; number++)
        {
            await cluster.StartOperatorAsync(number, operatorCount > 1, authority, seed + number);
        }

        return cluster;
    }

    /// <summary>What an agent has now; null when it does not answer.</summary>
    internal async Task<Inventory?> InventoryAsync(int agent)
    {
        try
        {
            using var watch = new Protocol.Agent.AgentClient(channels[agent]).Watch(
                new WatchRequest(), deadline: DateTime.UtcNow.AddSeconds(5), cancellationToken: Token);
            return await watch.ResponseStream.MoveNext(Token) ? watch.ResponseStream.Current.Inventory : null;
        }
        catch (RpcException) when (!Token.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The test's own way to an agent.</summary>
    internal Protocol.Agent.AgentClient CallsTo(int agent) => new(channels[agent]);

    /// <summary>What operators and agents wrote last, for when something is wrong.</summary>
    internal string Logs() => string.Join(
        "\n", Operators.Concat(Agents).Select(p => string.Join('\n', p.Log.Split('\n').TakeLast(40))));

    public async ValueTask DisposeAsync()
    {
        Connection.Dispose();
        channels.ForEach(c => c.Dispose());
        await Task.WhenAll(Operators.Concat(Agents).Select(p => p.DisposeAsync().AsTask()));
        await Task.WhenAll(Links.Select(l => l.DisposeAsync().AsTask()));
        foreach (var api in Apis)
        {
            await api.DisposeAsync();
        }

        await controlPlane.DisposeAsync();
        apiCertificate?.Dispose();
        controlPlaneAuthority?.Dispose();
        scratch.Dispose();
    }

    private void StartAgents(Authority authority)
    {
        var ports = new FreePorts();
        foreach (var name in (string[])["agent-a", "agent-b"])
        {
            authority.Issue(name, "agent");
            var port = ports.Take(null);
            agentPorts.Add(port);
            Agents.Add(new KeptProcess(PathOf(name + ".log"),
            [
                "agent", "--name", name, "--data", PathOf(name), "--port",
                port.ToString(CultureInfo.InvariantCulture), "--memory", "1G",
                .. Credentials(authority, name),
            ], environment));
            var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
            channels.Add(AgentChannel.Open(address, new AgentCredentials(
                authority.File, authority.CertificateFile("operator"), authority.KeyFile("operator"))));
        }
    }

    private async Task StartOperatorAsync(
        int number, bool isElected, Authority authority, int seed)
    {
        var links = agentPorts.Select(port => new TcpLink(port, IsAgent)).ToList();
        Links.AddRange(links);
        var api = await FaultyApi.StartAsync(controlPlane.Url, controlPlaneAuthority!, apiCertificate!, seed);
        Apis.Add(api);
        var ca = Convert.ToBase64String(Encoding.UTF8.GetBytes(await File.ReadAllTextAsync(authority.File, Token)));
        var kubeconfig = PathOf($"kubeconfig-{number}");
        var original = await File.ReadAllTextAsync(PathOf("kubeconfig"), Token);
        var caBefore = Convert.ToBase64String(Encoding.UTF8.GetBytes(controlPlane.CertificateAuthorityPem));
        await File.WriteAllTextAsync(kubeconfig, original.Replace(controlPlane.Url.ToString().TrimEnd('/'), api.Url,
            StringComparison.Ordinal).Replace(caBefore, ca, StringComparison.Ordinal), Token);
        Operators.Add(new KeptProcess(PathOf($"operator-{number}.log"),
        [
            "operator", "--kubeconfig", kubeconfig, "--agents", string.Join(',', links.Select(l => l.Address)),
            .. isElected ? ["--lease-namespace", ClusterSetup.Namespace] : Array.Empty<string>(),
            .. Credentials(authority, "operator"),
        ], environment));
    }

    private bool IsAgent(int clientPort) => Agents.Any(a => a.HasConnection(clientPort));

    private static string[] Credentials(Authority authority, string name) =>
    [
        "--ca", authority.File, "--certificate", authority.CertificateFile(name), "--key", authority.KeyFile(name),
    ];

    private string PathOf(string name) => Path.Combine(scratch.FullName, name);
}
