using System.Diagnostics;
using Vee.Api.Migrations;
using Vee.Cli.Tests.EndToEnd;
using Vee.Protocol;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>
/// Whoever dies, is cut off or changes his mind at whatever step of a migration: never two runners, no acknowledged
/// write lost while the agent that had the machine lives, and nothing in the way of the next migration.
/// </summary>
/// <remarks>
/// One cluster for all rows: two hosts on two agents, and in each row a store on one of them that a client writes to
/// all the time. A row says at which phase of the source the fault comes, as soon as that tells it, and a moment by
/// chance later. Who takes part goes on meanwhile: what was hit decides what may come of it. Not beside the demo, which
/// has a minute by the wall, as people have.
/// </remarks>
[Collection<EndToEndTests>]
public sealed class MigrationFaultTests(MovingStore store, ITestOutputHelper output) : IClassFixture<MovingStore>
{
    private const int Seed = 20261126;
    private const int MomentMsMax = 20;

    /// <summary>How soon a migration that is given up before the grant says so; a loaded computer may take twice as
    /// long as the second that it is meant to take.</summary>
    private static readonly TimeSpan AbortedWithin = TimeSpan.FromSeconds(2);

    /// <summary>How soon after a fault all is known: agents find out in 10 s that they are cut off, and send again what
    /// got lost after 2 s of virtual time.</summary>
    private static readonly TimeSpan KnownWithin = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(14);
    private static readonly TimeSpan SaidWithin = TimeSpan.FromSeconds(9);

    /// <summary>What became of the machine.</summary>
    private enum Fate
    {
        Stayed,
        Moved,
        Lost,

        /// <summary>It executed on its target, and the pages that it waited for are gone.</summary>
        PagesLost,
        Gone,
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary><see cref="MigrationPhase.Invalid"/>: as soon as the record is there, before anybody is told.</summary>
    [Theory]
    [InlineData(MigrationFault.SourceDies, MigrationPhase.Preparing)]
    [InlineData(MigrationFault.SourceDies, MigrationPhase.Copying)]
    [InlineData(MigrationFault.SourceDies, MigrationPhase.Switching)]
    [InlineData(MigrationFault.SourceDies, MigrationPhase.Granted)]
    [InlineData(MigrationFault.SourceDies, MigrationPhase.Fetching)]
    [InlineData(MigrationFault.SourceDies, MigrationPhase.Done)]
    [InlineData(MigrationFault.TargetDies, MigrationPhase.Preparing)]
    [InlineData(MigrationFault.TargetDies, MigrationPhase.Copying)]
    [InlineData(MigrationFault.TargetDies, MigrationPhase.Switching)]
    [InlineData(MigrationFault.TargetDies, MigrationPhase.Granted)]
    [InlineData(MigrationFault.TargetDies, MigrationPhase.Fetching)]
    [InlineData(MigrationFault.TargetDies, MigrationPhase.Done)]
    [InlineData(MigrationFault.OperatorDies, MigrationPhase.Invalid)]
    [InlineData(MigrationFault.OperatorDies, MigrationPhase.Preparing)]
    [InlineData(MigrationFault.OperatorDies, MigrationPhase.Switching)]
    [InlineData(MigrationFault.ApiVanishes, MigrationPhase.Invalid)]
    [InlineData(MigrationFault.ApiVanishes, MigrationPhase.Preparing)]
    [InlineData(MigrationFault.ApiVanishes, MigrationPhase.Switching)]
    [InlineData(MigrationFault.ApiVanishes, MigrationPhase.Granted)]
    [InlineData(MigrationFault.SourceCutFromOperator, MigrationPhase.Copying)]
    [InlineData(MigrationFault.SourceCutFromOperator, MigrationPhase.Granted)]
    [InlineData(MigrationFault.TargetCutFromOperator, MigrationPhase.Switching)]
    [InlineData(MigrationFault.AgentsCut, MigrationPhase.Switching)]
    [InlineData(MigrationFault.AgentsCut, MigrationPhase.Granted)]
    [InlineData(MigrationFault.AgentsCut, MigrationPhase.Fetching)]
    [InlineData(MigrationFault.OperatorDies, MigrationPhase.Fetching)]
    [InlineData(MigrationFault.Cancelled, MigrationPhase.Invalid)]
    [InlineData(MigrationFault.Cancelled, MigrationPhase.Preparing)]
    [InlineData(MigrationFault.Cancelled, MigrationPhase.Copying)]
    [InlineData(MigrationFault.Cancelled, MigrationPhase.Switching)]
    [InlineData(MigrationFault.Cancelled, MigrationPhase.Granted)]
    [InlineData(MigrationFault.MachineDeleted, MigrationPhase.Switching)]
    [InlineData(MigrationFault.MachineDeleted, MigrationPhase.Granted)]
    [InlineData(MigrationFault.MachineDeleted, MigrationPhase.Fetching)]
    public async Task A_machine_has_one_runner_and_all_its_writes_whatever_befalls_its_migration(
        MigrationFault fault, MigrationPhase phase)
    {
        try
        {
            await RunAsync(fault, phase);
        }
        catch (Exception) when (!Token.IsCancellationRequested)
        {
            output.WriteLine(store.Cluster.Logs());
            throw;
        }
    }

