using System.Globalization;
using System.Text.Json.Nodes;
using Vee.ControllerRuntime.Events;
using Vee.ControllerRuntime.Tests.Server;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Events;

public sealed class EventRecorderTests
{
    [Fact]
    public async Task An_event_has_every_field_that_the_server_requires()
    {
        await using var bench = await Bench.StartAsync();
        var recorder = new EventRecorder(bench.Connection, "example.dev/op", "pod-1");
        recorder.Record(Regarding("a"), EventType.Warning, "NoRoom", "Place", new string('é', 2000));
        await FlushAsync(recorder);
        var made = Assert.Single(EventsOf(bench));
        Assert.Equal("events.k8s.io/v1", (string)made["apiVersion"]!);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", (string)made["eventTime"]!);
        Assert.Equal("example.dev/op", (string)made["reportingController"]!);
        Assert.Equal("pod-1", (string)made["reportingInstance"]!);
        Assert.Equal(
            ("Warning", "NoRoom", "Place"),
            ((string)made["type"]!, (string)made["reason"]!, (string)made["action"]!));
        Assert.Equal(512, ((string)made["note"]!).Length);
        Assert.Equal("Widget", (string)made["regarding"]!["kind"]!);
        Assert.Equal("example.dev/v1", (string)made["regarding"]!["apiVersion"]!);
        Assert.Equal("default", (string)made["metadata"]!["namespace"]!);
        Assert.Matches("^a\\.[0-9a-f]{16}$", (string)made["metadata"]!["name"]!);
        Assert.Null(made["series"]);
    }

    [Fact]
    public async Task The_same_event_again_is_a_count_and_another_one_is_not()
    {
        await using var bench = await Bench.StartAsync();
        var recorder = new EventRecorder(bench.Connection, "example.dev/op", "pod-1");
        for (var i = 0; i < 5; i++)
        {
            recorder.Record(Regarding("a"), EventType.Normal, "Same", "Do", "note");
        }

        recorder.Record(Regarding("a"), EventType.Normal, "Same", "Do", "another note");
        recorder.Record(Regarding("b"), EventType.Normal, "Same", "Do", "note");
        await FlushAsync(recorder);
        var made = EventsOf(bench);
        Assert.Equal(3, made.Count);
        var series = Assert.Single(made, e => e["series"] is not null)["series"]!;
        Assert.Equal(5, (int)series["count"]!);
        Assert.Matches(@"\.\d{6}Z$", (string)series["lastObservedTime"]!);
        Assert.Equal(4, bench.Server.Writes.Count);
    }

    [Fact]
    public async Task The_same_event_after_a_quarter_of_an_hour_is_a_new_one()
    {
        await using var bench = await Bench.StartAsync();
        var time = new Time.FakeTime();
        using var connection = bench.Connect(1, time);
        var recorder = new EventRecorder(connection, "example.dev/op", "pod-1");
        var running = recorder.RunAsync(Bench.Token);
        recorder.Record(Regarding("a"), EventType.Normal, "Same", "Do", "note");
        await Eventually.TrueAsync(() => EventsOf(bench).Count == 1, "the first");
        time.Advance(TimeSpan.FromMinutes(15));
        recorder.Record(Regarding("a"), EventType.Normal, "Same", "Do", "note");
        await Eventually.TrueAsync(
            () =>
            {
                // The answer to the first may have been on its way when time jumped past its timeout.
                time.Advance(TimeSpan.FromMilliseconds(100));
                return EventsOf(bench).Count == 2;
            },
            "the second");
        recorder.Complete();
        await running;
    }

    [Fact]
    public async Task Too_many_events_are_dropped_and_counted_and_nobody_waits()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Fault = _ => FaultKind.Hang;
        var recorder = new EventRecorder(bench.Connection, "example.dev/op", "pod-1");
        using var end = new CancellationTokenSource();
        var running = recorder.RunAsync(end.Token);
        var begin = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < EventRecorder.WaitingMax + 500; i++)
        {
            recorder.Record(
                Regarding("a"), EventType.Normal, "Many", "Do", i.ToString(CultureInfo.InvariantCulture));
        }

        Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(5));
        Assert.InRange(await bench.MetricAsync("event_recorder_dropped_total"), 400, 500);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task An_event_survives_a_lost_answer_and_is_there_once()
    {
        await using var bench = await Bench.StartAsync();
        var requests = 0;
        bench.Server.Fault = _ => Interlocked.Increment(ref requests) == 1 ? FaultKind.ResetAfter : FaultKind.None;
        var recorder = new EventRecorder(bench.Connection, "example.dev/op", "pod-1");
        recorder.Record(Regarding("a"), EventType.Normal, "Once", "Do", "note");
        await FlushAsync(recorder);
        Assert.Single(EventsOf(bench));
        Assert.Equal(0, await bench.MetricAsync("event_recorder_dropped_total"));
    }

    private static Widget Regarding(string name)
    {
        var widget = Widget.Make(name);
        widget.Metadata.Uid = $"uid-of-{name}";
        return widget;
    }

    private static async Task FlushAsync(EventRecorder recorder)
    {
        recorder.Complete();
        await recorder.RunAsync(Bench.Token);
    }

    private static IReadOnlyList<JsonObject> EventsOf(Bench bench) => bench.Server.Store.List("events", "").Items;
}
