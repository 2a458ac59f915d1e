using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Tests.Server;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Clients;

public sealed class ResourceClientTests
{
    private static readonly ObjectKey A = new("default", "a");

    [Fact]
    public async Task Objects_are_created_read_changed_and_deleted()
    {
        await using var bench = await Bench.StartAsync();
        var made = await bench.Widgets.CreateAsync(Widget.Make("a"), Bench.Token);
        Assert.Equal("uid-1", made.Metadata.Uid);
        made.Spec!.Size = 2;
        var updated = await bench.Widgets.UpdateAsync(made, Bench.Token);
        Assert.Equal(2, updated.Metadata.Generation);
        var stale = await Assert.ThrowsAsync<KubernetesApiException>(
            () => bench.Widgets.UpdateAsync(made, Bench.Token));
        Assert.True(stale.IsConflict);
        var merged = await bench.Widgets.PatchAsync(
            A, ResourcePatch.Merge(new { spec = new { color = "red" } }), null, Bench.Token);
        Assert.Equal(("red", 2), (merged.Spec!.Color, merged.Spec.Size));
        var patched = await bench.Widgets.PatchAsync(
            A, ResourcePatch.Json(new("test", "/spec/size", 2), new("replace", "/spec/size", 3)), null, Bench.Token);
        Assert.Equal(3, patched.Spec!.Size);
        Assert.True(await bench.Widgets.DeleteAsync(A, new() { Uid = "uid-1" }, Bench.Token));
        Assert.False(await bench.Widgets.DeleteAsync(A, new(), Bench.Token));
        Assert.Null(await bench.Widgets.FindAsync(A, Bench.Token));
    }

    [Fact]
    public async Task Apply_sends_what_is_set_and_nothing_that_only_the_server_sets()
    {
        await using var bench = await Bench.StartAsync();
        var options = new ApplyOptions { FieldManager = "tests" };
        var made = await bench.Widgets.ApplyAsync(Widget.Make("a", 4), options, Bench.Token);
        made.Metadata.ManagedFields = [new V1ManagedFieldsEntry { Manager = "x" }];
        await bench.Widgets.ApplyAsync(made, options, Bench.Token);
        var (_, contentType, query, body) = bench.Server.Writes.Last();
        Assert.Equal("application/apply-patch+yaml", contentType);
        Assert.Equal("?fieldManager=tests&force=true", query);
        Assert.Equal(
            "name namespace uid",
            string.Join(' ', ((JsonObject)body!["metadata"]!).Select(e => e.Key).Order(StringComparer.Ordinal)));
        Assert.Equal("Widget", (string)body["kind"]!);
        Assert.Equal("example.dev/v1", (string)body["apiVersion"]!);
        var conflict = await Assert.ThrowsAsync<KubernetesApiException>(() => bench.Widgets.ApplyAsync(
            made, options with { ResourceVersion = "1" }, Bench.Token));
        Assert.Equal(HttpStatusCode.Conflict, conflict.Status);
    }

    [Fact]
    public async Task Apply_of_a_status_reaches_the_object_that_was_meant_and_no_namesake()
    {
        await using var bench = await Bench.StartAsync();
        var made = await bench.Widgets.CreateAsync(Widget.Make("a"), Bench.Token);
        made.Status = new WidgetStatus { Size = 9 };
        var written = await bench.Widgets.ApplyStatusAsync(made, new() { FieldManager = "tests" }, Bench.Token);
        Assert.Equal(9, written.Status!.Size);
        await bench.Widgets.DeleteAsync(A, new(), Bench.Token);
        await bench.Widgets.CreateAsync(Widget.Make("a"), Bench.Token);
        var refused = await Assert.ThrowsAsync<KubernetesApiException>(
            () => bench.Widgets.ApplyStatusAsync(made, new() { FieldManager = "tests" }, Bench.Token));
        Assert.True(refused.IsConflict);
    }

