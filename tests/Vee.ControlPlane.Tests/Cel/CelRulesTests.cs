using System.Text.Json.Nodes;
using Vee.ControlPlane.Cel;
using Vee.ControlPlane.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Cel;

public sealed class CelRulesTests
{
    [Fact]
    public void Rules_see_properties_by_escaped_names()
    {
        var errors = Run(
            """
            {"type":"object","properties":{"a-b":{"type":"integer"},"x.y/z":{"type":"string"},"in":{"type":"boolean"},
            "a__b":{"type":"integer"}},"x-kubernetes-validations":[{"rule":
            "self.a__dash__b == 1 && self.x__dot__y__slash__z == 'v' && self.__in__ && self.a__underscores__b == 2"}]}
            """,
            """{"a-b":1,"x.y/z":"v","in":true,"a__b":2}""");

        Assert.Empty(errors);
    }

    [Fact]
    public void Rules_of_transition_run_only_where_there_is_an_old_value()
    {
        const string Schema =
            """
            {"type":"object","properties":{"list":{"type":"array","x-kubernetes-list-type":"map",
            "x-kubernetes-list-map-keys":["id"],"items":{"type":"object","required":["id"],"properties":{
            "id":{"type":"string"},"n":{"type":"integer","x-kubernetes-validations":[
            {"rule":"self >= oldSelf","message":"must not shrink"}]}}}}}}
            """;

        Assert.Empty(Run(Schema, """{"list":[{"id":"a","n":1}]}"""));
        Assert.Empty(Run(Schema, """{"list":[{"id":"b","n":1}]}""", """{"list":[{"id":"a","n":5}]}"""));
        var error = Assert.Single(
            Run(Schema, """{"list":[{"id":"x","n":1},{"id":"a","n":1}]}""", """{"list":[{"id":"a","n":5}]}"""));
        Assert.Equal("list[1].n: Invalid value: 1: must not shrink", error.ToString());
    }

    [Fact]
    public void Optional_old_value_lets_a_rule_run_on_create()
    {
        const string Schema =
            """
            {"type":"object","properties":{"n":{"type":"integer","x-kubernetes-validations":[{"optionalOldSelf":true,
            "rule":"oldSelf.hasValue() ? self >= oldSelf.value() : self == 0","message":"starts at 0 and grows"}]}}}
            """;

        Assert.Empty(Run(Schema, """{"n":0}"""));
        Assert.Single(Run(Schema, """{"n":1}"""));
        Assert.Empty(Run(Schema, """{"n":1}""", """{"n":0}"""));
        Assert.Single(Run(Schema, """{"n":0}""", """{"n":1}"""));
    }

    [Fact]
    public void Broken_and_unchanged_values_are_excused_on_update()
    {
        const string Schema =
            """
            {"type":"object","properties":{"spec":{"type":"object","properties":{"n":{"type":"integer"},
            "m":{"type":"integer"}},"x-kubernetes-validations":[{"rule":"self.n > 3","message":"too small"}]}}}
            """;

        Assert.Empty(Run(Schema, """{"spec":{"n":1}}""", """{"spec":{"n":1}}"""));
        var error = Assert.Single(Run(Schema, """{"spec":{"n":1,"m":2}}""", """{"spec":{"n":1}}"""));
        Assert.Equal("spec: Invalid value: too small", error.ToString());
    }

