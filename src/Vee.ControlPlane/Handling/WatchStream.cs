using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Kinds;
using Vee.ControlPlane.Rendering;
using Vee.ControlPlane.Requests;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Handling;

/// <summary>Takes the events of a watch; waits while its client does not read.</summary>
internal interface IEventSink
{
    /// <summary>Adds an event; it may stay in a buffer.</summary>
    ValueTask WriteAsync(string type, JsonObject value, CancellationToken cancellationToken);

    /// <summary>Sends what is in the buffer.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}

/// <summary>One watch: the state at its start if asked for, then every change, until its time is over.</summary>
/// <remarks>
/// Holds a version and no queue. A client that does not read stops here; when it has fallen behind what the store
/// still knows it is told so (410) and starts again.
/// </remarks>
internal sealed class WatchStream(Cluster cluster, ListReader lists)
{
    /// <summary>Changes read from the disk at once, for who has fallen behind the memory.</summary>
    private const int LoggedChangesMax = 200;

    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BookmarkBeforeEnd = TimeSpan.FromSeconds(2);

    /// <summary>Watches end after this time where the client names none.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(30);

    /// <summary>Writes events until the time is over, the kind changes, or the token is cancelled.</summary>
    /// <param name="view">Of what, and how.</param>
    /// <param name="ns">Only this namespace; empty for all.</param>
    /// <param name="options">Which objects, from which version on, and for how long.</param>
    /// <param name="sink">Where the events go.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    internal async Task RunAsync(
        ObjectView view, string ns, ListOptions options, IEventSink sink, CancellationToken cancellationToken)
    {
        var resource = view.Resource;
        var state = new WatchState(view, ns, options, sink);
        var end = cluster.Time.GetTimestamp();
        var timeout = options.Timeout ?? DefaultTimeout;
        var position = await StartAsync(state, cancellationToken);
        var nextBookmark = NextBookmark(TimeSpan.Zero, timeout);
        while (true)
        {
            // Taken before the changes are read, so that none is missed.
            var catalogChange = cluster.Catalog.Changed;
            var isServed = ReferenceEquals(
                cluster.Catalog.Find(resource.Group, resource.Version, resource.Plural), resource);
            var (changes, completeTo) = Changes(resource, position, out var more);
            if (changes is null)
            {
                var tooOld = Fault.Expired($"too old resource version: {position} ({cluster.Store.Revision})");
                await sink.WriteAsync("ERROR", tooOld.Status.ToJson(), cancellationToken);
                await sink.FlushAsync(cancellationToken);
                return;
            }

            foreach (var change in changes)
            {
                await SendAsync(state, change, cancellationToken);
            }

            await sink.FlushAsync(cancellationToken);
            var hasFallenBehind = more is null;
            position = Math.Max(position, completeTo);
            if (hasFallenBehind)
            {
                continue;
            }

            var elapsed = cluster.Time.GetElapsedTime(end);
            if (elapsed >= timeout || !isServed)
            {
                return;
            }

            if (elapsed >= nextBookmark)
            {
                position = Math.Max(position, await BookmarkAsync(state, position, cancellationToken));
                nextBookmark = NextBookmark(elapsed, timeout);
            }

            var rest = TimeSpan.FromTicks(Math.Min((timeout - elapsed).Ticks, (nextBookmark - elapsed).Ticks));
            await WaitAsync(rest, more!, catalogChange, cancellationToken);
        }
    }

    /// <summary>Sends the state at the start if asked for, and gives the version from which changes are sent.</summary>
    private async Task<long> StartAsync(WatchState state, CancellationToken cancellationToken)
    {
        var options = state.Options;
        var asked = options.Version();
        if (options.SendInitialEvents == true && asked > cluster.Store.Revision)
        {
            throw Fault.VersionTooLarge(asked, cluster.Store.Revision);
        }

        if (!(options.SendInitialEvents ?? asked == 0))
        {
            return asked == 0 ? cluster.Store.Revision : asked;
        }

        var (version, values) = lists.Collect(state.View.Resource, state.Namespace, options);
        foreach (var value in values)
        {
            await state.SendAsync("ADDED", value, cancellationToken);
        }

        if (options.SendInitialEvents == true && options.AllowsBookmarks)
        {
            await state.SendAsync(
                "BOOKMARK", state.View.Bookmark(version, endsInitialEvents: true), cancellationToken);
        }

        return version;
    }

