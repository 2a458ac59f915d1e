using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using Prometheus;
using Vee.Agent;
using Vee.Cli.Terminals;

namespace Vee.Cli.Services;

/// <summary><c>vee agent</c>: hosts machines for an operator.</summary>
internal sealed class AgentCommand : ServiceCommand
{
    private readonly Option<string> name;
    private readonly Option<string> data;
    private readonly Option<int> port;
    private readonly Option<int> metricsPort;
    private readonly Option<string> memory;
    private readonly Option<int> cores;
    private readonly Option<string> authority;
    private readonly Option<string> certificate;
    private readonly Option<string> key;

    private readonly Option<string[]> labels = new("--label")
    {
        Description = "A label KEY=VALUE that agentSelector of hosts can ask for; may be given several times.",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };

    internal AgentCommand(StandardStreams streams)
        : base(streams, "agent", "Hosts machines for an operator, over gRPC with mutual TLS on 127.0.0.1.")
    {
        name = Required("--name", "NAME", "Stable across restarts; no other agent has it.");
        data = Required("--data", "DIR", "Where images are kept; made if missing.");
        port = Number("--port", "Port of 127.0.0.1 for calls; 0 takes a free one", 0, 65535, 0);
        metricsPort = Number("--metrics-port", "Port of 127.0.0.1 for metrics; 0 takes a free one", 0, 65535, 0);
        memory = Required("--memory", "SIZE", "Memory that all its hosts may have together, for example 4G.");
        cores = Number("--cores", "Cores of this computer that guests may use", 1, 1024, Environment.ProcessorCount);
        authority = Required("--ca", "FILE", "Certificates of the authority that callers descend from, in PEM.");
        certificate = Required("--certificate", "FILE", "The agent's certificate, in PEM.");
        key = Required("--key", "FILE", "Its private key, in PEM.");
        Command.Add(labels);
        Command.Validators.Add(result =>
        {
            AgentMemory.Check(result, "--memory", result.GetValue(memory));
            CheckLabels(result);
        });
    }

    private protected override async Task<int> ServeAsync(ParseResult parsed, ServiceLife life)
    {
        _ = ByteSize.TryParse(parsed.GetRequiredValue(memory), out var bytes);
        var options = new AgentOptions
        {
            Name = Text(parsed, name),
            DataDirectory = Text(parsed, data),
            MemoryBytesMax = checked((long)bytes),
            CoreCount = parsed.GetValue(cores),
            Port = parsed.GetValue(port),
            MetricsPort = parsed.GetValue(metricsPort),
            Labels = (parsed.GetValue(labels) ?? []).Select(l => l.Split('=', 2))
                .ToDictionary(l => l[0], l => l.Length > 1 ? l[1] : ""),
            Certificates = new CertificateOptions
            {
                AuthorityFile = Text(parsed, authority),
                CertificateFile = Text(parsed, certificate),
                KeyFile = Text(parsed, key),
            },
        };
        using var traces = TraceExport.Begin("vee-agent", options.Name);
        using var random = RandomNumberGenerator.Create();
        await using var agent = await AgentServer.StartAsync(
            options, random, Metrics.NewCustomRegistry(), TimeProvider.System, life.Logs, life.Stopping);
        Announce(
            parsed, new ServedAddress("calls", $"https://{agent.Address}"),
            new ServedAddress("metrics", $"http://{agent.MetricsAddress}/metrics"));
        await life.WaitAsync();
        return 0;
    }

    private void CheckLabels(CommandResult result)
    {
        var known = new HashSet<string>();
        foreach (var label in result.GetValue(labels) ?? [])
        {
            var word = label.Split('=', 2)[0];
            if (word.Length == 0)
            {
                result.AddError($"--label '{label}' must be KEY=VALUE.");
            }
            else if (!known.Add(word))
            {
                result.AddError($"--label '{label}': there is another label '{word}'.");
            }
        }
    }
}