    [Theory]
    [InlineData(nameof(FaultKind.TooManyRequests))]
    [InlineData(nameof(FaultKind.Unavailable))]
    public async Task A_read_waits_as_long_as_the_server_asks(string kind)
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        var requests = 0;
        bench.Server.Fault = _ => Interlocked.Increment(ref requests) == 1
            ? Enum.Parse<FaultKind>(kind)
            : FaultKind.None;
        var begin = TimeProvider.System.GetTimestamp();
        Assert.Equal("a", (await bench.Widgets.GetAsync(A, Bench.Token)).Metadata.Name);
        Assert.True(TimeProvider.System.GetElapsedTime(begin) >= TimeSpan.FromSeconds(0.95));
        Assert.Equal(2, requests);
        Assert.Equal(2, await bench.MetricAsync("rest_client_requests_total"));
    }

    [Fact]
    public async Task What_is_not_idempotent_is_sent_once()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Fault = _ => FaultKind.TooManyRequests;
        bench.Server.RetryAfterSeconds = 7;
        var refused = await Assert.ThrowsAsync<KubernetesApiException>(
            () => bench.Widgets.CreateAsync(Widget.Make("a"), Bench.Token));
        Assert.Equal(TimeSpan.FromSeconds(7), refused.RetryAfter);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        bench.Server.Fault = _ => FaultKind.ResetAfter;
        await Assert.ThrowsAsync<HttpRequestException>(() => bench.Widgets.CreateAsync(Widget.Make("b"), Bench.Token));
        Assert.Equal(2, bench.Server.Requests.Count);
        bench.Server.Fault = _ => FaultKind.None;
        Assert.NotNull(await bench.Widgets.FindAsync(new("default", "b"), Bench.Token));
    }

    [Fact]
    public async Task Lost_connections_and_other_peoples_errors_keep_their_meaning()
    {
        await using var bench = await Bench.StartAsync();
        bench.Put("a");
        var requests = 0;
        bench.Server.Fault = _ => Interlocked.Increment(ref requests) <= 2 ? FaultKind.Reset : FaultKind.None;
        await bench.Widgets.GetAsync(A, Bench.Token);
        Assert.Equal(3, requests);
        bench.Server.Fault = _ => FaultKind.BadGateway;
        var gateway = await Assert.ThrowsAsync<KubernetesApiException>(() => bench.Widgets.GetAsync(A, Bench.Token));
        Assert.Equal(HttpStatusCode.BadGateway, gateway.Status);
        Assert.Contains("widgets/a", gateway.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_object_names_the_fields()
    {
        await using var bench = await Bench.StartAsync();
        var refused = await Assert.ThrowsAsync<KubernetesApiException>(
            () => bench.Widgets.CreateAsync(Widget.Make(null!), Bench.Token));
        Assert.True(refused.IsInvalid);
        Assert.Equal("Invalid", refused.Reason);
        Assert.Equal("name", Assert.Single(refused.Causes).Field);
    }

    [Fact]
    public async Task A_request_that_is_never_answered_times_out()
    {
        await using var bench = await Bench.StartWithAsync(
            1, null, new KubernetesConnectionOptions { RequestTimeout = TimeSpan.FromMilliseconds(200) });
        bench.Server.Fault = _ => FaultKind.Hang;
        await Assert.ThrowsAsync<TimeoutException>(() => bench.Widgets.GetAsync(A, Bench.Token));
    }

    [Fact]
    public async Task A_list_is_read_page_by_page()
    {
        await using var bench = await Bench.StartAsync();
        for (var i = 0; i < 1200; i++)
        {
            bench.Put($"w{i}");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var widget in bench.Widgets.ListAsync(ResourceScope.All, Bench.Token))
        {
            Assert.Equal("Widget", widget.Kind);
            names.Add(widget.Metadata.Name);
        }

        Assert.Equal(1200, names.Count);
        Assert.Equal(3, bench.Server.Requests.Count);
    }

    [Fact]
    public void Whole_seconds_are_written_as_the_api_server_takes_them()
    {
        var whole = new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(
            """{"renewTime":"2026-11-25T12:00:00.000001Z"}""",
            KubernetesSerializer.ToNode(new V1LeaseSpec { RenewTime = MicroTime.Of(whole) }).ToJsonString());
        Assert.Equal(
            """{"renewTime":"2026-11-25T12:00:00.250000Z"}""",
            KubernetesSerializer.ToNode(new V1LeaseSpec { RenewTime = MicroTime.Of(whole.AddMilliseconds(250)) })
                .ToJsonString());
    }

    [Fact]
    public void Definitions_come_from_the_types()
    {
        var catalog = ResourceCatalog.Default.WithClusterScoped<Widget>();
        Assert.Equal(
            new("example.dev", "v1", "widgets", "Widget", IsNamespaced: false), catalog.DefinitionOf<Widget>());
        Assert.False(catalog.DefinitionOf<V1Node>().IsNamespaced);
        var maps = catalog.DefinitionOf<V1ConfigMap>();
        Assert.Equal("api/v1/namespaces/one/configmaps/two/status", maps.PathOf("one", "two", "status"));
        Assert.Equal("apis/example.dev/v1/widgets/x", catalog.DefinitionOf<Widget>().PathOf("", "x"));
    }
}
