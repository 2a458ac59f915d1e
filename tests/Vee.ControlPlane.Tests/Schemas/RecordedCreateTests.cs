using System.Text.Json.Nodes;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Schemas;

public sealed class RecordedCreateTests
{
    public static TheoryData<string, int> Creates => [.. Indices("05-create", e =>
        e.Method == "POST" && e.Target.Contains("/namespaces/conf/") && e.Request is not null &&
        e.Status is 201 or 422)];

    [Theory]
    [MemberData(nameof(Creates))]
    public void Create_of_a_custom_object_is_answered_as_recorded(string name, int index)
    {
        var exchange = Recorded.Topic("05-create")[index];
        var rules = Recorded.Widgets();
        var value = exchange.Request!;
        value["metadata"]!["namespace"] = "conf";
        value.Remove("status");
        if (value["metadata"]!["name"] is null && value["metadata"]!["generateName"] is not null)
        {
            value["metadata"]!["name"] = "gen-abcde";
        }

        var unknown = rules.Decode(value);
        var errors = rules.ValidateCreate(value);

        if (exchange.Warning is { } warning)
        {
            Assert.Equal(warning, $"299 - \"{Assert.Single(unknown).Replace("\"", "\\\"")}\"");
        }

        if (exchange.Status == 422)
        {
            Assert.Equal(exchange.Causes, RecordedExchange.CausesOf(errors));
            Assert.Equal(exchange.Message, RecordedExchange.Sorted(FieldErrors.Aggregate(errors).Split(", ")));
            return;
        }

        Assert.Empty(errors);
        new FieldOwnership(Recorded.Types(), TimeProvider.System).Update(
            new() { Type = rules.ObjectType, Manager = "unknown", ResetFields = FieldSet.OfTopLevel("status") },
            live: null, value);
        AssertSame(exchange.Response, value, name);
    }

    /// <summary>Equal but for what the server makes up.</summary>
    internal static void AssertSame(JsonObject expected, JsonObject actual, string name)
    {
        var (left, right) = (Normalised(expected), Normalised(actual));
        Assert.True(Json.AreEqual(left, right), $"{name}\nwant {Json.ToGoString(left)}\ngot  {Json.ToGoString(right)}");
    }

    internal static IEnumerable<(string, int)> Indices(string topic, Func<RecordedExchange, bool> choose) =>
        Recorded.Topic(topic).Index().Where(e => choose(e.Item)).Select(e => (e.Item.Name, e.Index));

    private static JsonObject Normalised(JsonObject value)
    {
        var copy = value.DeepClone().AsObject();
        foreach (var field in (string[])["uid", "resourceVersion", "creationTimestamp", "generation"])
        {
            copy["metadata"]!.AsObject().Remove(field);
        }

        if (copy["metadata"]!["generateName"] is not null)
        {
            copy["metadata"]!.AsObject().Remove("name");
        }

        var entries = copy["metadata"]!["managedFields"] as JsonArray ?? [];
        foreach (var entry in entries)
        {
            entry!.AsObject().Remove("time");
        }

        if (entries.Count > 0)
        {
            copy["metadata"]!["managedFields"] = new JsonArray(
                [.. entries.Select(e => e!.DeepClone()).OrderBy(Json.ToGoString, StringComparer.Ordinal)]);
        }

        return copy;
    }
}
