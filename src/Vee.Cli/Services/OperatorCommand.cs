using System.CommandLine;
using System.Globalization;
using k8s;
using Prometheus;
using Vee.Cli.Terminals;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Hosting;
using Vee.Machines.Linux;
using Vee.Operator;
using Vee.Operator.Agents;

namespace Vee.Cli.Services;

/// <summary><c>vee operator</c>: makes what objects ask for true on agents.</summary>
internal sealed class OperatorCommand : ServiceCommand
{
    private readonly Option<string?> kubeconfig;
    private readonly Option<string> agents;
    private readonly Option<int> healthPort;
    private readonly Option<string?> leaseNamespace;
    private readonly Option<string> authority;
    private readonly Option<string> certificate;
    private readonly Option<string> key;

    internal OperatorCommand(StandardStreams streams)
        : base(streams, "operator", "Runs the controllers of VirtualMachine and SimulatedHost.")
    {
        kubeconfig = Optional("--kubeconfig", "FILE", "How to reach the API server. Default: as a pod in a cluster.");
        agents = Required("--agents", "HOST:PORT,...", "Where agents listen.");
        healthPort = Number(
            "--health-port", "Port of 127.0.0.1 for /healthz, /readyz and /metrics; 0 takes a free one", 0, 65535, 0);
        leaseNamespace = Optional(
            "--lease-namespace", "NAME",
            "Namespace of the lease that makes one of several operators the one that acts.");
        authority = Required("--ca", "FILE", "Certificates of the authority that agents descend from, in PEM.");
        certificate = Required("--certificate", "FILE", "The operator's certificate, in PEM.");
        key = Required("--key", "FILE", "Its private key, in PEM.");
    }

    private protected override async Task<int> ServeAsync(ParseResult parsed, ServiceLife life)
    {
        var configuration = GuestText.ToHostOrNull(parsed.GetValue(kubeconfig)) is { } file
            ? KubernetesClientConfiguration.BuildConfigFromConfigFile(file)
            : KubernetesClientConfiguration.InClusterConfig();
        var seed = Environment.ProcessId;
        using var connection = new KubernetesConnection(
            configuration,
            new RuntimeServices(TimeProvider.System, new Random(seed), Metrics.NewCustomRegistry(), life.Logs));
        using var server = new OperatorServer(connection, OptionsOf(parsed), new Random(seed + 1), life.Logs);
        // A lost lease is a failure: whoever started the process starts it anew, with empty hands.
        return await server.RunAsync(life.Stopping) == HostExit.LeadershipLost ? ExitStatus.Failure : 0;
    }

    private OperatorOptions OptionsOf(ParseResult parsed) => new()
    {
        AgentAddresses = Text(parsed, agents).Split(
            ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        Credentials = new AgentCredentials(
            Text(parsed, authority), Text(parsed, certificate), Text(parsed, key)),
        Instance = string.Create(
            CultureInfo.InvariantCulture, $"{Environment.MachineName}_{Environment.ProcessId}"),
        LeaseNamespace = GuestText.ToHostOrNull(parsed.GetValue(leaseNamespace)),
        HealthPort = parsed.GetValue(healthPort),
    };
}
