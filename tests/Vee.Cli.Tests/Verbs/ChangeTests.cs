using System.Text.Json;
using k8s.Models;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

[Collection<VerbTests>]
public sealed class ChangeTests(VerbCluster cluster)
{
    [Fact]
    public async Task Verbs_change_the_spec_and_nothing_else()
    {
        await cluster.CreateAsync("changed");

        var stop = await cluster.VeeAsync("stop", "changed");
        var halted = await cluster.GetAsync("changed");
        var start = await cluster.VeeAsync("start", "changed");
        var pause = await cluster.VeeAsync("pause", "changed");
        var paused = await cluster.GetAsync("changed");
        var resume = await cluster.VeeAsync("resume", "changed");
        var last = await cluster.GetAsync("changed");

        Assert.All(
            new[] { stop, start, pause, resume },
            outcome => Assert.Equal((0, ""), (outcome.Status, outcome.Error)));
        Assert.Equal(RunStrategies.Halted, halted.Spec.RunStrategy);
        Assert.Equal((RunStrategies.Always, true), (paused.Spec.RunStrategy, paused.Spec.Paused));
        Assert.Equal((RunStrategies.Always, false), (last.Spec.RunStrategy, last.Spec.Paused));
        Assert.Equal("hello", last.Spec.Source.Image!.Builtin);
        Assert.Contains(last.Metadata.ManagedFields, field => field.Manager == "vee-cli");
        Assert.Contains("asked to stop", stop.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_asks_with_a_time_and_leaves_the_spec_alone()
    {
        var before = await cluster.CreateAsync("restarted");

        var outcome = await cluster.VeeAsync("restart", "restarted", "-o", "json");
        var after = await cluster.GetAsync("restarted");

        Assert.Equal((0, ""), (outcome.Status, outcome.Error));
        Assert.Matches(
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z$", after.Metadata.Annotations[Labels.RestartRequested]);
        Assert.Equal(before.Metadata.Generation, after.Metadata.Generation);
        using var json = JsonDocument.Parse(outcome.Output);
        var row = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal("restarted", row.GetProperty("name").GetString());
        Assert.Equal("asked to restart", row.GetProperty("result").GetString());
    }

    [Fact]
    public async Task Waiting_ends_when_the_operator_says_that_the_machine_is_as_asked()
    {
        var machine = await cluster.CreateAsync("waited");
        var stop = cluster.VeeAsync("stop", "waited", "--wait", "--output", "yaml");
        await VerbCluster.WaitForAsync(
            async () => (await cluster.GetAsync("waited")).Spec.RunStrategy == RunStrategies.Halted, "the change");
        await cluster.WriteStatusAsync(
            machine,
            VerbCluster.Ready("False", Reasons.Stopping, "was asked to end") with { PrintableStatus = "Stopping" });
        Assert.False(stop.IsCompleted);

        await cluster.WriteStatusAsync(
            machine, VerbCluster.Ready("True", Reasons.Halted, "does not execute") with { PrintableStatus = "Halted" });
        var outcome = await stop;

        Assert.Equal((0, ""), (outcome.Status, outcome.Error));
        Assert.Contains("result: halted\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("isAsAsked: true\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_in_vain_says_what_the_conditions_say()
    {
        var machine = await cluster.CreateAsync("hopeless", spec => spec with { RunStrategy = RunStrategies.Halted });
        var start = cluster.VeeAsync("start", "hopeless", "--wait");
        await VerbCluster.WaitForAsync(
            async () => (await cluster.GetAsync("hopeless")).Spec.RunStrategy == RunStrategies.Always, "the change");
        var status = VerbCluster.Ready("False", Reasons.ImageNotFound, "there is no builtin 'hello'");
        V1Condition stalled = VerbCluster.Condition(ConditionTypes.Stalled, "True", Reasons.ImageNotFound);
        await cluster.WriteStatusAsync(machine, status with { Conditions = [.. status.Conditions!, stalled] });

        var outcome = await start;

        Assert.Equal(1, outcome.Status);
        Assert.Equal(
            "vee start: 'hopeless' is not running: ImageNotFound: there is no builtin 'hello'\n", outcome.Error);
        Assert.Contains("not running", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_has_an_end_and_says_so()
    {
        await cluster.CreateAsync("unseen");

        var outcome = await cluster.VeeAsync("pause", "unseen", "--wait", "--timeout", "1s");

        Assert.Equal(1, outcome.Status);
        Assert.Equal(
            "vee pause: 'unseen' is not paused after 1 s: NotSeen: the operator has not seen the change yet; is it "
                + "running?\n",
            outcome.Error);
    }

    [Fact]
    public async Task One_machine_that_is_not_there_does_not_keep_the_others_from_changing()
    {
        await cluster.CreateAsync("there");

        var outcome = await cluster.VeeAsync("stop", "missing", "there");

        Assert.Equal(1, outcome.Status);
        Assert.StartsWith(
            "vee stop: there is no virtual machine 'missing' in namespace 'default'.", outcome.Error,
            StringComparison.Ordinal);
        Assert.Equal(RunStrategies.Halted, (await cluster.GetAsync("there")).Spec.RunStrategy);
    }
}
