using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using k8s;
using Prometheus;
using Vee.Cli.Cluster;
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
    private const int AgentCountMax = 1000;

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
        Command.Validators.Add(CheckAgents);
    }

    private protected override async Task<int> ServeAsync(ParseResult parsed, ServiceLife life)
    {
        var configuration = GuestText.ToHostOrNull(parsed.GetValue(kubeconfig)) is { } file
            ? Kubeconfig.LoadFile(file)
            : KubernetesClientConfiguration.InClusterConfig();
        var seed = Environment.ProcessId;
        using var connection = new KubernetesConnection(
            configuration,
            new RuntimeServices(TimeProvider.System, new Random(seed), Metrics.NewCustomRegistry(), life.Logs));
        var options = OptionsOf(parsed);
        using var traces = TraceExport.Begin("vee-operator", options.Instance);
        using var server = new OperatorServer(connection, options, new Random(seed + 1), life.Logs);
        // A lost lease is a failure: whoever started the process starts it anew, with empty hands.
        return await server.RunAsync(life.Stopping) == HostExit.LeadershipLost ? ExitStatus.Failure : 0;
    }

    private static string[] AddressesOf(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>A name or an address, an IPv6 one in brackets, and a port.</summary>
    private static bool IsAddress(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0
            && ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port > 0
            && Uri.CheckHostName(text[..colon]) is not UriHostNameType.Unknown
            && (text[0] == '[' || !text[..colon].Contains(':', StringComparison.Ordinal));
    }

    private void CheckAgents(CommandResult result)
    {
        var addresses = AddressesOf(result.GetValue(agents) ?? "");
        if (addresses.Length is 0 or > AgentCountMax)
        {
            result.AddError(addresses.Length == 0
                ? "--agents names no agent; write HOST:PORT,..."
                : $"--agents names {addresses.Length} agents, {AgentCountMax} are the most.");
        }
        else if (addresses.FirstOrDefault(a => !IsAddress(a)) is { } wrong)
        {
            result.AddError($"--agents '{wrong}' must be HOST:PORT.");
        }
    }

    private OperatorOptions OptionsOf(ParseResult parsed) => new()
    {
        AgentAddresses = AddressesOf(Text(parsed, agents)),
        Credentials = new AgentCredentials(
            Text(parsed, authority), Text(parsed, certificate), Text(parsed, key)),
        Instance = string.Create(
            CultureInfo.InvariantCulture, $"{Environment.MachineName}_{Environment.ProcessId}"),
        LeaseNamespace = GuestText.ToHostOrNull(parsed.GetValue(leaseNamespace)),
        HealthPort = parsed.GetValue(healthPort),
        HealthServed = address => Announce(
            parsed, new ServedAddress("health", new Uri(address, "/readyz").AbsoluteUri),
            new ServedAddress("metrics", new Uri(address, "/metrics").AbsoluteUri)),
    };
}