    /// <summary>Watches and visits have waited longer each time, and the agents have nothing new to tell.</summary>
    [Fact]
    public async Task What_became_of_a_migration_is_said_soon_after_a_long_outage_of_the_API_server()
    {
        await store.CreateAsync();
        using var sight = await MigrationSight.OpenAsync(store.Cluster, store.SourceAgent, store.Uid);
        var name = await store.MigrateSlowlyAsync(MigrationModes.PreCopy);
        await sight.ReachAsync(MigrationPhase.Preparing);
        store.Cluster.Apis[0].Vanish();
        await sight.ReachAsync(MigrationPhase.Done);
        await Task.Delay(Outage, TimeProvider.System, Token);
        store.Cluster.Apis[0].Return();

        var watch = Stopwatch.StartNew();
        Assert.Equal(MigrationPhases.Succeeded, (await store.AwaitEndAsync(name)).Status!.Phase);
        output.WriteLine($"said {watch.Elapsed.TotalSeconds:0.0} s after the outage");
        Assert.True(watch.Elapsed < SaidWithin, $"said only {watch.Elapsed} after the outage");
        await store.DeleteAsync();
        await store.AwaitGoneAsync();
    }

    private async Task RunAsync(MigrationFault fault, MigrationPhase phase)
    {
        await store.CreateAsync();
        await using var guard = new DoubleRunGuard(store.Cluster);
        await using var writer = store.Write("before");
        using var sight = await MigrationSight.OpenAsync(store.Cluster, store.SourceAgent, store.Uid);
        // One that grants ahead is told of as granted only when it executes at its target.
        var name = await store.MigrateSlowlyAsync(
            phase switch
            {
                MigrationPhase.Switching => MigrationModes.StopAndCopy,
                MigrationPhase.Fetching => MigrationModes.PostCopy,
                _ => MigrationModes.PreCopy,
            },
            isCompared: phase == MigrationPhase.Granted);
        await (phase == MigrationPhase.Invalid ? store.AwaitRecordAsync() : sight.ReachAsync(phase));
        await Task.Delay(new Random(Seed + (100 * (int)fault) + (int)phase).Next(MomentMsMax), Token);

        var watch = Stopwatch.StartNew();
        var hit = await HurtAsync(fault, name, sight);
        var (fate, migration) = await OutcomeAsync(fault, name);
        output.WriteLine(
            $"seed {Seed}: hit {hit}; {fate}, {migration.Status!.Phase} after {watch.Elapsed.TotalSeconds:0.0} s "
            + $"({migration.Status.Failure?.Message}), {writer.Count} writes");
        Assert.True(watch.Elapsed < KnownWithin, $"known only after {watch.Elapsed}");
        Assert.Contains(fate, MayBe(fault, hit));

        await JudgeAsync(fate, migration.Status, writer);
        if (fate != Fate.Gone)
        {
            await MoveOnceMoreAsync();
        }

        await guard.CheckAsync();
    }

