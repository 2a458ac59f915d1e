using System.Globalization;
using Vee.Api.Migrations;
using Vee.Protocol;
using Xunit;

namespace Vee.Cli.Tests.Faults.Traces;

/// <summary>What a collector gets of a migration between two agents.</summary>
public sealed class MigrationTraceTests(ITestOutputHelper output)
{
    private static readonly string[] Parts = ["drain", "final memory", "state", "verify", "grant", "resume"];
    private static readonly string[] AtTarget = ["receive", "ready", "resume"];

    [Theory]
    [InlineData(Collector.Http, MigrationModes.PreCopy, MigrationPhase.Copying)]
    [InlineData(Collector.Grpc, MigrationModes.PostCopy, MigrationPhase.Fetching)]
    public async Task A_migration_is_one_trace_of_operator_source_and_target_though_the_operator_was_killed_meanwhile(
        string protocol, string mode, MigrationPhase when)
    {
        string[] phases = mode == MigrationModes.PostCopy
            ? ["prepare", "copy", "stop", "post-copy"] : ["prepare", "copy", "stop"];
        await using var collector = await Collector.StartAsync(protocol);
        await using var store = new MovingStore { Environment = collector.Environment };
        await store.InitializeAsync();
        await store.CreateAsync();
        using var sight = await MigrationSight.OpenAsync(store.Cluster, store.SourceAgent, store.Uid);
        var name = await store.MigrateSlowlyAsync(mode);
        await sight.ReachAsync(when);
        store.Cluster.Operators[0].Kill();
        var migration = await store.AwaitEndAsync(name);
        Assert.Equal(MigrationPhases.Succeeded, migration.Status!.Phase);

        var spans = await collector.AwaitAsync(1 + phases.Length + Parts.Length + AtTarget.Length);

        foreach (var span in spans.OrderBy(s => s.Start))
        {
            var offset = (span.Start - spans.Min(s => s.Start)) / 1e6;
            output.WriteLine($"{span.Instance} {span.Name}: {offset} ms, for {(span.End - span.Start) / 1e6} ms");
        }

        Assert.Single(spans.DistinctBy(s => s.Trace));
        Assert.All(spans, s => Assert.Equal(
            (store.Uid, $"{migration.Status.Number}"),
            (s.Attributes[MigrationTracing.MachineUid], s.Attributes[MigrationTracing.Number])));
        var root = Assert.Single(spans, s => s.Parent.Length == 0);
        Assert.Equal(("migration", "vee-operator"), (root.Name, root.Service));
        Assert.Equal(migration.Metadata.Uid, root.Attributes["vee.migration.uid"]);
        var source = Side(spans, "source", root);
        Assert.Equal(phases.Concat(Parts).Order(), source.Select(s => s.Name).Order());
        var target = Side(spans, "target", root);
        Assert.Equal(AtTarget, target.OrderBy(s => s.Start).Select(s => s.Name));
        Assert.All(target, s => Assert.Equal(root.Id, s.Parent));
        Assert.NotEqual(source[0].Instance, target[0].Instance);
        CheckSource(source, phases, root, migration.Status.Result!);
    }

    /// <summary>The spans of one agent, which lie within the operator's.</summary>
    private static List<CollectedSpan> Side(IEnumerable<CollectedSpan> spans, string role, CollectedSpan root)
    {
        var side = spans.Where(s => s.Attributes.GetValueOrDefault("vee.migration.role") == role).ToList();
        Assert.All(side, s => Assert.Equal("vee-agent", s.Service));
        Assert.Single(side.DistinctBy(s => s.Instance));
        Assert.All(side, s => Assert.True(IsWithin(s, root), $"{s.Name} is outside of the migration"));
        return side;
    }

    private static void CheckSource(
        List<CollectedSpan> source, string[] names, CollectedSpan root, MigrationOutcome result)
    {
        var phases = source.Where(s => s.Parent == root.Id).OrderBy(s => s.Start).ToList();
        Assert.Equal(names, phases.Select(s => s.Name));
        // Rounds, of which there are none where pages only follow.
        Assert.Equal(result.PostCopy is null, phases[1].Events.Count > 0);
        Assert.All(phases[1].Events, time => Assert.InRange(time, phases[1].Start, phases[1].End));

        var stop = phases[2];
        var parts = source.Where(s => s.Parent == stop.Id).OrderBy(s => s.Start).ToList();
        Assert.Equal(Parts, parts.Select(s => s.Name));
        Assert.All(parts, s => Assert.True(IsWithin(s, stop), $"{s.Name} is outside of the stop"));
        Assert.Equal(
            [
                result.DrainVirtualUs, result.FinalMemoryVirtualUs, result.StateVirtualUs, result.VerifyVirtualUs,
                result.GrantVirtualUs, result.ResumeVirtualUs,
            ],
            parts.Select(s => long.Parse(
                s.Attributes[MigrationTracing.VirtualMicroseconds], CultureInfo.InvariantCulture)));
    }

    private static bool IsWithin(CollectedSpan part, CollectedSpan whole) =>
        whole.Start <= part.Start && part.Start <= part.End && part.End <= whole.End;
}
