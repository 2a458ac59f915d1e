using System.Text.Json.Nodes;
using Vee.ControlPlane.Tests.Servers;
using Vee.ControlPlane.Tests.Watches;
using Xunit;

namespace Vee.ControlPlane.Tests.Properties;

/// <summary>Random requests against the server and against a model of a few lines: both must say the same.</summary>
public sealed class ModelTests
{
    private const int Steps = 250;
    private const string Things = $"{CustomKinds.Root}/namespaces/default/things";

    public static TheoryData<int> Seeds => [1, 2, 3, Random.Shared.Next()];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task The_server_does_what_a_map_with_versions_would_do(int seed)
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        await using var server = await TestServer.StartAsync(o => o with { Seed = seed });
        await CustomKinds.CreateAsync(server, "things", "Thing");
        var run = new ModelRun(server, new Random(seed));
        for (var step = 0; step < Steps; step++)
        {
            await run.StepAsync(step);
        }

        await run.AssertListAsync();
        await run.AssertHistoryAsync();
    }

    /// <summary>One run: the model, and every event that a watch must show.</summary>
    private sealed class ModelRun(TestServer server, Random random)
    {
        private readonly SortedDictionary<string, (long Version, int Size, string Label)> objects =
            new(StringComparer.Ordinal);

        private readonly List<(long Version, string Text)> events = [];
        private readonly long start = server.Server.Revision;

        internal async Task StepAsync(int step)
        {
            var name = $"t{random.Next(6)}";
            switch (random.Next(7))
            {
                case 0:
                    await CreateAsync(name);
                    break;
                case 1:
                    await PutAsync(name, isStale: random.Next(3) == 0);
                    break;
                case 2:
                    await PatchAsync(name, label: random.Next(2) == 0);
                    break;
                case 3:
                    await DeleteAsync(name);
                    break;
                case 4:
                    await GetAsync(name);
                    break;
                case 5:
                    await DryRunAsync(name);
                    break;
                default:
                    await PagesAsync(random.Next(1, 4));
                    break;
            }

            if (step % 50 == 0)
            {
                await AssertListAsync();
            }
        }

        /// <summary>The list has the objects of the model, in order, at their versions.</summary>
        internal async Task AssertListAsync()
        {
            var list = await server.GetAsync(Things);
            Assert.Equal(Expected(), Texts(list.Body["items"]!));
        }

        /// <summary>A watch from any version shows exactly the changes after it.</summary>
        internal async Task AssertHistoryAsync()
        {
            for (var i = 0; i < 5; i++)
            {
                var from = i == 0 ? start : start + random.NextInt64(server.Server.Revision - start + 1);
                using var watch = await WatchClient.OpenAsync(
                    server.Client, $"{Things}?watch=1&timeoutSeconds=1&resourceVersion={from}");
                List<string> want = [.. events.Where(e => e.Version > from).Select(e => e.Text)];
                Assert.Equal(want, await watch.RestAsync());
            }
        }

        private async Task CreateAsync(string name)
        {
            var size = random.Next(100);
            var answer = await server.PostAsync(Things, CustomKinds.Object("Thing", name, Spec(size)));
            if (objects.ContainsKey(name))
            {
                Assert.Equal((409, "AlreadyExists"), (answer.Code, answer.Reason));
                return;
            }

            Assert.Equal(201, answer.Code);
            Record("ADDED", name, answer, size, "");
        }

        private async Task PutAsync(string name, bool isStale)
        {
            var size = random.Next(100);
            var body = CustomKinds.Object("Thing", name, Spec(size));
            var isThere = objects.TryGetValue(name, out var known);
            body["metadata"]!["resourceVersion"] = $"{(isStale ? 1 : known.Version)}";
            var answer = await server.PutAsync($"{Things}/{name}", body);
            if (!isThere)
            {
                Assert.Equal((404, "NotFound"), (answer.Code, answer.Reason));
            }
            else if (isStale)
            {
                Assert.Equal((409, "Conflict"), (answer.Code, answer.Reason));
            }
            else
            {
                Assert.Equal(200, answer.Code);
                Changed(name, answer, known, size, "");
            }
        }

        private async Task PatchAsync(string name, bool label)
        {
            var isThere = objects.TryGetValue(name, out var known);
            var size = label ? known.Size : random.Next(3);
            var text = label ? $"l{random.Next(2)}" : known.Label;
            JsonObject patch = label
                ? new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["l"] = text } } }
                : new() { ["spec"] = Spec(size) };
            var answer = await server.MergeAsync($"{Things}/{name}", patch);
            if (!isThere)
            {
                Assert.Equal(404, answer.Code);
                return;
            }

            Assert.Equal(200, answer.Code);
            Changed(name, answer, known, size, text);
        }

        private async Task DeleteAsync(string name)
        {
            var answer = await server.DeleteAsync($"{Things}/{name}");
            if (!objects.Remove(name))
            {
                Assert.Equal(404, answer.Code);
                return;
            }

            Assert.Equal(200, answer.Code);
            var version = server.Server.Revision;
            events.Add((version, $"DELETED {name}@{version}"));
        }

        private async Task GetAsync(string name)
        {
            var answer = await server.GetAsync($"{Things}/{name}");
            Assert.Equal(objects.ContainsKey(name) ? 200 : 404, answer.Code);
            if (objects.TryGetValue(name, out var known))
            {
                Assert.Equal((known.Version, known.Size), (Version(answer), (int)answer.Body["spec"]!["size"]!));
            }
        }

        private async Task DryRunAsync(string name)
        {
            var before = server.Server.Revision;
            await server.PostAsync($"{Things}?dryRun=All", CustomKinds.Object("Thing", name, Spec(1)));
            await server.MergeAsync($"{Things}/{name}?dryRun=All", new JsonObject { ["spec"] = Spec(1) });
            await server.DeleteAsync($"{Things}/{name}?dryRun=All");
            Assert.Equal(before, server.Server.Revision);
        }

        /// <summary>Pages show one state, although it changes between them.</summary>
        private async Task PagesAsync(int limit)
        {
            var want = Expected();
            var got = new List<string>();
            var next = "";
            do
            {
                var page = await server.GetAsync($"{Things}?limit={limit}&continue={next}");
                Assert.Equal(200, page.Code);
                got.AddRange(Texts(page.Body["items"]!));
                next = (string?)page.Body["metadata"]!["continue"] ?? "";
                await PatchAsync($"t{random.Next(6)}", label: false);
                await DeleteAsync($"t{random.Next(6)}");
            }
            while (next.Length > 0);

            Assert.Equal(want, got);
        }

        private void Record(string type, string name, ApiAnswer answer, int size, string label)
        {
            var version = Version(answer);
            Assert.Equal(server.Server.Revision, version);
            objects[name] = (version, size, label);
            events.Add((version, $"{type} {name}@{version}"));
        }

        /// <summary>A change that changes nothing makes no version.</summary>
        private void Changed(
            string name, ApiAnswer answer, (long Version, int Size, string Label) known, int size, string label)
        {
            if (size == known.Size && label == known.Label)
            {
                Assert.Equal(known.Version, Version(answer));
                return;
            }

            Record("MODIFIED", name, answer, size, label);
        }

        private static long Version(ApiAnswer answer) => long.Parse(answer.Version, null);

        private List<string> Expected() =>
            [.. objects.Select(o => $"{o.Key}@{o.Value.Version}={o.Value.Size}")];

        private static List<string> Texts(JsonNode items) =>
        [
            .. items.AsArray().Select(item =>
                $"{item!["metadata"]!["name"]}@{item["metadata"]!["resourceVersion"]}={item["spec"]!["size"]}"),
        ];

        private static JsonObject Spec(int size) => new() { ["size"] = size };
    }
}