    /// <returns>The phase of the source that was hit, as it was last told.</returns>
    private async Task<MigrationPhase> HurtAsync(MigrationFault fault, string name, MigrationSight sight)
    {
        var cluster = store.Cluster;
        switch (fault)
        {
            case MigrationFault.SourceDies:
                cluster.Agents[store.SourceAgent].Kill();
                return sight.Phase;
            case MigrationFault.TargetDies:
                cluster.Agents[store.TargetAgent].Kill();
                return sight.Phase;
            case MigrationFault.OperatorDies:
                var revival = new TaskCompletionSource();
                cluster.Operators[0].KillUntil(revival.Task);
                return await OutlastAsync(sight, revival.SetResult);
            case MigrationFault.ApiVanishes:
                cluster.Apis[0].Vanish();
                return await OutlastAsync(sight, cluster.Apis[0].Return);
            case MigrationFault.SourceCutFromOperator:
                cluster.Links[store.SourceAgent].CutOperator();
                return await OutlastAsync(sight, cluster.Links[store.SourceAgent].Mend);
            case MigrationFault.TargetCutFromOperator:
                cluster.Links[store.TargetAgent].CutOperator();
                return await OutlastAsync(sight, cluster.Links[store.TargetAgent].Mend);
            case MigrationFault.AgentsCut:
                // The agent whose name comes first connects with the other.
                cluster.Links[1].CutAgents();
                var cut = sight.Phase;
                await store.AwaitStandstillAsync();
                cluster.Links[1].Mend();
                return cut;
            case MigrationFault.Cancelled:
                return await CancelAsync(name, sight);
            default:
                await store.DeleteAsync();
                return sight.Phase;
        }
    }

    /// <summary>Keeps a fault until the agents have come to an end, if they have begun.</summary>
    private static async Task<MigrationPhase> OutlastAsync(MigrationSight sight, Action heal)
    {
        var hit = sight.Phase;
        if (hit != MigrationPhase.Invalid)
        {
            await sight.ReachAsync(MigrationPhase.Done);
        }

        heal();
        return hit;
    }

    private async Task<MigrationPhase> CancelAsync(string name, MigrationSight sight)
    {
        var watch = Stopwatch.StartNew();
        await store.AbortAsync(name);
        var hit = sight.Phase;
        var end = await store.AwaitEndAsync(name);
        output.WriteLine($"{end.Status!.Phase} {watch.Elapsed.TotalMilliseconds:0} ms after it was given up");
        Assert.True(end.Status.Phase == MigrationPhases.Succeeded || watch.Elapsed < AbortedWithin, "too late");
        return hit;
    }

    private async Task<(Fate Fate, VirtualMachineMigration Migration)> OutcomeAsync(MigrationFault fault, string name)
    {
        var before = store.Machine.Status!;
        var migration = await store.AwaitEndAsync(name);
        if (fault == MigrationFault.MachineDeleted)
        {
            await store.AwaitGoneAsync();
            return (Fate.Gone, migration);
        }

        var target = store.TargetHost;
        // Whoever reads the machine just after its agent has died, or its pages are lost, still sees it run.
        var said = migration.Status!;
        var dead = fault switch
        {
            MigrationFault.SourceDies => said.Source?.Agent.Incarnation,
            MigrationFault.TargetDies => said.Target?.Agent.Incarnation,
            _ => null,
        };
        var ended = said.Failure?.Reason == "PagesLost" ? said.Target?.Instance : null;
        await store.SettleAsync(m => m.Status!.Agent?.Incarnation != dead && m.Status.Instance != ended);
        var after = store.Machine.Status!;
        var fate = after.LastTermination is { Reason: "Lost" } ? Fate.Lost
            : after.LastTermination is { Reason: "Failed" } ? Fate.PagesLost
            : after.Instance == before.Instance ? Fate.Stayed : Fate.Moved;
        Assert.True(
            fate is Fate.Lost or Fate.PagesLost || after.HostName == (fate == Fate.Moved ? target : before.HostName),
            $"{fate} from {before.HostName}, and is on {after.HostName}");
        return (fate, migration);
    }

