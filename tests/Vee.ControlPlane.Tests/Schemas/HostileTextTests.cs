using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Definitions;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Schemas;

public sealed class HostileTextTests
{
    /// <summary>Seconds are usual; what grows with the square of its input takes many minutes on any machine.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void Nesting_of_ten_thousand_levels_is_refused(string open, string close)
    {
        var text = string.Concat(Enumerable.Repeat(open, 10_000)) + "1" +
            string.Concat(Enumerable.Repeat(close, 10_000));

        Assert.Equal("exceeded max depth", RequestText.ParseJson(text).Error);
        Assert.NotNull(RequestText.ParseYaml(Encoding.UTF8.GetBytes("a: " + text)).Error);
    }

    [Fact]
    public void Aliases_that_multiply_are_refused()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Assert.Equal(
            "yaml: document contains excessive aliasing",
            RequestText.ParseYaml(Encoding.UTF8.GetBytes(text.ToString())).Error);
    }

    [Fact]
    public void Copies_that_multiply_are_refused()
    {
        var operations = new JsonArray();
        for (var i = 0; i < 60; i++)
        {
            operations.Add((JsonNode)new JsonObject { ["op"] = "copy", ["from"] = "/a", ["path"] = $"/a/x{i}" });
        }

        var result = JsonPatch.Apply(new JsonObject { ["a"] = new JsonObject { ["b"] = 1 } }, operations);

        Assert.Equal(422, result.Failure!.Code);
    }

    [Fact]
    public void Object_of_three_mebibytes_goes_through_everything_in_time()
    {
        var schema = JsonNode.Parse(
            """
            {"type":"object","properties":{"spec":{"type":"object","properties":{"list":{"type":"array",
            "x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["id"],"items":{"type":"object",
            "required":["id"],"properties":{"id":{"type":"string"},"text":{"type":"string","pattern":"^[a-z ]*$"}}}}}}}}
            """)!.AsObject();
        var list = new JsonArray();
        for (var i = 0; i < 20_000; i++)
        {
            list.Add((JsonNode)new JsonObject { ["id"] = $"item-{i}", ["text"] = new string('x', 120), ["bogus"] = 1 });
        }

        var value = new JsonObject
        {
            ["apiVersion"] = "g.x/v1",
            ["kind"] = "K",
            ["metadata"] = new JsonObject { ["name"] = "big" },
            ["spec"] = new JsonObject { ["list"] = list },
        };
        var bytes = Encoding.UTF8.GetBytes(value.ToJsonString());
        Assert.True(bytes.Length > 3 * 1024 * 1024);
        var rules = CustomResourceRules.Of(Definition(schema), "v1");

        var started = TimeProvider.System.GetTimestamp();
        var parsed = RequestText.ParseJson(bytes).Node!.AsObject();
        var marks = new List<string> { $"parse {TimeProvider.System.GetElapsedTime(started)}" };
        Assert.Equal(20_000, rules.Decode(parsed).Count);
        marks.Add($"decode {TimeProvider.System.GetElapsedTime(started)}");
        Assert.Empty(rules.ValidateCreate(parsed));
        marks.Add($"validate {TimeProvider.System.GetElapsedTime(started)}");
        var ownership = new FieldOwnership(Recorded.Types(), TimeProvider.System);
        var write = new FieldWrite { Type = rules.ObjectType, Manager = "m" };
        ownership.Update(write, live: null, parsed);
        marks.Add($"own {TimeProvider.System.GetElapsedTime(started)}");
        var applied = parsed.DeepClone().AsObject();
        applied["metadata"]!.AsObject().Remove("managedFields");
        Assert.Null(ownership.Apply(write, parsed, applied, force: true).Failure);
        marks.Add($"apply {TimeProvider.System.GetElapsedTime(started)}");

        Assert.True(
            TimeProvider.System.GetElapsedTime(started) < Deadline, string.Join(", ", marks));
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("^(a|a)*$")]
    [InlineData("^(([a-z])+.)+[A-Z]([a-z])+$")]
    public void Patterns_that_backtrack_elsewhere_take_linear_time(string pattern)
    {
        var schema = StructuralSchema.Parse(new JsonObject { ["type"] = "string", ["pattern"] = pattern });

        var started = TimeProvider.System.GetTimestamp();
        var errors = new ValueValidation(schema).Validate(new string('a', 100_000) + "!", correlation: null);

        Assert.Single(errors);
        Assert.True(TimeProvider.System.GetElapsedTime(started) < Deadline);
    }

    [Theory]
    [InlineData("{nope", "invalid character 'n' looking for beginning of object key string")]
    [InlineData("", "unexpected end of JSON input")]
    [InlineData("{\"a\":1", "unexpected end of JSON input")]
    [InlineData("{\"a\" 1}", "invalid character '1' after object key")]
    [InlineData("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair")]
    [InlineData("[1 2]", "invalid character '2' after array element")]
    [InlineData("tru", "unexpected end of JSON input")]
    [InlineData("trux", "invalid character 'x' in literal true (expecting 'e')")]
    [InlineData("1 2", "invalid character '2' after top-level value")]
    [InlineData("\"\\q\"", "invalid character 'q' in string escape code")]
    [InlineData("\"a\nb\"", "invalid character '\\n' in string literal")]
    [InlineData("-x", "invalid character 'x' in numeric literal")]
    [InlineData("1.x", "invalid character 'x' after decimal point in numeric literal")]
    [InlineData("'a'", "invalid character '\\'' looking for beginning of value")]
    public void Broken_JSON_is_described_as_Go_does(string text, string error)
    {
        Assert.Equal(error, RequestText.ParseJson(text).Error);
    }

    [Fact]
    public void Repeated_keys_are_reported_and_the_last_one_wins()
    {
        var json = RequestText.ParseJson("""{"spec":{"a":1,"a":2},"l":[{"x":1},{"x":1,"x":3}]}""");
        Assert.Equal(["duplicate field \"spec.a\"", "duplicate field \"l[1].x\""], json.Duplicates);
        Assert.Equal("2", json.Node!["spec"]!["a"]!.ToJsonString());

        var yaml = RequestText.ParseYaml("spec:\n  a: 1\n  b: 2\n  a: 3\n"u8);
        Assert.Equal(["yaml: unmarshal errors:\n  line 4: key \"a\" already set in map"], yaml.Duplicates);
        Assert.Equal("3", yaml.Node!["spec"]!["a"]!.ToJsonString());
    }

    [Fact]
    public void YAML_is_read_as_Kubernetes_reads_it()
    {
        const string Text =
            """
            # a comment
            text: hello
            quoted: "1"
            whole: 12
            big: 0x10
            number: 1.5
            yes: no
            empty:
            list: [a, 'b', ~]
            block: |
              two
              lines
            base: &base {x: 1, z: 2}
            copy:
              <<: *base
              z: 3
            1: one
            date: 2026-01-02T03:04:05Z
            """;

        Assert.Equal(
            "{\"1\":\"one\",\"base\":{\"x\":1,\"z\":2},\"big\":16,\"block\":\"two\\nlines\\n\",\"copy\":{\"x\":1," +
            "\"z\":3},\"date\":\"2026-01-02T03:04:05Z\",\"empty\":null,\"list\":[\"a\",\"b\",null]," +
            "\"number\":1.5,\"quoted\":\"1\",\"text\":\"hello\",\"true\":false,\"whole\":12}",
            Json.ToGoString(RequestText.ParseYaml(Encoding.UTF8.GetBytes(Text)).Node));
    }

    internal static JsonObject Definition(JsonObject schema) => new()
    {
        ["spec"] = new JsonObject
        {
            ["group"] = "g.x",
            ["scope"] = "Cluster",
            ["names"] = new JsonObject { ["kind"] = "K", ["plural"] = "ks" },
            ["versions"] = new JsonArray(new JsonObject
            {
                ["name"] = "v1",
                ["schema"] = new JsonObject { ["openAPIV3Schema"] = schema.DeepClone() },
            }),
        },
    };
}