    /// <summary>The next changes, null when they are no longer known, and how far they go.</summary>
    /// <param name="resource">Of what.</param>
    /// <param name="position">After which version.</param>
    /// <param name="more">What to wait for; null when there may be more at once.</param>
    private (List<Change>? Changes, long CompleteTo) Changes(
        ResourceDefinition resource, long position, out Task? more)
    {
        if (cluster.Store.Feed(resource.StorageName).After(position, out var news) is { } recent)
        {
            more = news;
            return (recent, recent.Count > 0 ? recent[^1].Version : position);
        }

        more = null;
        return cluster.Store.LoggedAfter(resource.StorageName, position, LoggedChangesMax);
    }

    private static async Task SendAsync(WatchState state, Change change, CancellationToken cancellationToken)
    {
        var ns = state.Namespace;
        var name = state.Options.Fields.Name;
        if ((ns.Length > 0 && change.Key.Namespace != ns) || (name is not null && change.Key.Name != name))
        {
            return;
        }

        var resource = state.View.Resource;
        var before = Matching(state, change.Key, change.Previous, change.Version);
        var after = Matching(state, change.Key, change.Value, change.Version);
        if (after is not null)
        {
            await state.SendAsync(before is null ? "ADDED" : "MODIFIED", after, cancellationToken);
        }
        else if (before is not null)
        {
            // Deleted, or changed so that the selector no longer means it: for the watcher that is the same.
            await state.SendAsync("DELETED", before, cancellationToken);
        }
    }

    private static JsonObject? Matching(WatchState state, ObjectKey key, byte[]? bytes, long version)
    {
        if (bytes is null)
        {
            return null;
        }

        var value = Cluster.Read(state.View.Resource, new StoredObject(key, version, bytes));
        return ListReader.IsSelected(state.View.Resource, state.Options, value) ? value : null;
    }

    /// <summary>Tells the client how far it has come although nothing happened to what it watches.</summary>
    private async Task<long> BookmarkAsync(WatchState state, long position, CancellationToken cancellationToken)
    {
        // Read before the feed is: whatever is newer than this is still to be sent.
        var revision = cluster.Store.Revision;
        var isCurrent = cluster.Store.Feed(state.View.Resource.StorageName).After(position, out _) is { Count: 0 };
        var reached = isCurrent ? Math.Max(position, revision) : position;
        if (state.Options.AllowsBookmarks && reached > 0)
        {
            await state.SendAsync(
                "BOOKMARK", state.View.Bookmark(reached, endsInitialEvents: false), cancellationToken);
            await state.Sink.FlushAsync(cancellationToken);
        }

        return reached;
    }

    private static TimeSpan NextBookmark(TimeSpan elapsed, TimeSpan timeout)
    {
        var regular = elapsed + BookmarkInterval;
        var last = timeout - BookmarkBeforeEnd;
        return last > elapsed && last < regular ? last : regular;
    }

    private async Task WaitAsync(
        TimeSpan rest, Task more, Task catalogChange, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timer = Task.Delay(rest < TimeSpan.Zero ? TimeSpan.Zero : rest, cluster.Time, stop.Token);
        await Task.WhenAny(more, catalogChange, timer);
        await stop.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>What stays the same while a watch runs, and whether it has sent a table yet.</summary>
    private sealed class WatchState(ObjectView view, string ns, ListOptions options, IEventSink sink)
    {
        private bool hasSent;

        internal ObjectView View => view;

        internal string Namespace => ns;

        internal ListOptions Options => options;

        internal IEventSink Sink => sink;

        internal ValueTask SendAsync(string type, JsonObject value, CancellationToken cancellationToken)
        {
            var shown = view.One(value, withColumns: !hasSent);
            hasSent = true;
            return sink.WriteAsync(type, shown, cancellationToken);
        }
    }
}