    /// <summary>What may come of a fault.</summary>
    private static Fate[] MayBe(MigrationFault fault, MigrationPhase hit) => (fault, hit) switch
    {
        (MigrationFault.MachineDeleted, _) => [Fate.Gone],
        (MigrationFault.SourceDies, MigrationPhase.Done) => [Fate.Moved],
        (MigrationFault.SourceDies, MigrationPhase.Fetching) => [Fate.PagesLost, Fate.Moved],
        (MigrationFault.SourceDies, MigrationPhase.Switching or MigrationPhase.Granted) => [Fate.Lost, Fate.Moved],
        (MigrationFault.SourceDies, _) => [Fate.Lost],
        (MigrationFault.TargetDies, MigrationPhase.Granted or MigrationPhase.Fetching or MigrationPhase.Done) =>
            [Fate.Lost],
        (MigrationFault.TargetDies, MigrationPhase.Switching) => [Fate.Stayed, Fate.Lost],
        (MigrationFault.TargetDies, _) => [Fate.Stayed],
        (MigrationFault.Cancelled, MigrationPhase.Granted or MigrationPhase.Fetching or MigrationPhase.Done) =>
            [Fate.Moved],
        (MigrationFault.Cancelled, MigrationPhase.Switching) => [Fate.Stayed, Fate.Moved],
        (MigrationFault.Cancelled, _) => [Fate.Stayed],
        _ => [Fate.Moved],
    };

    private async Task JudgeAsync(Fate fate, VirtualMachineMigrationStatus said, StoreWriter writer)
    {
        switch (fate)
        {
            case Fate.Stayed:
                Assert.True(said.Failure?.Reason is "Aborted" or "AgentRestarted" or "AgentUnreachable", $"{said}");
                Assert.Empty(await writer.LostAsync());
                break;
            case Fate.Moved:
                Assert.Equal((MigrationPhases.Succeeded, null), (said.Phase, said.Failure));
                Assert.Empty(await writer.LostAsync());
                break;
            case Fate.Lost:
                await store.AwaitLossToldAsync();
                Assert.True(HasSucceededOr("MachineLost", said), $"{said}");
                break;
            case Fate.PagesLost:
                // Its next instance may have been seen before.
                Assert.True(
                    said is { Phase: MigrationPhases.Failed, Failure.Reason: "PagesLost" or "MachineLost" }, $"{said}");
                break;
            case Fate.Gone:
                Assert.True(HasSucceededOr("MachineGone", said), $"{said}");
                break;
        }

        await store.AwaitRoomAsync(fate == Fate.Gone ? null : store.SourceAgent);
    }

    /// <summary>It may have been over before.</summary>
    private static bool HasSucceededOr(string reason, VirtualMachineMigrationStatus said) =>
        said.Phase == MigrationPhases.Succeeded
        || (said.Phase == MigrationPhases.Failed && said.Failure!.Reason == reason);

    /// <summary>Nothing that is left of the fault is in the way.</summary>
    private async Task MoveOnceMoreAsync()
    {
        await using var writer = store.Write("after");
        var target = store.TargetHost;
        var next = await store.AwaitEndAsync(await store.MigrateAsync());
        Assert.True(next.Status!.Phase == MigrationPhases.Succeeded, $"{next.Status.Failure}");
        await store.SettleAsync();
        Assert.Equal(target, store.Machine.Status!.HostName);
        Assert.Empty(await writer.LostAsync());
        await store.DeleteAsync();
        await store.AwaitGoneAsync();
    }
}