    [Theory]
    [InlineData("self.s.size() > 3", "", "", "", "spec: Invalid value: failed rule: self.s.size() > 3")]
    [InlineData("self.s.size() > 3", "short", "", ".s", "spec.s: Invalid value: short")]
    [InlineData(
        "self.s.size() > 3", "", "FieldValueRequired", ".s",
        "spec.s: Required value: failed rule: self.s.size() > 3")]
    [InlineData("self.s.size() > 3", "m", "FieldValueDuplicate", "", "spec: Duplicate value")]
    [InlineData("self.m['x'] == 1", "m", "", "", "spec: Invalid value: \"object\": no such key: x evaluating rule: m")]
    [InlineData(
        "self.dyn + 1 == 1", "m", "", "",
        "spec: Invalid value: \"object\": 'no such overload': call arguments did not match a supported operator, " +
        "function or macro signature for rule: m")]
    public void Broken_rule_is_reported(string rule, string message, string reason, string fieldPath, string expected)
    {
        var schema = JsonNode.Parse(
            """
            {"type":"object","properties":{"spec":{"type":"object","properties":{"s":{"type":"string"},
            "m":{"type":"object","additionalProperties":{"type":"integer"}},"dyn":{"x-kubernetes-int-or-string":true}},
            "x-kubernetes-validations":[{}]}}}
            """)!.AsObject();
        var target = schema["properties"]!["spec"]!["x-kubernetes-validations"]![0]!.AsObject();
        foreach (var (key, value) in ((string, string)[])[
            ("rule", rule), ("message", message), ("reason", reason), ("fieldPath", fieldPath)])
        {
            if (value.Length > 0)
            {
                target[key] = value;
            }
        }

        var error = Assert.Single(Run(schema.ToJsonString(), """{"spec":{"s":"ab","m":{},"dyn":"x"}}"""));

        Assert.Equal(expected, error.ToString());
    }

    [Fact]
    public void Rules_see_values_of_formats_metadata_and_sets()
    {
        var errors = Run(
            """
            {"type":"object","properties":{"at":{"type":"string","format":"date-time"},"d":{"type":"string",
            "format":"duration"},"b":{"type":"string","format":"byte"},"r":{"type":"number"},"set":{"type":"array",
            "x-kubernetes-list-type":"set","items":{"type":"string"}},"p":{"x-kubernetes-int-or-string":true}},
            "x-kubernetes-validations":[{"rule":"self.metadata.name == 'x' && self.kind == 'K'"},
            {"rule":"self.at > timestamp('2025-01-01T00:00:00Z') && self.d == duration('60s') && self.b == b'hi'"},
            {"rule":"self.r == 2.0 && self.set == ['b', 'a'] && self.set + ['a', 'c'] == ['a', 'b', 'c']"},
            {"rule":"type(self.p) == int ? self.p < 9 : self.p == 'http'"}]}
            """,
            """
            {"kind":"K","metadata":{"name":"x"},"at":"2026-01-01T00:00:00Z","d":"1m","b":"aGk=","r":2,
            "set":["a","b"],"p":"http"}
            """);

        Assert.Empty(errors);
    }

    [Fact]
    public void Rules_over_a_large_object_stop_at_the_budget()
    {
        var items = new JsonArray([.. Enumerable.Range(0, 3000).Select(i => (JsonNode)i)]);
        var value = new JsonObject { ["l"] = items, ["m"] = items.DeepClone() };
        const string Rule = """{"rule":"self.all(x, self.all(y, x != y || x == y))"}""";

        var errors = Run(
            """{"type":"object","properties":{"l":L,"m":L}}""".Replace(
                "L",
                $$"""{"type":"array","items":{"type":"integer"},"x-kubernetes-validations":[{{Rule}}]}""",
                StringComparison.Ordinal),
            value.ToJsonString());

        Assert.Equal(
            "l: Invalid value: \"array\": 'operation cancelled: actual cost limit exceeded': no further validation " +
            "rules will be run due to call cost exceeds limit for rule: self.all(x, self.all(y, x != y || x == y))",
            Assert.Single(errors).ToString());
    }

    private static IReadOnlyList<FieldError> Run(string schema, string value, string? old = null)
    {
        var parsed = StructuralSchema.Parse(JsonNode.Parse(schema)!.AsObject());
        var before = old is null ? null : JsonNode.Parse(old)!.AsObject();
        var now = JsonNode.Parse(value)!.AsObject();
        return new CelRules(parsed).Validate(
            now, before, before is null ? null : new Correlation(now, before, parsed));
    }
}
