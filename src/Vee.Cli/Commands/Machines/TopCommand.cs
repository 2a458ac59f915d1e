using System.CommandLine;
using Vee.Api.VirtualMachines;
using Vee.Cli.Cluster;
using Vee.Cli.Output;
using Vee.Cli.Terminals;

namespace Vee.Cli.Commands.Machines;

/// <summary><c>vee top</c>: what machines use.</summary>
internal sealed class TopCommand
{
    private const int IntervalSecondsDefault = 1;
    private const int IntervalSecondsMax = 3600;
    private const string ClearAndHome = "\e[H\e[2J";

    private static readonly TimeSpan AgentTimeoutDefault = TimeSpan.FromSeconds(5);

    private readonly Argument<string[]> names =
        MachineName.Several(ArgumentArity.ZeroOrMore, "The VirtualMachines. Default: all of the namespace.");

    private readonly Option<bool> watch = new("--watch", "-w")
    {
        Description = "Measure again and again; on a terminal the table stays in its place.",
    };

    private readonly Option<int?> interval = new("--interval")
    {
        Description = $"Seconds of wall time that are measured over, 1 to {IntervalSecondsMax}. Default: "
            + $"{IntervalSecondsDefault}.",
        HelpName = "SECONDS",
        CustomParser = result => Numbers.Parse(result, "--interval", 1, IntervalSecondsMax),
    };

    private readonly OutputOption output = new();

    private readonly ClusterArguments cluster = new(
        "What a request to the API server may take, and an agent beyond the interval. Default: 30s and 5s.");

    private readonly StandardStreams streams;
    private readonly TimeProvider time;
    private readonly VerbRun runner;

    internal TopCommand(StandardStreams streams, TimeProvider time)
    {
        this.streams = streams;
        this.time = time;
        runner = new VerbRun("top", streams);
        Command = new Command(
            "top",
            "Shows what machines use: their virtual time and how fast it passes, instructions, processor time and "
                + "memory of the agent's computer, and network traffic since their start.")
        {
            names, watch, interval, output,
        };
        cluster.AddTo(Command);
        Command.SetAction((parsed, cancellation) => runner.RunAsync(() => RunAsync(parsed, cancellation)));
    }

    internal Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var target = cluster.Read(parsed);
        using var access = ClusterAccess.Open(target, time);
        using var agents = await AgentAccess.OpenAsync(access, cancellation);
        var window = TimeSpan.FromSeconds(parsed.GetValue(interval) ?? IntervalSecondsDefault);
        var sampler = new UsageSampler(agents, window, target.Timeout ?? AgentTimeoutDefault, time);
        var isWatching = parsed.GetValue(watch);
        var isRedrawn = isWatching && Terminal.IsTerminal(descriptor: 1);
        while (true)
        {
            var machines = await FindAsync(access, parsed.GetValue(names)!, cancellation);
            var usages = await sampler.SampleAsync(machines, cancellation);
            if (isRedrawn)
            {
                streams.Output.Write(ClearAndHome);
            }

            Show(usages, output.Of(parsed), access.Namespace);
            if (!isWatching)
            {
                return usages.Any(usage => usage.Problem is not null) ? ExitStatus.Failure : 0;
            }

            if (usages.All(usage => !usage.IsMeasured))
            {
                // Nobody was asked, so nothing took the interval's time.
                await Task.Delay(window, time, cancellation);
            }
        }
    }

    private static async Task<List<VirtualMachine>> FindAsync(
        ClusterAccess access, string[] wanted, CancellationToken cancellation)
    {
        if (wanted.Length == 0)
        {
            var all = await access.ListMachinesAsync(cancellation);
            return [.. all.OrderBy(machine => machine.Metadata.Name, StringComparer.Ordinal)];
        }

        var machines = new List<VirtualMachine>();
        foreach (var name in wanted.Distinct(StringComparer.Ordinal))
        {
            machines.Add(await access.GetMachineAsync(name, cancellation));
        }

        return machines;
    }

    private void Show(IReadOnlyList<MachineUsage> usages, OutputFormat format, string space)
    {
        if (usages.Count == 0 && format == OutputFormat.Table)
        {
            runner.Say($"there are no virtual machines in namespace '{space}'.");
            return;
        }

        DataWriter.Write(streams.Output, format, UsageTable.Columns, usages);
        foreach (var usage in usages.Where(usage => usage.Problem is not null))
        {
            runner.Say($"'{usage.Name}': {usage.Problem}");
        }
    }
}
