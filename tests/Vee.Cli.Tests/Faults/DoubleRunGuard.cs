using Vee.Protocol;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>Looks at all agents in turn, all the time, for a machine that two of them execute at once.</summary>
/// <remarks>
/// No two agents can be looked at in one moment. A proof is an instance that one agent has before and after another
/// agent was seen with it.
/// </remarks>
internal sealed class DoubleRunGuard : IAsyncDisposable
{
    private readonly FaultCluster cluster;
    private readonly CancellationTokenSource stopping = new();
    private readonly Dictionary<string, MachineState>[] before;
    private readonly List<string> proofs = [];
    private readonly Task run;

    internal DoubleRunGuard(FaultCluster cluster)
    {
        this.cluster = cluster;
        before = [.. cluster.Agents.Select(_ => new Dictionary<string, MachineState>())];
        run = RunAsync();
    }

    /// <summary>How often all agents were looked at.</summary>
    internal int Rounds { get; private set; }

    /// <summary>Ends it and fails if there was one.</summary>
    internal async Task CheckAsync()
    {
        await stopping.CancelAsync();
        await run;
        Assert.True(proofs.Count == 0, string.Join('\n', proofs));
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await run;
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            for (var agent = 0; agent < before.Length; agent++)
            {
                var inventory = await cluster.InventoryAsync(agent);
                var now = (inventory?.Machines ?? []).Where(m => Executes(m, inventory!))
                    .ToDictionary(m => Key(inventory!, m));
                Compare(agent, now);
                before[agent] = now;
            }

            Rounds++;
            await Task.Delay(20, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Compare(int agent, Dictionary<string, MachineState> now)
    {
        foreach (var stayed in now.Where(m => before[agent].ContainsKey(m.Key)).Select(m => m.Value))
        {
            for (var other = 0; other < before.Length; other++)
            {
                if (other != agent && before[other].Values.FirstOrDefault(m => m.Uid == stayed.Uid) is { } second)
                {
                    proofs.Add($"{stayed.Name}: instance {stayed.Instance} on agent {agent} and {second.Instance} on "
                        + $"agent {other} at once");
                }
            }
        }
    }

    /// <summary>One that stands still for its migration does not execute: the target may have it already, even if
    /// nobody has heard of it there.</summary>
    private static bool Executes(MachineState machine, Inventory inventory) =>
        machine.Phase is MachinePhase.Running or MachinePhase.Paused or MachinePhase.Stopping
        && !inventory.Migrations.Any(m => m.Uid == machine.Uid && m.Instance == machine.Instance
            && m is { Role: MigrationRole.Source, Phase: >= MigrationPhase.Switching and <= MigrationPhase.Done });

    private static string Key(Inventory inventory, MachineState machine) =>
        $"{inventory.Incarnation}/{machine.Uid}/{machine.Instance}";
}
