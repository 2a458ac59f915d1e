using k8s.Models;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Status;
using Vee.ControllerRuntime.Tests.Informers;
using Vee.ControllerRuntime.Tests.Time;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Status;

public sealed class StatusTests
{
    private readonly FakeTime time = new();

    [Fact]
    public void The_transition_time_moves_with_the_status_and_with_nothing_else()
    {
        var conditions = new Conditions(time);
        var list = new List<V1Condition>();
        Assert.True(conditions.Set(list, "Ready", false, "Starting", "wait", 1));
        var first = list[0].LastTransitionTime;
        Assert.Equal(DateTimeKind.Utc, first.Kind);
        Assert.Equal(0, first.Ticks % TimeSpan.TicksPerSecond);
        time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.True(conditions.Set(list, "Ready", false, "Starting", "wait longer", 2));
        Assert.Equal(first, list[0].LastTransitionTime);
        Assert.Equal(2, list[0].ObservedGeneration);
        Assert.False(conditions.Set(list, "Ready", false, "Starting", "wait longer", 2));
        Assert.True(conditions.Set(list, "Ready", true, "Running", "", 2));
        Assert.Equal(first.AddSeconds(1), list[0].LastTransitionTime);
        Assert.True(Conditions.IsTrue(list, "Ready"));
        Assert.True(conditions.Set(list, "Other", null, "Unknown", "", 2));
        Assert.Equal("Unknown", list[1].Status);
        Assert.Equal(2, list.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("9Lives")]
    [InlineData("Ends:")]
    public void A_reason_that_the_server_would_refuse_is_refused_here(string reason) =>
        Assert.Throws<ArgumentException>(() => new Conditions(time).Set([], "Ready", true, reason, "", 1));

    [Fact]
    public async Task A_status_is_written_when_it_differs_and_not_otherwise()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        await using var informers = new RunningInformers(bench.Connection);
        var widgets = informers.Set.Of<Widget>();
        await informers.StartAsync();
        var writer = new StatusWriter<Widget>(bench.Widgets, "tests");
        var conditions = new Conditions(TimeProvider.System);
        Assert.True(await WriteAsync("Running"));
        await Eventually.TrueAsync(() => widgets.IsFresh(new("default", "a")), "the store has it");
        Assert.False(await WriteAsync("Running"));
        Assert.True(await WriteAsync("StillRunning"));
        await Eventually.TrueAsync(() => widgets.IsFresh(new("default", "a")), "the store has it");
        Assert.False(await WriteAsync("StillRunning"));
        Assert.Equal(2, bench.Server.Writes.Count);
        Assert.All(bench.Server.Writes, w => Assert.Equal("status", w.Request.Subresource));

        async Task<bool> WriteAsync(string reason)
        {
            var current = widgets.Store.Get(new("default", "a"))!;
            var entity = KubernetesSerializer.Clone(current);
            entity.Status ??= new WidgetStatus();
            entity.Status.Conditions ??= [];
            conditions.Set(entity.Status.Conditions, "Ready", true, reason, "", entity.Metadata.Generation);
            return await writer.WriteAsync(current, entity, isGuarded: false, Bench.Token) != current;
        }
    }

    [Fact]
    public void A_message_is_not_cut_within_a_character()
    {
        var conditions = new List<V1Condition>();
        var text = new string('m', Conditions.MessageCharactersMax - 1);
        new Conditions(TimeProvider.System).Set(conditions, "Ready", true, "Fine", text + "\U0001F600", 1);
        Assert.Equal(text, conditions[0].Message);
    }
}
