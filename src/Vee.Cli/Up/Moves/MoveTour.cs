using System.Globalization;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;

namespace Vee.Cli.Up.Moves;

/// <summary>
/// The part of the demo that moves two equal stores the same way, one after the other, while a client writes to each:
/// one with plain pre-copy, one with deltas.
/// </summary>
/// <param name="connection">To the cluster.</param>
/// <param name="probes">Tells what probes have seen.</param>
/// <param name="time">Measures.</param>
/// <param name="steps">Hears what is done.</param>
/// <param name="output">Is shown what comes of it.</param>
internal sealed class MoveTour(
    KubernetesConnection connection, ProbeSilence probes, TimeProvider time, TextWriter steps, TextWriter output)
{
    private const int Seed = 7;
    private const string Source = "here";
    private const string Target = "there";
    private const string Watcher = "watcher";
    private static readonly string[] Machines = ["plain", "delta"];

    /// <summary>How long clients write before and after each move.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromSeconds(0.5);

    private readonly ObjectWait wait = new(connection, time);

    /// <exception cref="UpException">A move failed, a connection broke, or a write was lost.</exception>
    public async Task<IReadOnlyList<MoveReport>> RunAsync(CancellationToken cancellation)
    {
        await ApplyAsync("hosts", cancellation);
        var source = await LinkedAsync(Source, cancellation);
        await LinkedAsync(Target, cancellation);
        await LinkedAsync(Watcher, cancellation);
        await ApplyAsync("stores", cancellation);
        var clients = new List<StoreClient>();
        try
        {
            foreach (var name in Machines)
            {
                clients.Add(await ConnectAsync(name, Source, cancellation));
            }

            var reports = await MoveAllAsync(clients, cancellation);
            Show(reports, source.Spec.Links![0]);
            return reports;
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private async Task<IReadOnlyList<MoveReport>> MoveAllAsync(
        List<StoreClient> clients, CancellationToken cancellation)
    {
        var loads = clients.ConvertAll(client => new CounterLoad(client, Seed, time));
        await Task.WhenAll(loads.Select(load => load.FillAsync(cancellation)));
        // Before, the stores would be silent for other reasons.
        await ApplyAsync("watcher", cancellation);
        await wait.UntilAsync<SimulatedHost>(
            new ObjectKey("", Watcher), host => host.Status?.Conditions,
            host => ObjectWait.IsTrue(host.Status?.Conditions, ConditionTypes.Equipped), cancellation);
        steps.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  a client counts up in each store from now on (seed {Seed})"));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var writing = Task.WhenAll(loads.Select(load => WriteAsync(load, over, cancellation)));
        var moves = new List<(VirtualMachineMigration Migration, Silence Silence)>();
        try
        {
            foreach (var (name, load) in Machines.Zip(loads))
            {
                moves.Add(await MoveAsync(name, load, over.Token));
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // A client has failed, and says why when it is awaited.
        }
        finally
        {
            await over.CancelAsync();
            await writing;
        }

        var reports = new List<MoveReport>();
        foreach (var ((migration, silence), load) in moves.Zip(loads))
        {
            using var another = await ConnectAsync(
                migration.Spec.VirtualMachineName, migration.Status!.Target!.HostName, cancellation);
            reports.Add(MoveReport.Of(
                migration, silence, load.AcknowledgedCount, await load.CountLostAsync(another, cancellation)));
        }

        return reports;
    }

    /// <summary>Writes until all is over; when that fails, it is over for the others, too.</summary>
    private static async Task WriteAsync(
        CounterLoad load, CancellationTokenSource over, CancellationToken cancellation)
    {
        try
        {
            await load.RunAsync(over.Token, cancellation);
        }
        catch (UpException)
        {
            await over.CancelAsync();
            throw;
        }
    }

    private async Task<(VirtualMachineMigration Migration, Silence Silence)> MoveAsync(
        string name, CounterLoad load, CancellationToken cancellation)
    {
        await Task.Delay(Around, time, cancellation);
        _ = load.TakeLongestGap();
        await ApplyAsync($"move-{name}", cancellation);
        var migration = await wait.UntilAsync<VirtualMachineMigration>(
            new ObjectKey("default", $"move-{name}"), m => m.Status?.Conditions,
            m => MigrationPhases.IsFinal(m.Status?.Phase), cancellation);
        if (migration.Status!.Phase != MigrationPhases.Succeeded)
        {
            throw new UpException($"{name} has not moved: {migration.Status.Failure?.Message ?? "no reason known"}.");
        }

        await Task.Delay(Around, time, cancellation);
        var blackout = await probes.LongestVirtualUsAsync(Watcher, name, cancellation)
            ?? throw new UpException($"host {Watcher} has no probe {name}.");
        return (migration, new Silence(load.TakeLongestGap(), blackout));
    }

    private async Task<StoreClient> ConnectAsync(string name, string host, CancellationToken cancellation)
    {
        var machine = await wait.UntilAsync(
            name, status => status.HostName == host && status.Ports is [{ Address.Length: > 0 }, ..], cancellation);
        return await StoreClient.ConnectAsync(name, machine.Status!.Ports![0].Address!, cancellation);
    }

    private async Task ApplyAsync(string file, CancellationToken cancellation)
    {
        steps.WriteLine($"\n$ kubectl apply -f config/moves/{file}.yaml");
        await Manifests.ApplyAsync(connection, $"Moves.{file}.yaml", cancellation);
    }

    private Task<SimulatedHost> LinkedAsync(string host, CancellationToken cancellation) =>
        wait.UntilAsync<SimulatedHost>(
            new ObjectKey("", host), h => h.Status?.Conditions,
            h => ObjectWait.IsTrue(h.Status?.Conditions, ConditionTypes.Ready)
                && ObjectWait.IsTrue(h.Status?.Conditions, ConditionTypes.Linked),
            cancellation);

    private void Show(IReadOnlyList<MoveReport> reports, LinkSpec link)
    {
        output.WriteLine(
            $"\n{reports[0].Source} to {reports[0].Target} over a link of {link.Bandwidth} and {link.Latency}, "
            + "while clients write:\n");
        MoveTable.Write(output, reports);
        output.WriteLine($"\n{MoveTable.Compare(reports[0], reports[1])}");
        if (reports.FirstOrDefault(report => report.LostWrites > 0) is { } bad)
        {
            throw new UpException(string.Create(
                CultureInfo.InvariantCulture, $"{bad.Machine} has lost {bad.LostWrites} acknowledged writes."));
        }
    }
}
