using k8s.Models;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.Cli.Cluster;
using Vee.Cli.Commands.Machines;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

public sealed class MachineChangeTests
{
    private const string RunOnce =
        """{"metadata":{"annotations":{"vee.dev/restart-requested":"2026-11-25T22:40:16.250Z"}}}""";

    private static readonly DateTimeOffset Now = new(2026, 11, 26, 0, 40, 16, 250, TimeSpan.FromHours(2));

    [Theory]
    [InlineData("Start", "Halted", "Halted", """{"spec":{"runStrategy":"Always"}}""")]
    [InlineData("Start", null, "Running", null)]
    [InlineData("Start", "Always", "BackOff", null)]
    [InlineData("Start", "Once", "Running", null)]
    [InlineData("Start", "Once", "Succeeded", RunOnce)]
    [InlineData("Start", "Once", "Failed", RunOnce)]
    [InlineData("Start", "RerunOnFailure", "Succeeded", RunOnce)]
    [InlineData("Start", "RerunOnFailure", "BackOff", null)]
    [InlineData("Stop", null, "Running", """{"spec":{"runStrategy":"Halted"}}""")]
    [InlineData("Stop", "Once", "Succeeded", """{"spec":{"runStrategy":"Halted"}}""")]
    [InlineData("Stop", "Halted", "Halted", null)]
    [InlineData("Restart", null, "Running", RunOnce)]
    [InlineData("Restart", "Once", "Failed", RunOnce)]
    [InlineData("Pause", null, "Running", """{"spec":{"paused":true}}""")]
    [InlineData("Resume", null, "Running", null)]
    public void A_verb_changes_what_is_not_asked_for_already(
        string verb, string? strategy, string reason, string? patch)
    {
        var machine = Machine(strategy, reason);

        var change = MachineChange.Of(Enum.Parse<MachineVerb>(verb), machine, Now);

        Assert.Equal(patch, change.Patch?.ToJsonString());
        Assert.Equal(patch == RunOnce ? "2026-11-25T22:40:16.250Z" : null, change.RestartRequest);
    }

    [Fact]
    public void Paused_machines_go_on_and_are_not_paused_twice()
    {
        var machine = Machine(RunStrategies.Always, Reasons.Paused);
        machine.Spec = machine.Spec with { Paused = true };

        Assert.Null(MachineChange.Of(MachineVerb.Pause, machine, Now).Patch);
        Assert.Equal(
            """{"spec":{"paused":false}}""", MachineChange.Of(MachineVerb.Resume, machine, Now).Patch?.ToJsonString());
    }

    [Fact]
    public void Halted_machines_are_not_restarted_and_going_ones_not_changed()
    {
        var halted = Machine(RunStrategies.Halted, Reasons.Halted);
        var going = Machine(RunStrategies.Always, Reasons.Running);
        going.Metadata.DeletionTimestamp = Now.UtcDateTime;

        var restart = Assert.Throws<CommandFailedException>(() => MachineChange.Of(MachineVerb.Restart, halted, Now));
        var pause = Assert.Throws<CommandFailedException>(() => MachineChange.Of(MachineVerb.Pause, going, Now));

        Assert.Equal("'web' is halted. 'vee start web' starts it.", restart.Message);
        Assert.Equal("'web' is being deleted.", pause.Message);
    }

    private static VirtualMachine Machine(string? strategy, string reason) => new()
    {
        Metadata = new V1ObjectMeta { Name = "web" },
        Spec = new VirtualMachineSpec { RunStrategy = strategy },
        Status = VerbCluster.Ready("True", reason, ""),
    };
}
