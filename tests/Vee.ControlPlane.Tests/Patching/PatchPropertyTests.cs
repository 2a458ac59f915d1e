using System.Text.Json.Nodes;
using Vee.ControlPlane.Definitions;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tests.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Patching;

public sealed class PatchPropertyTests
{
    private const int Rounds = 300;

    private static readonly CustomResourceRules Rules = CustomResourceRules.Of(
        HostileTextTests.Definition(JsonNode.Parse(
            """
            {"type":"object","properties":{"spec":{"type":"object","properties":{"n":{"type":"integer"},
            "s":{"type":"string"},"set":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
            "atomic":{"type":"array","items":{"type":"integer"}},"labels":{"type":"object",
            "additionalProperties":{"type":"string"}},"map":{"type":"array","x-kubernetes-list-type":"map",
            "x-kubernetes-list-map-keys":["id"],"items":{"type":"object","required":["id"],"properties":{
            "id":{"type":"string"},"v":{"type":"integer"},"w":{"type":"integer"}}}},"free":{"type":"object",
            "x-kubernetes-preserve-unknown-fields":true},"whole":{"type":"object","x-kubernetes-map-type":"atomic",
            "properties":{"a":{"type":"integer"},"b":{"type":"integer"}}}}}}}
            """)!.AsObject()),
        "v1");

