namespace Vee.Cli.Up;

/// <summary>Starts everything in its order, keeps it running, and ends it in the reverse order.</summary>
internal sealed class Supervisor(
    UpDirectory directory, UpSettings settings, TimeProvider time, Action<string> progress) : IAsyncDisposable
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly List<ChildProcess> children = [];
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>Starts everything.</summary>
    /// <returns>What runs, when all of it is ready.</returns>
    /// <exception cref="UpException">Something does not get ready; the message says what and where to look.</exception>
    public async Task<UpRecord> StartAsync(CancellationToken cancellation)
    {
        var record = Plan();
        directory.WriteRecord(record);
        using var authority = Authority.Open(directory.Pki, time);
        authority.Issue("operator", "operator");
        authority.Issue("user", "user");

        if (record.ControlPlanePort is { } port)
        {
            progress("starting the API server");
            // The server writes it when it serves; one from before says nothing.
            File.Delete(directory.Kubeconfig);
            Run("control-plane", ["control-plane", "--data", directory.ControlPlane, "--port", Text(port),
                "--kubeconfig-out", directory.Kubeconfig]);
            await ReadyAsync("control-plane", () => File.Exists(directory.Kubeconfig), cancellation);
        }
        else
        {
            await ClusterSetup.RequireFreeAsync(record.Kubeconfig, authority, time, cancellation);
        }

        progress("applying the CRDs");
        await ClusterSetup.ApplyAsync(record.Kubeconfig, authority, time, cancellation);
        foreach (var agent in record.Agents)
        {
            progress($"starting {agent.Name}");
            authority.Issue(agent.Name, "agent");
            Run(agent.Name, AgentArguments(agent, authority));
        }

        progress("starting the operator");
        Run("operator", OperatorArguments(record, authority));
        foreach (var agent in record.Agents)
        {
            await ReadyAsync(agent.Name, $"http://127.0.0.1:{Text(agent.MetricsPort)}/readyz", cancellation);
        }

        await ReadyAsync("operator", $"{record.OperatorHealth}/readyz", cancellation);
        record = record with { IsReady = true };
        directory.WriteRecord(record);
        return record;
    }

    /// <summary>Ends everything: the operator first, so that it sees no ends that are none of its business.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var group in children.AsEnumerable().Reverse().GroupBy(c => OrderOf(c.Name)).OrderBy(g => g.Key))
        {
            await Task.WhenAll(group.Select(c => c.StopAsync()));
        }

        children.ForEach(c => c.Dispose());
        http.Dispose();
    }

    private static int OrderOf(string name) => name switch
    {
        "operator" => 0,
        "control-plane" => 2,
        _ => 1,
    };

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private UpRecord Plan()
    {
        var before = directory.ReadRecord();
        var ports = new FreePorts();
        var agents = Enumerable.Range(1, settings.AgentCount).Select(n =>
        {
            var name = $"agent-{Text(n)}";
            var known = before?.Agents.FirstOrDefault(a => a.Name == name);
            return new UpAgent(name, ports.Take(known?.Port), ports.Take(known?.MetricsPort));
        }).ToList();
        return new UpRecord
        {
            IsReady = false,
            Supervisor = Environment.ProcessId,
            Kubeconfig = settings.Kubeconfig ?? directory.Kubeconfig,
            ControlPlanePort = settings.Kubeconfig is null ? ports.Take(before?.ControlPlanePort) : null,
            OperatorHealth = $"http://127.0.0.1:{Text(ports.Take(null))}",
            Agents = agents,
        };
    }

    private List<string> AgentArguments(UpAgent agent, Authority authority) =>
    [
        "agent", "--name", agent.Name, "--data", directory.AgentData(agent.Name), "--port", Text(agent.Port),
        "--metrics-port", Text(agent.MetricsPort), "--memory", settings.AgentMemory, "--cores",
        Text(settings.AgentCores), "--ca", authority.File, "--certificate", authority.CertificateFile(agent.Name),
        "--key", authority.KeyFile(agent.Name),
    ];

    private static List<string> OperatorArguments(UpRecord record, Authority authority) =>
    [
        "operator", "--kubeconfig", record.Kubeconfig, "--agents",
        string.Join(',', record.Agents.Select(a => $"127.0.0.1:{Text(a.Port)}")), "--health-port",
        Text(new Uri(record.OperatorHealth).Port), "--lease-namespace", ClusterSetup.Namespace, "--ca", authority.File,
        "--certificate", authority.CertificateFile("operator"), "--key", authority.KeyFile("operator"),
    ];

    private void Run(string name, IReadOnlyList<string> arguments)
    {
        var child = new ChildProcess(
            name, [.. arguments, "--exit-with-stdin"], directory.LogOf(name), time, progress);
        children.Add(child);
        child.Start();
    }

    private Task ReadyAsync(string name, string url, CancellationToken cancellation) =>
        ReadyAsync(name, async () =>
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(url), cancellation);
                return answer.IsSuccessStatusCode;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException
                && !cancellation.IsCancellationRequested)
            {
                return false;
            }
        }, cancellation);

    private Task ReadyAsync(string name, Func<bool> isReady, CancellationToken cancellation) =>
        ReadyAsync(name, () => Task.FromResult(isReady()), cancellation);

    private async Task ReadyAsync(string name, Func<Task<bool>> isReady, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (!await isReady())
        {
            if (children.FirstOrDefault(c => c.Refusal is not null) is { } child)
            {
                throw new UpException(LastWords(directory.LogOf(child.Name))
                    ?? $"{child.Name} ended with status {child.Refusal}; its log is {directory.LogOf(child.Name)}");
            }

            if (time.GetElapsedTime(start) > ReadyTimeout)
            {
                throw new UpException(
                    $"{name} was not ready after {ReadyTimeout.TotalSeconds} s. Its log, {directory.LogOf(name)}, "
                    + $"ends: {Tail(directory.LogOf(name))}");
            }

            await Task.Delay(LookAgain, time, cancellation);
        }
    }

    /// <summary>The line in which one of our commands says why it ended.</summary>
    private static string? LastWords(string log)
    {
        const string Prefix = "vee ";
        // The log may have been put aside for that of the next try.
        return new[] { log, log + ".before" }
            .Select(file => LogFile.Lines(file) is [.., var last] ? last : "")
            .FirstOrDefault(last => last.StartsWith(Prefix, StringComparison.Ordinal))?[Prefix.Length..];
    }

    private static string Tail(string log) => LogFile.Lines(log) is { Count: > 0 } lines
        ? string.Join(" | ", lines.TakeLast(3)) : "(empty)";
}
