using System.Text;
using Vee.ControlPlane.Storage;
using Xunit;

namespace Vee.ControlPlane.Tests.Storage;

public sealed class ObjectStoreTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("vee-store-");
    private readonly ObjectStore store;

    public ObjectStoreTests() =>
        store = ObjectStore.Open(Path.Combine(directory.FullName, "store.db"), 1 << 30, 1000, _ => { });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writes_happen_only_upon_what_was_read()
    {
        var made = await WriteAsync("a", 0, "1");
        Assert.Equal(WriteOutcome.Committed, made.Outcome);
        Assert.Equal(WriteOutcome.Stale, (await WriteAsync("a", 0, "2")).Outcome);
        Assert.Equal(WriteOutcome.Stale, (await WriteAsync("a", made.Version + 1, "2")).Outcome);
        Assert.Equal(made.Version, store.Revision);
        var changed = await WriteAsync("a", made.Version, "2");
        Assert.Equal(made.Version + 1, changed.Version);
        Assert.Equal(WriteOutcome.Committed, (await WriteAsync("a", changed.Version, null)).Outcome);
        Assert.Null(store.Get(Key("a")));
    }

    [Fact]
    public async Task A_guard_that_changed_and_a_namespace_that_is_not_empty_stop_a_write()
    {
        var guard = await WriteAsync("guard", 0, "1");
        var guarded = new Write(Key("a"), 0, "1"u8.ToArray()) { Guard = new(Key("guard"), guard.Version) };
        await WriteAsync("guard", guard.Version, "2");
        Assert.Equal(WriteOutcome.GuardFailed, (await store.WriteAsync(guarded, Cancellation)).Outcome);
        var last = new Write(new("namespaces", "", "n"), 0, "1"u8.ToArray()) { EmptyNamespace = "n" };
        Assert.Equal(WriteOutcome.GuardFailed, (await store.WriteAsync(last, Cancellation)).Outcome);
        Assert.Equal(
            WriteOutcome.Committed,
            (await store.WriteAsync(last with { EmptyNamespace = "other" }, Cancellation)).Outcome);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_past_state_can_be_read_until_it_is_compacted(int seed)
    {
        var random = new Random(seed);
        var states = new Dictionary<long, string> { [store.Revision] = "" };
        var now = new SortedDictionary<string, (long Version, string Value)>(StringComparer.Ordinal);
        for (var i = 0; i < 200; i++)
        {
            var name = $"o{random.Next(8)}";
            now.TryGetValue(name, out var known);
            var value = known.Version > 0 && random.Next(3) == 0 ? null : $"v{i}";
            var written = await WriteAsync(name, known.Version, value);
            now.Remove(name);
            if (value is not null)
            {
                now.Add(name, (written.Version, value));
            }

            states[written.Version] = string.Join(' ', now.Select(o => $"{o.Key}@{o.Value.Version}={o.Value.Value}"));
        }

        var compacted = store.Revision - 50;
        foreach (var (version, state) in states)
        {
            Assert.Equal(state, StateAt(version));
        }

        await store.CompactAsync(compacted, Cancellation);
        foreach (var (version, state) in states.Where(s => s.Key >= compacted))
        {
            Assert.Equal(state, StateAt(version));
        }

        Assert.Equal(compacted, store.Snapshot(reader => reader.Compacted));
        Assert.Null(store.LoggedAfter("things", compacted - 1, 10).Changes);
        Assert.Equal(50, store.LoggedAfter("things", compacted, 1000).Changes!.Count);
    }

    [Fact]
    public async Task Objects_are_ordered_by_namespace_and_name_as_one_text()
    {
        foreach (var (ns, name) in ((string, string)[])[("a", "z"), ("a-b", "y"), ("a", "a"), ("b", "c"), ("a0", "x")])
        {
            await store.WriteAsync(new(new("things", ns, name), 0, "1"u8.ToArray()), Cancellation);
        }

        Assert.Equal("a-b/y a/a a/z a0/x b/c", Paths(null));
        Assert.Equal("a/a a/z", Paths("a"));
    }

    [Fact]
    public async Task Parallel_writers_get_versions_without_gaps()
    {
        var start = store.Revision;
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(
            () => WriteAsync($"p{i}", 0, "1"), Cancellation)));
        Assert.Equal(Enumerable.Range(1, 50).Select(i => start + i), results.Select(r => r.Version).Order());
    }

    [Fact]
    public void A_store_of_a_newer_format_is_refused()
    {
        var file = Path.Combine(directory.FullName, "newer.db");
        using (ObjectStore.Open(file, 1 << 30, 100, _ => { }))
        {
            // Made, and closed again.
        }

        using (var connection = StoreSchema.Connect(file))
        {
            StoreSchema.Run(connection, "PRAGMA user_version = 99");
        }

        var refused = Assert.Throws<StoreException>(() => ObjectStore.Open(file, 1 << 30, 100, _ => { }));
        Assert.Equal(StoreFault.Unreadable, refused.Fault);
        Assert.Contains("newer", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        store.Dispose();
        directory.Delete(recursive: true);
    }

    private static ObjectKey Key(string name) => new("things", "n", name);

    private Task<WriteResult> WriteAsync(string name, long version, string? value) => store.WriteAsync(
        new(Key(name), version, value is null ? null : Encoding.UTF8.GetBytes(value)), Cancellation);

    private string StateAt(long version) => store.Snapshot(reader => string.Join(
        ' ',
        reader.List("things", null, "", version)
            .Select(o => $"{o.Key.Name}@{o.Version}={Encoding.UTF8.GetString(o.Value)}")));

    private string Paths(string? ns) => store.Snapshot(reader =>
        string.Join(' ', reader.List("things", ns, "", 0).Select(o => o.Key.Path)));
}