    public static TheoryData<int> Seeds => [.. Enumerable.Range(20261125, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Applying_twice_changes_nothing_more(int seed)
    {
        var random = new Random(seed);
        var ownership = Ownership();
        for (var round = 0; round < Rounds; round++)
        {
            var live = Stored(ownership, random);
            var applied = Object(random);
            var once = ownership.Apply(Write("one"), live, applied, force: true).Value!;
            var twice = ownership.Apply(Write("one"), once, applied, force: true).Value!;
            AssertEqual(once, twice, seed, round);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Applied_configuration_is_in_the_result_and_what_only_its_manager_dropped_is_not(int seed)
    {
        var random = new Random(seed);
        var ownership = Ownership();
        for (var round = 0; round < Rounds; round++)
        {
            var first = Object(random);
            var second = Object(random);
            // An emptied map becomes null on the way, as in Kubernetes; that is not what is looked at here.
            second["spec"]!["n"] = 1;
            var live = ownership.Apply(Write("one"), null, first, force: false).Value!;
            live["metadata"]!["uid"] = "u";
            var result = ownership.Apply(Write("one"), live, second, force: false).Value!;

            // With one manager, what it applies is all there is but for the order of lists.
            result["metadata"]!.AsObject().Remove("managedFields");
            result["metadata"]!.AsObject().Remove("uid");
            var comparison = TypedComparison.Of(Rules.ObjectType.Root, second, result);
            Assert.True(
                comparison is { Added.IsEmpty: true, Modified.IsEmpty: true, Removed.IsEmpty: true },
                $"seed {seed}, round {round}\n{Json.ToText(first)}\n{Json.ToText(second)}\n{Json.ToText(result)}\n" +
                $"added {comparison.Added} modified {comparison.Modified} removed {comparison.Removed}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Fields_of_others_survive_an_apply_without_force(int seed)
    {
        var random = new Random(seed);
        var ownership = Ownership();
        var conflicts = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var live = ownership.Apply(Write("one"), null, Object(random), force: false).Value!;
            live["metadata"]!["uid"] = "u";
            var before = Fields(live, "one");
            var result = ownership.Apply(Write("two"), live, Object(random), force: false);
            if (result.Failure is { } failure)
            {
                Assert.Equal(409, failure.Code);
                conflicts++;
                continue;
            }

            Assert.True(before.Equals(Fields(result.Value!, "one")), $"seed {seed}, round {round}");
            var removed = TypedComparison.Of(Rules.ObjectType.Root, live, result.Value).Removed;
            Assert.True(removed.Intersection(before).IsEmpty, $"seed {seed}, round {round}: {removed}");
        }

        Assert.InRange(conflicts, 1, Rounds - 1);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Sets_of_fields_survive_their_text(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var (a, b) = (FieldsOf(random), FieldsOf(random));
            var text = a.ToJson().ToJsonString();
            Assert.True(a.Equals(FieldSet.Parse(JsonNode.Parse(text))), $"seed {seed}, round {round}: {text}");
            Assert.True(a.Union(b).Difference(b).Equals(a.Difference(b)), $"seed {seed}, round {round}");
            Assert.True(a.Intersection(b).Equals(b.Intersection(a)), $"seed {seed}, round {round}");
            Assert.True(
                a.Difference(b).Union(a.Intersection(b)).Equals(a), $"seed {seed}, round {round}: {a}\n--\n{b}");
            Assert.Equal(a.Paths().Count(), a.Union(a).Paths().Count());
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Update_gives_every_changed_field_to_its_writer_and_to_nobody_else(int seed)
    {
        var random = new Random(seed);
        var ownership = Ownership();
        for (var round = 0; round < Rounds; round++)
        {
            var live = Stored(ownership, random);
            var value = Object(random);
            value["metadata"]!["uid"] = "u";
            var changed = TypedComparison.Of(Rules.ObjectType.Root, live, value);
            ownership.Update(Write("writer"), live, value);

            var touched = changed.Touched.RecursiveDifference(FieldSet.OfTopLevel("metadata"));
            Assert.True(
                touched.Difference(Fields(value, "writer")).IsEmpty, $"seed {seed}, round {round}: {touched}");
            Assert.True(touched.Intersection(Fields(value, "creator")).IsEmpty, $"seed {seed}, round {round}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Pruning_and_defaulting_twice_change_nothing_more(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var value = Object(random);
            value["spec"]!["bogus"] = Free(random, 3);
            Rules.Decode(value);
            var once = value.DeepClone();
            Assert.Empty(Rules.Decode(value));
            AssertEqual(once, value, seed, round);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void JSON_patch_adds_tests_and_removes(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var target = Object(random);
            var added = Free(random, 3);
            var path = "/spec/new~1~0" + random.Next(10);
            JsonObject Operation(string op, JsonNode? value) =>
                new() { ["op"] = op, ["path"] = path, ["value"] = value?.DeepClone() };
            var result = JsonPatch.Apply(target, new JsonArray(
                Operation("add", added), Operation("test", added), Operation("replace", 7), Operation("test", 7),
                new JsonObject { ["op"] = "move", ["from"] = path, ["path"] = "/spec/moved" },
                new JsonObject { ["op"] = "copy", ["from"] = "/spec/moved", ["path"] = path },
                Operation("test", 7), Operation("remove", null),
                new JsonObject { ["op"] = "remove", ["path"] = "/spec/moved" }));
            AssertEqual(target, result.Value, seed, round);
            Assert.Equal(422, JsonPatch.Apply(target, new JsonArray(Operation("test", added))).Failure?.Code ??
                (added is null ? 422 : 0));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Merge_patch_that_says_all_gives_all(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var (from, to) = (Object(random), Object(random));
            var patch = Difference(from, to);
            AssertEqual(to, JsonMergePatch.Apply(from, patch).Value, seed, round);
        }
    }

    private static JsonObject Difference(JsonObject from, JsonObject to)
    {
        var patch = new JsonObject();
        foreach (var key in from.Select(p => p.Key).Where(k => !to.ContainsKey(k)))
        {
            patch[key] = null;
        }

        foreach (var (key, value) in to)
        {
            patch[key] = value is JsonObject below && from[key] is JsonObject before
                ? Difference(before, below)
                : value?.DeepClone();
        }

        return patch;
    }

    private static FieldOwnership Ownership() => new(Recorded.Types(), TimeProvider.System);

    private static FieldWrite Write(string manager) => new() { Type = Rules.ObjectType, Manager = manager };

    private static FieldSet Fields(JsonObject value, string manager) =>
        ManagedFields.Decode(value["metadata"]!["managedFields"], out _)!.Owners
            .Where(o => o.Key.Name == manager).Aggregate(FieldSet.Empty, (all, o) => all.Union(o.Value.Fields));

    private static JsonObject Stored(FieldOwnership ownership, Random random)
    {
        var live = Object(random);
        ownership.Update(Write("creator"), null, live);
        live["metadata"]!["uid"] = "u";
        return live;
    }

    private static FieldSet FieldsOf(Random random) =>
        TypedFields.Of(Rules.ObjectType.Root, Object(random)).RecursiveDifference(
            FieldSet.OfTopLevel("metadata", "kind", "apiVersion"));

    private static JsonObject Object(Random random)
    {
        var spec = new JsonObject();
        void Maybe(string name, Func<JsonNode?> make)
        {
            if (random.Next(2) == 0)
            {
                spec[name] = make();
            }
        }

        Maybe("n", () => random.Next(3));
        Maybe("s", () => "s" + random.Next(3));
        Maybe("set", () => new JsonArray([.. Some(random, 4).Select(i => (JsonNode)$"e{i}")]));
        Maybe("atomic", () => new JsonArray([.. Some(random, 3).Select(i => (JsonNode)i)]));
        Maybe("labels", () => new JsonObject(
            Some(random, 3).Select(i => KeyValuePair.Create($"l{i}", (JsonNode?)$"v{random.Next(2)}"))));
        Maybe("map", () => new JsonArray([.. Some(random, 4).Select(i => (JsonNode)Item(random, i))]));
        Maybe("free", () => new JsonObject { ["x"] = Free(random, 2) });
        Maybe("whole", () => new JsonObject { ["a"] = random.Next(2), ["b"] = random.Next(2) });
        return new()
        {
            ["apiVersion"] = "g.x/v1",
            ["kind"] = "K",
            ["metadata"] = new JsonObject { ["name"] = "x" },
            ["spec"] = spec,
        };
    }

    private static JsonObject Item(Random random, int index)
    {
        var item = new JsonObject { ["id"] = $"i{index}" };
        if (random.Next(2) == 0)
        {
            item["v"] = random.Next(2);
        }

        if (random.Next(2) == 0)
        {
            item["w"] = random.Next(2);
        }

        return item;
    }

    private static JsonNode? Free(Random random, int depth) => random.Next(depth > 0 ? 5 : 3) switch
    {
        0 => "text",
        1 => random.Next(3),
        2 => true,
        3 => new JsonArray(random.Next(3), "x"),
        _ => new JsonObject { ["k" + random.Next(2)] = Free(random, depth - 1) },
    };

    /// <summary>A non-empty choice of the first numbers in any order.</summary>
    private static int[] Some(Random random, int count)
    {
        var all = Enumerable.Range(0, count).ToArray();
        random.Shuffle(all);
        return all[..random.Next(1, count + 1)];
    }

    private static void AssertEqual(JsonNode? expected, JsonNode? actual, int seed, int round) => Assert.True(
        Json.AreEqual(expected, actual),
        $"seed {seed}, round {round}\nwant {Json.ToGoString(expected)}\ngot  {Json.ToGoString(actual)}");
}
