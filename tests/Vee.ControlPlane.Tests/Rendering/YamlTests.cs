using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Rendering;
using Vee.ControlPlane.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Rendering;

public sealed class YamlTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a.b/c_d-e", "a.b/c_d-e")]
    [InlineData("", "\"\"")]
    [InlineData("true", "\"true\"")]
    [InlineData("No", "\"No\"")]
    [InlineData("12", "\"12\"")]
    [InlineData("1.5e3", "\"1.5e3\"")]
    [InlineData("0x1f", "\"0x1f\"")]
    [InlineData("2026-01-02T03:04:05Z", "\"2026-01-02T03:04:05Z\"")]
    [InlineData("12:30:45", "\"12:30:45\"")]
    [InlineData("a: b", "\"a: b\"")]
    [InlineData("a #b", "\"a #b\"")]
    [InlineData("- a", "\"- a\"")]
    [InlineData("say \"hi\"", "say \"hi\"")]
    [InlineData("\"hi\"", "'\"hi\"'")]
    [InlineData("*x", "\"*x\"")]
    [InlineData("1.2.3.4", "1.2.3.4")]
    public void Text_is_quoted_where_it_would_be_read_as_something_else(string text, string yaml) =>
        Assert.Equal($"k: {yaml}\n", Yaml.Text(new JsonObject { ["k"] = text }));

    [Fact]
    public void Objects_are_sorted_and_lists_are_not_indented()
    {
        var value = JsonNode.Parse("""
            {"b":[{"w":1,"x":{}},{"z":[1,[2]]}],"a":{"d":[],"c":null},"e":"one\ntwo\n","f":"one\ntwo"}
            """);
        Assert.Equal(
            """
            a:
              c: null
              d: []
            b:
            - w: 1
              x: {}
            - z:
              - 1
              - - 2
            e: |
              one
              two
            f: |-
              one
              two

            """,
            Yaml.Text(value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_written_is_read_back(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 300; i++)
        {
            var value = Any(random, 0);
            var text = Yaml.Text(value);
            var parsed = RequestText.ParseYaml(Encoding.UTF8.GetBytes(text));
            Assert.True(
                parsed.Error is null && Json.AreEqual(value, parsed.Node),
                $"seed {seed}, value {i}: {Json.ToText(value)}\n{text}\n{parsed.Error}");
        }
    }

    private static JsonNode? Any(Random random, int depth) => random.Next(depth > 3 ? 5 : 7) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => random.Next(-1000, 1000),
        3 or 4 => Text(random),
        5 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Any(random, depth + 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4)).Select(i =>
            KeyValuePair.Create(Text(random) + i, Any(random, depth + 1)))),
    };

    private static string Text(Random random)
    {
        const string Letters = "ab1 -:#\n\t'\"\\{}[],&*!|>%@`~?.é0xeE+_=<";
        return string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => Letters[random.Next(Letters.Length)]));
    }
}
