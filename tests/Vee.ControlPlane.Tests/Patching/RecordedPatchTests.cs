using System.Text.Json.Nodes;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tests.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Patching;

public sealed class RecordedPatchTests
{
    [Fact]
    public void Recorded_patches_of_a_custom_object_give_the_recorded_objects()
    {
        var rules = Recorded.Widgets();
        var ownership = new FieldOwnership(Recorded.Types(), TimeProvider.System);
        var live = Recorded.One("05-create", "everything").Response;
        var write = new FieldWrite
        {
            Type = rules.ObjectType,
            Manager = "unknown",
            ResetFields = FieldSet.OfTopLevel("status"),
        };
        var count = 0;
        foreach (var exchange in Recorded.Topic("08-patch")
            .Where(e => e.Target.EndsWith("/full", StringComparison.Ordinal)))
        {
            if (exchange.Status is 415 or 409)
            {
                continue;
            }

            var result = exchange.ContentType.StartsWith("application/json-patch", StringComparison.Ordinal)
                ? JsonPatch.Apply(live, exchange.Body)
                : JsonMergePatch.Apply(live, exchange.Body);
            count++;
            if (result.Failure is { } failure)
            {
                Assert.Equal(exchange.Status, failure.Code);
                Assert.Equal(exchange.Response["message"]!.GetValue<string>(), failure.Message);
                Assert.Equal(exchange.Response["reason"]!.GetValue<string>(), failure.Reason);
                continue;
            }

            var value = result.Value!;
            rules.Decode(value);
            ownership.Update(write, live, value);
            var errors = rules.ValidateUpdate(value, live);
            if (exchange.Status == 422)
            {
                Assert.Equal(exchange.Causes, RecordedExchange.CausesOf(errors));
                continue;
            }

            Assert.Empty(errors);
            RecordedCreateTests.AssertSame(exchange.Response, value, exchange.Name);
            live = value;
        }

        Assert.Equal(6, count);
    }

    [Fact]
    public void Update_of_an_immutable_field_is_refused_as_recorded()
    {
        var rules = Recorded.Widgets();
        var exchange = Recorded.One("07-update", "CEL immutable");
        var live = Recorded.One("05-create", "everything").Response;
        var value = JsonMergePatch.Apply(live, exchange.Body).Value!;

        var errors = rules.ValidateUpdate(value, live);

        Assert.Equal(exchange.Causes, RecordedExchange.CausesOf(errors));
    }

    [Fact]
    public void Recorded_writes_of_built_in_kinds_give_the_recorded_managed_fields()
    {
        var ownership = new FieldOwnership(Recorded.Types(), TimeProvider.System);
        var objects = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        var count = 0;
        foreach (var exchange in Recorded.Topic("13-builtins").Where(e => e.Status is 200 or 201 && e.Method != "GET"))
        {
            var expected = exchange.Response;
            var key = expected["kind"] + "/" + expected["metadata"]!["name"];
            var type = BuiltInTypes.Get(
                expected["apiVersion"]!.GetValue<string>(), expected["kind"]!.GetValue<string>());
            var live = objects.GetValueOrDefault(key);
            if (live is not null && exchange.ContentType.StartsWith("application/strategic", StringComparison.Ordinal))
            {
                var patched = StrategicMergePatch.Apply(live, exchange.Body, type).Value!;
                // The server fills in what the patch leaves out; everything else must be what it answered.
                AssertContains(patched, expected, exchange.Name);
            }

            var value = expected.DeepClone().AsObject();
            value["metadata"]!.AsObject().Remove("managedFields");
            ownership.Update(new() { Type = type, Manager = "unknown" }, live, value);
            RecordedCreateTests.AssertSame(expected, value, exchange.Name);
            objects[key] = expected;
            count++;
        }

        Assert.Equal(10, count);
    }

    private static void AssertContains(JsonNode? part, JsonNode? whole, string name)
    {
        switch (part)
        {
            case JsonObject map:
                foreach (var (key, value) in map.Where(p => p.Key is not ("metadata" or "imagePullPolicy")))
                {
                    AssertContains(value, Json.Field(whole, key), $"{name} .{key}");
                }

                break;
            case JsonArray list:
                Assert.Equal(list.Count, whole?.AsArray().Count);
                for (var i = 0; i < list.Count; i++)
                {
                    AssertContains(list[i], whole![i], $"{name} [{i}]");
                }

                break;
            default:
                Assert.True(Json.AreEqual(part, whole), $"{name}: {Json.ToText(part)} is not {Json.ToText(whole)}");
                break;
        }
    }
}
