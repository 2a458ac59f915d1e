using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Schemas;

public sealed class ValueValidationTests
{
    [Theory]
    [InlineData("""{"type":"integer"}""", "1.5",
        "<nil>: Invalid value: \"\": Checked value must be of type integer (default format) in v|" +
        "v: Invalid value: \"number\": v in body must be of type integer: \"number\"")]
    [InlineData("""{"type":"integer"}""", "5.0", "")]
    [InlineData("""{"type":"number"}""", "5", "")]
    [InlineData("""{"type":"integer","format":"int32"}""", "3000000000",
        "<nil>: Invalid value: \"\": Checked value must be of type integer with format int32 in v")]
    [InlineData("""{"type":"integer","maximum":5,"exclusiveMaximum":true}""", "5",
        "v: Invalid value: 5: v in body should be less than 5")]
    [InlineData("""{"type":"number","minimum":0.5,"exclusiveMinimum":true}""", "0.5",
        "v: Invalid value: 0.5: v in body should be greater than 0.5")]
    [InlineData("""{"type":"integer","multipleOf":3}""", "7",
        "v: Invalid value: 7: v in body should be a multiple of 3")]
    [InlineData("""{"type":"number","multipleOf":0.1}""", "0.3", "")]
    [InlineData("""{"type":"string","maxLength":2}""", "\"äöü\"", "v: Too long: may not be more than 2 bytes")]
    [InlineData("""{"type":"string","maxLength":3}""", "\"äöü\"", "")]
    [InlineData("""{"type":"string","pattern":"^\\d+$"}""", "\"٣\"",
        "v: Invalid value: \"٣\": v in body should match '^\\d+$'")]
    [InlineData("""{"type":"string","format":"ipv4"}""", "\"1.2.3\"",
        "v: Invalid value: \"1.2.3\": v in body must be of type ipv4: \"1.2.3\"")]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"3f2504e0-4f89-11d3-9a0c-0305e82c3301\"", "")]
    [InlineData("""{"type":"string","format":"what"}""", "\"x\"", "")]
    [InlineData("""{"type":"string","enum":["a"]}""", "\"b\"",
        "v: Unsupported value: \"b\": supported values: \"a\"")]
    [InlineData("""{"type":"array","minItems":2,"items":{"type":"string"}}""", "[\"a\"]",
        "v: Invalid value: 1: v in body should have at least 2 items")]
    [InlineData("""{"type":"array","items":{"type":"string"}}""", "[\"a\",1]",
        "v[1]: Invalid value: \"integer\": v[1] in body must be of type string: \"integer\"")]
    [InlineData("""{"type":"object","minProperties":1}""", "{}",
        "v: Invalid value: 0: v in body should have at least 1 properties")]
    [InlineData("""{"type":"object","maxProperties":1,"additionalProperties":{"type":"string"}}""",
        """{"a":"1","b":"2"}""", "v: Too many: 2: must have at most 1 item")]
    [InlineData("""{"type":"object","required":["a"]}""", "{}", "v.a: Required value")]
    [InlineData("""{"type":"string"}""", "null",
        "v: Invalid value: \"null\": v in body must be of type string: \"null\"")]
    [InlineData("""{"type":"string","nullable":true}""", "null", "")]
    [InlineData("""{"x-kubernetes-int-or-string":true}""", "1.5",
        "v: Invalid value: \"number\": v in body must be of type integer,string: \"number\"")]
    [InlineData("""{"type":"object","oneOf":[{"required":["a"]},{"required":["b"]}]}""", "{}",
        "<nil>: Invalid value: \"\": \"v\" must validate one and only one schema (oneOf). Found none valid|" +
        "v.a: Required value")]
    [InlineData("""{"type":"object","oneOf":[{"required":["a"]},{"required":["b"]}]}""", """{"a":1,"b":1}""",
        "<nil>: Invalid value: \"\": \"v\" must validate one and only one schema (oneOf). Found 2 valid alternatives")]
    [InlineData("""{"type":"integer","anyOf":[{"minimum":5},{"maximum":1}]}""", "3",
        "<nil>: Invalid value: \"\": \"v\" must validate at least one schema (anyOf)|" +
        "v: Invalid value: 3: v in body should be greater than or equal to 5")]
    [InlineData("""{"type":"integer","not":{"minimum":5}}""", "7",
        "<nil>: Invalid value: \"\": \"v\" must not validate the schema (not)")]
    [InlineData("""{"type":"integer","allOf":[{"minimum":5}]}""", "3",
        "<nil>: Invalid value: \"\": \"v\" must validate all the schemas (allOf). None validated|" +
        "v: Invalid value: 3: v in body should be greater than or equal to 5")]
    public void Value_is_answered_with(string schema, string value, string expected)
    {
        var root = StructuralSchema.Parse(new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["v"] = JsonNode.Parse(schema) },
        });
        var node = RequestText.ParseJson("{\"v\":" + value + "}").Node;

        var errors = new ValueValidation(root).Validate(node, correlation: null);

        Assert.Equal(
            expected.Split('|', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            errors.Select(e => e.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Unchanged_invalid_values_are_excused_and_changed_ones_are_not()
    {
        var schema = StructuralSchema.Parse(JsonNode.Parse(
            """
            {"type":"object","properties":{"n":{"type":"integer","maximum":3},"m":{"type":"integer","maximum":3},
            "list":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["id"],"items":{
            "type":"object","properties":{"id":{"type":"string"},"v":{"type":"integer","maximum":3}}}}}}
            """)!.AsObject());
        var old = JsonNode.Parse("""{"n":9,"m":1,"list":[{"id":"a","v":9},{"id":"b","v":1}]}""");
        var value = JsonNode.Parse("""{"n":9,"m":8,"list":[{"id":"b","v":7},{"id":"a","v":9}]}""");

        var errors = new ValueValidation(schema).Validate(value, new Correlation(value, old, schema));

        Assert.Equal(["list[0].v", "m"], errors.Select(e => e.Field).Order(StringComparer.Ordinal).ToArray());
    }

    [Fact]
    public void Object_that_lost_a_field_has_changed()
    {
        var schema = StructuralSchema.Parse(JsonNode.Parse(
            """
            {"type":"object","properties":{"o":{"type":"object","required":["b"],"properties":{"a":{"type":"integer"},
            "b":{"type":"integer"}}}}}
            """)!.AsObject());
        var old = JsonNode.Parse("""{"o":{"a":1,"b":1}}""");
        var value = JsonNode.Parse("""{"o":{"a":1}}""");

        var errors = new ValueValidation(schema).Validate(value, new Correlation(value, old, schema));

        Assert.Equal("o.b: Required value", Assert.Single(errors).ToString());
    }

    [Fact]
    public void Pruning_follows_the_schema()
    {
        var schema = StructuralSchema.Parse(JsonNode.Parse(
            """
            {"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"integer"}}},
            "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"c":{"type":"object",
            "properties":{"d":{"type":"integer"}}}}},"map":{"type":"object","additionalProperties":{"type":"object",
            "properties":{"e":{"type":"integer"}}}},"list":{"type":"array","items":{"type":"object","properties":{
            "f":{"type":"integer"}}}},"inner":{"type":"object","x-kubernetes-embedded-resource":true,
            "properties":{"spec":{"type":"object"}}}}}
            """)!.AsObject());
        var value = JsonNode.Parse(
            """
            {"apiVersion":"x","kind":"K","metadata":{"any":1},"x":1,"a":{"b":1,"x":1,"kind":1},"free":{"y":1,
            "c":{"d":1,"x":1}},
            "map":{"k":{"e":1,"x":1}},"list":[{"f":1},{"f":1,"x":1}],"inner":{"apiVersion":"v1","kind":"I",
            "metadata":{},"x":1,"spec":{"x":1}}}
            """)!.AsObject();

        Assert.Equal(
            ["a.kind", "a.x", "free.c.x", "inner.spec.x", "inner.x", "list[1].x", "map.k.x", "x"],
            Pruning.PruneRoot(value, schema).Order(StringComparer.Ordinal).ToArray());
        Assert.Empty(Pruning.PruneRoot(value, schema));
        Assert.Equal("1", value["free"]!["y"]!.ToJsonString());
    }

    [Fact]
    public void Defaults_fill_what_is_missing_and_replace_nulls_that_may_not_be()
    {
        var schema = StructuralSchema.Parse(JsonNode.Parse(
            """
            {"type":"object","properties":{"a":{"type":"object","default":{},"properties":{"b":{"type":"integer",
            "default":1},"c":{"type":"integer","nullable":true,"default":2}}},"l":{"type":"array","items":{
            "type":"object","properties":{"d":{"type":"string","default":"x"}}}},"n":{"type":"integer"}}}
            """)!.AsObject());
        var value = JsonNode.Parse("""{"l":[{},{"d":null}],"n":null}""");
        Defaulting.DropNulls(value, schema);
        Defaulting.Default(value, schema);
        Assert.Equal("""{"a":{"b":1,"c":2},"l":[{"d":"x"},{"d":"x"}]}""", Json.ToGoString(value));

        var nulls = JsonNode.Parse("""{"a":{"b":null,"c":null}}""");
        Defaulting.DropNulls(nulls, schema);
        Defaulting.Default(nulls, schema);
        Assert.Equal("""{"a":{"b":1,"c":null}}""", Json.ToGoString(nulls));
    }
}
