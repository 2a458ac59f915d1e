using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Vee.Cli.Up.Moves;

namespace Vee.Cli.Up;

/// <summary>What the demo found out.</summary>
/// <param name="SecondsToReady">Wall time from nothing to a store that answers.</param>
/// <param name="Answers">What the store answered.</param>
/// <param name="Moves">What it was like to move stores.</param>
internal sealed record DemoResult(
    double SecondsToReady, IReadOnlyList<string> Answers, IReadOnlyList<MoveReport> Moves);

/// <summary>The steps of the demo; each is told before it is done.</summary>
/// <param name="directory">Where everything is kept.</param>
/// <param name="time">Measures.</param>
/// <param name="steps">Hears what is done.</param>
/// <param name="output">Is shown what comes of it.</param>
internal sealed class DemoTour(UpDirectory directory, TimeProvider time, TextWriter steps, TextWriter output)
{
    private const string Machine = "kvstore";
    private const string Machines = "apis/vee.dev/v1alpha1/namespaces/default/virtualmachines";
    private static readonly string[] Others = ["hello", "receiver", "sender"];
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>All steps, and the way down whatever happens.</summary>
    public async Task<DemoResult> RunAsync(CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var settings = new UpSettings { AgentCount = 2, AgentMemory = "4G", AgentCores = Environment.ProcessorCount };
        directory.Create();
        steps.WriteLine("$ vee up");
        await using var supervisor = new Supervisor(directory, settings, time, what => steps.WriteLine($"  {what}"));
        var record = await supervisor.StartAsync(cancellation);
        using var connection = ClusterSetup.Connect(record.Kubeconfig, time);

        steps.WriteLine("\n$ kubectl apply -k config/samples");
        await Manifests.ApplyAsync(connection, "Samples.", cancellation);
        var wait = new ObjectWait(connection, time);
        foreach (var other in Others)
        {
            await wait.UntilAsync(other, _ => true, cancellation);
        }

        var machine = await wait.UntilAsync(
            Machine, status => status.Ports is [{ Address.Length: > 0 }, ..], cancellation);
        var secondsToReady = time.GetElapsedTime(start).TotalSeconds;

        steps.WriteLine("\n$ kubectl get veevm");
        await KubectlGet.WriteAsync(connection.Client, Machines, output, cancellation);
        var address = machine.Status!.Ports![0].Address!;
        steps.WriteLine($"\n$ nc {address.Replace(':', ' ')}");
        var answers = await TalkAsync(address, cancellation);

        steps.WriteLine($"\n$ vee logs {Machine} --tail 5");
        await ShowOwnAsync(["logs", Machine, "--tail", "5", "--kubeconfig", record.Kubeconfig], cancellation);
        steps.WriteLine("\n$ vee top");
        await ShowOwnAsync(["top", "--kubeconfig", record.Kubeconfig], cancellation);
        await ShowMetricsAsync(record, cancellation);
        using var probes = new ProbeSilence([.. record.Agents.Select(MetricsOf)]);
        var moves = await new MoveTour(connection, probes, time, steps, output).RunAsync(cancellation);
        steps.WriteLine("\n$ vee down");
        return new DemoResult(Math.Round(secondsToReady, 1), answers, moves);
    }

    /// <summary>Talks to the guest as any client of its kind would: lines over TCP.</summary>
    private async Task<IReadOnlyList<string>> TalkAsync(string address, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(AnswerTimeout);
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address), patience.Token);
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var answers = new List<string>();
        foreach (var (request, lineCount) in new[] { ("PING", 1), ("SET greeting hello", 1), ("GET greeting", 2) })
        {
            output.WriteLine(request);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request + "\r\n"), patience.Token);
            for (var line = 0; line < lineCount; line++)
            {
                var answer = await reader.ReadLineAsync(patience.Token)
                    ?? throw new UpException("the store closed the connection.");
                output.WriteLine($"  {answer}");
                answers.Add(answer);
            }
        }

        return answers;
    }

    private async Task ShowOwnAsync(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(OwnProgram.File) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in OwnProgram.Arguments.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        output.Write(await process.StandardOutput.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
        {
            throw new UpException($"vee {arguments[0]} ended with status {process.ExitCode}.");
        }
    }

    private static Uri MetricsOf(UpAgent agent) =>
        new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{agent.MetricsPort}/metrics"));

    private async Task ShowMetricsAsync(UpRecord record, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = AnswerTimeout };
        foreach (var agent in record.Agents)
        {
            var url = MetricsOf(agent);
            steps.WriteLine($"\n$ curl {url} | grep -E '^vee_agent_(machines|memory)'");
            var lines = (await http.GetStringAsync(url, cancellation)).Split('\n');
            foreach (var line in lines.Where(l => l.StartsWith("vee_agent_machines", StringComparison.Ordinal)
                || l.StartsWith("vee_agent_memory", StringComparison.Ordinal)))
            {
                output.WriteLine(line);
            }
        }
    }
}
