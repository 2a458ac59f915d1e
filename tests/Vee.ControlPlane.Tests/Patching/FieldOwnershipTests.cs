using System.Text.Json.Nodes;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tests.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Patching;

public sealed class FieldOwnershipTests
{
    private static readonly ObjectType ConfigMap = BuiltInTypes.Get("v1", "ConfigMap");

    private readonly SettableClock clock = new();

    [Fact]
    public void Times_stay_where_nothing_changed()
    {
        var live = Create("a", """{"k":"1"}""");
        var before = live["metadata"]!["managedFields"]!.ToJsonString();
        clock.Now += TimeSpan.FromHours(1);

        var same = live.DeepClone().AsObject();
        Ownership().Update(Write("a"), live, same);
        Assert.Equal(before, same["metadata"]!["managedFields"]!.ToJsonString());

        var changed = JsonMergePatch.Apply(live, JsonNode.Parse("""{"data":{"k":"2"}}""")).Value!;
        Ownership().Update(Write("a"), live, changed);
        Assert.Equal("2026-01-01T01:00:00Z", changed["metadata"]!["managedFields"]![0]!["time"]!.GetValue<string>());
    }

    [Fact]
    public void Eleven_updaters_become_ten_of_which_one_is_ancient()
    {
        var live = Create("m0", """{"k0":"1"}""");
        for (var i = 1; i <= 11; i++)
        {
            clock.Now += TimeSpan.FromMinutes(1);
            var next = JsonMergePatch.Apply(
                live, new JsonObject { ["data"] = new JsonObject { [$"k{i}"] = "1" } }).Value!;
            Ownership().Update(Write($"m{i}"), live, next);
            live = next;
        }

        var entries = live["metadata"]!["managedFields"]!.AsArray();
        Assert.Equal(10, entries.Count);
        var ancient = Assert.Single(entries, e => e!["manager"]!.GetValue<string>() == "ancient-changes");
        Assert.Equal(
            """{"f:data":{".":{},"f:k0":{},"f:k1":{},"f:k2":{}}}""", Json.ToGoString(ancient!["fieldsV1"]));
        Assert.Equal("2026-01-01T00:02:00Z", ancient["time"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("[{}]")]
    [InlineData("[]")]
    public void Empty_list_switches_tracking_off_until_the_next_apply(string list)
    {
        var live = Create("a", """{"k":"1"}""");
        var value = live.DeepClone().AsObject();
        value["metadata"]!["managedFields"] = JsonNode.Parse(list);

        Ownership().Update(Write("b"), live, value);
        Assert.Null(value["metadata"]!["managedFields"]);

        var applied = Ownership().Apply(Write("c"), value, Object("""{"k":"1","l":"2"}"""), force: false).Value!;
        Assert.Equal(
            ["c Apply", "before-first-apply Update"],
            applied["metadata"]!["managedFields"]!.AsArray()
                .Select(e => $"{e!["manager"]} {e["operation"]}").ToArray());
    }

    [Fact]
    public void Client_that_sends_no_managed_fields_does_not_lose_them()
    {
        var live = Create("a", """{"k":"1"}""");
        var value = live.DeepClone().AsObject();
        value["metadata"]!.AsObject().Remove("managedFields");
        value["data"]!["l"] = "2";

        Ownership().Update(Write("b"), live, value);

        Assert.Equal(
            ["a", "b"],
            value["metadata"]!["managedFields"]!.AsArray().Select(e => e!["manager"]!.GetValue<string>()).ToArray());
    }

    [Fact]
    public void Several_conflicts_are_listed_by_manager()
    {
        var one = Ownership().Apply(Write("one"), null, Object("""{"a":"1","b":"1"}"""), force: false).Value!;
        one["metadata"]!["uid"] = "u";
        var two = JsonMergePatch.Apply(one, JsonNode.Parse("""{"data":{"c":"1"}}""")).Value!;
        Ownership().Update(Write("two"), one, two);

        var applied = Object("""{"a":"9","b":"9","c":"9"}""");
        var failure = Ownership().Apply(Write("x"), two, applied, force: false).Failure!;

        Assert.Equal(
            "Apply failed with 3 conflicts: conflicts with \"one\":\n- .data.a\n- .data.b\n" +
            "conflicts with \"two\" using v1:\n- .data.c",
            failure.Message);
        Assert.Equal(3, failure.Causes.Count);
        var forced = Ownership().Apply(Write("x"), two, applied, force: true).Value!;
        var entry = Assert.Single(forced["metadata"]!["managedFields"]!.AsArray());
        Assert.Equal("x", entry!["manager"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"data":{"a":1}}""",
        "failed to create typed patch object (/x; /v1, Kind=ConfigMap): .data.a: expected string, got " +
        "&value.valueUnstructured{Value:1}")]
    [InlineData("""{"data":[],"x":1}""",
        "failed to create typed patch object (/x; /v1, Kind=ConfigMap): errors:\n  .data: expected map, got &{[]}\n" +
        "  .x: field not declared in schema")]
    public void Configuration_that_fits_no_type_is_refused(string body, string message)
    {
        var applied = JsonNode.Parse(body)!.AsObject();
        applied["apiVersion"] = "v1";
        applied["kind"] = "ConfigMap";
        applied["metadata"] = new JsonObject { ["name"] = "x" };

        var failure = Ownership().Apply(Write("a"), null, applied, force: false).Failure!;

        Assert.Equal((500, message), (failure.Code, failure.Message));
    }

    [Fact]
    public void Write_through_scale_takes_the_replicas()
    {
        var fields = JsonNode.Parse(
            """
            [{"manager":"a","operation":"Update","apiVersion":"g/v1","time":"2026-01-01T00:00:00Z",
            "fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:replicas":{},"f:size":{}}}}]
            """)!.AsArray();
        var scale = ScaleOwnership.ToScale(fields, "g/v1", ".spec.replicas");
        Assert.Equal("""{"f:spec":{"f:replicas":{}}}""", Json.ToGoString(scale[0]!["fieldsV1"]));
        Assert.Equal("autoscaling/v1", scale[0]!["apiVersion"]!.GetValue<string>());

        var written = JsonNode.Parse(
            """
            [{"manager":"b","operation":"Update","apiVersion":"autoscaling/v1","fieldsType":"FieldsV1",
            "fieldsV1":{"f:spec":{"f:replicas":{}}},"subresource":"scale","time":"2026-01-02T00:00:00Z"}]
            """)!.AsArray();
        Assert.Equal(
            """
            [{"apiVersion":"g/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:replicas":{}}},"manager":"b",
            "operation":"Update","subresource":"scale"},{"apiVersion":"g/v1","fieldsType":"FieldsV1",
            "fieldsV1":{"f:spec":{"f:size":{}}},"manager":"a","operation":"Update","time":"2026-01-01T00:00:00Z"}]
            """.Replace("\n", "", StringComparison.Ordinal),
            Json.ToGoString(ScaleOwnership.ToParent(fields, written, "g/v1", ".spec.replicas")));
    }

    private JsonObject Create(string manager, string data)
    {
        var value = Object(data);
        Ownership().Update(Write(manager), null, value);
        value["metadata"]!["uid"] = "u";
        return value;
    }

    private FieldOwnership Ownership() => new(Recorded.Types(), clock);

    private static FieldWrite Write(string manager) => new() { Type = ConfigMap, Manager = manager };

    private static JsonObject Object(string data) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = "x" },
        ["data"] = JsonNode.Parse(data),
    };

    private sealed class SettableClock : TimeProvider
    {
        internal DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
