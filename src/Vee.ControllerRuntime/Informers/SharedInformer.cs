using System.Collections.Immutable;
using System.Text.Json;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Informers;

/// <summary>Lists, then watches from there, and lists again when the watch cannot go on.</summary>
internal sealed class SharedInformer<T> : IInformer<T>, IRunningInformer
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private const int WatchFailuresMax = 5;
    private const int FruitlessMax = 4;
    private static readonly TimeSpan ShortWatch = TimeSpan.FromSeconds(1);

    private readonly ResourceClient<T> client;
    private readonly InformerOptions options;
    private readonly RuntimeServices services;
    private readonly InformerMetrics metrics;
    private readonly ILogger log;
    private readonly Dispatcher<T> dispatcher;
    private readonly WriteFreshness freshness = new();
    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string resource;
    private ImmutableList<Action> caughtUp = [];
    private long heardAt;
    private volatile bool hasStarted;
    private volatile SilenceLimit? silence;
    private TimeSpan doubtTimeout;
    private int fruitlessCount;

    internal SharedInformer(KubernetesConnection connection, ResourceScope scope, InformerOptions options)
    {
        client = connection.Resource<T>();
        Scope = scope;
        this.options = options;
        doubtTimeout = options.DoubtTimeout;
        services = connection.Services;
        resource = client.Definition.Plural;
        metrics = new(services.Metrics, resource);
        log = services.Logs.CreateLogger<SharedInformer<T>>();
        dispatcher = new(resource, metrics, log);
        heardAt = services.Time.GetTimestamp();
        client.Observe(Wrote, Contradicted);
    }

    public ResourceScope Scope { get; }

    public IStore<T> Store => dispatcher.Store;

    public bool HasSynced => synced.Task.IsCompletedSuccessfully;

    public string Name => resource;

    public bool IsHealthy =>
        !hasStarted || services.Time.GetElapsedTime(Volatile.Read(ref heardAt)) < options.StaleAfter;

    public Task WaitForSyncAsync(CancellationToken cancellation) => synced.Task.WaitAsync(cancellation);

    public void AddIndexer(string name, Func<T, IEnumerable<string>> values)
    {
        if (hasStarted)
        {
            throw new InvalidOperationException("indexes are added before the informer starts");
        }

        dispatcher.Store.AddIndexer(name, values);
    }

    public IDisposable AddHandler(Action<InformerEvent<T>> handler) => dispatcher.Add(handler);

    public bool IsFresh(ObjectKey key) => freshness.IsFresh(key);

    public bool IsFreshFor(string ownerUid) => freshness.IsFreshFor(ownerUid);

    public void OnCaughtUp(Action told) => ImmutableInterlocked.Update(ref caughtUp, list => list.Add(told));

    /// <summary>Runs until cancelled; failures are waited out.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        hasStarted = true;
        Heard();
        using var resync = new ResyncTimer(services, options.ResyncPeriod, dispatcher.Resync);
        var backoff = new Backoff(options.BackoffMin, options.BackoffMax, services);
        while (true)
        {
            try
            {
                var position = await ListAsync(cancellation);
                await WatchUntilLostAsync(position, backoff, cancellation);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                await FailedAsync(exception, backoff, cancellation);
            }
        }
    }

    /// <returns>The version to watch from.</returns>
    private async Task<string> ListAsync(CancellationToken cancellation)
    {
        metrics.Lists.Inc();
        var begin = freshness.ListBegins();
        var listed = new Dictionary<ObjectKey, T>();
        var kept = new HashSet<ObjectKey>();
        var request = new ListOptions { Limit = options.PageSize };
        string version;
        do
        {
            using var page = await client.ReadPageAsync(Scope, request, cancellation);
            Heard();
            foreach (var item in page.Items)
            {
                if (TryDecode("LIST", item) is { } entity)
                {
                    listed[entity.Metadata.Key] = entity;
                }
                else
                {
                    kept.Add(WatchEvent.KeyOf(item));
                }
            }

            version = page.ResourceVersion;
            request = request with { Continue = page.Continue };
        }
        while (request.Continue is not null);

        dispatcher.Replace(listed.Values, kept);
        log.Listed(resource, listed.Count, version);
        synced.TrySetResult();
        TellIf(freshness.Listed(version, begin, (key, uid) => Store.Get(key)?.Metadata.Uid == uid));
        return version;
    }

    /// <summary>Opens one watch after the other until the server no longer knows where we were.</summary>
    private async Task WatchUntilLostAsync(string position, Backoff backoff, CancellationToken cancellation)
    {
        var failures = 0;
        while (failures < WatchFailuresMax)
        {
            var watch = new Watch(position);
            var opened = services.Time.GetTimestamp();
            try
            {
                await ReadWatchAsync(watch, cancellation);
                if (watch.ChangeCount == 0 && services.Time.GetElapsedTime(opened) < ShortWatch)
                {
                    // A server that closes at once would otherwise be asked without a pause.
                    await backoff.WaitAsync(null, cancellation);
                }
                else
                {
                    backoff.Reset();
                    failures = 0;
                }
            }
            catch (KubernetesApiException exception) when (exception.IsGone)
            {
                log.Relisting(resource, "the position of the watch is too old");
                if (watch.ChangeCount == 0)
                {
                    await backoff.WaitAsync(exception.RetryAfter, cancellation);
                }

                return;
            }
            catch (JsonException exception)
            {
                // Nobody knows what the line was about, so nothing less than a list makes up for it.
                metrics.DecodeErrors.Inc();
                await FailedAsync(exception, backoff, cancellation);
                return;
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                failures = watch.ChangeCount == 0 ? failures + 1 : 1;
                await FailedAsync(exception, backoff, cancellation);
            }

            position = watch.Position;
            if (fruitlessCount >= FruitlessMax)
            {
                log.Relisting(resource, $"{FruitlessMax} watches in a row did not tell what is known to have happened");
                TakeHeart();
                return;
            }
        }

        log.Relisting(resource, $"{WatchFailuresMax} watches in a row failed");
    }

    private async Task ReadWatchAsync(Watch watch, CancellationToken cancellation)
    {
        metrics.Watches.Inc();
        var timeout = services.Jitter.Stretch(options.WatchTimeout, 1);
        using var limit = new SilenceLimit(
            options.StallTimeout, doubtTimeout, () => !freshness.IsIdle, services.Time);
        using var end = new CancellationTokenSource(timeout + options.WatchGrace, services.Time);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Cut, end.Token);
        silence = limit;
        try
        {
            DoubtIf(!freshness.IsIdle);
            using var response = await client.OpenWatchAsync(Scope, watch.Position, timeout, cut.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(cut.Token);
            var lines = WatchStream.LinesAsync(
                stream,
                options.EventBytesMax,
                () =>
                {
                    Heard();
                    limit.Heard();
                },
                cut.Token);
            await foreach (var line in lines)
            {
                var isProgress = Take(watch, WatchEvent.Parse(line));
                limit.Told(isProgress);
                if (isProgress || !limit.IsDoubted)
                {
                    TakeHeart();
                }
            }

            fruitlessCount += limit.IsDoubted ? 1 : 0;
        }
        catch (Exception) when (cut.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // The connection may be dead without knowing it: a new watch goes on from where this one was. If that is
            // silent, too, the news may be none of this scope, which only a bookmark, that takes its time, can say.
            if (limit.IsDoubted)
            {
                var doubled = doubtTimeout * 2;
                doubtTimeout = doubled < options.StallTimeout ? doubled : options.StallTimeout;
                fruitlessCount++;
            }

            metrics.Stalls.Inc();
            log.Stalled(resource);
        }
    }

    /// <returns>The watch has come further.</returns>
    private bool Take(Watch watch, WatchEvent change)
    {
        switch (change.Type)
        {
            case "BOOKMARK":
                break;
            case "ADDED" or "MODIFIED":
                watch.ChangeCount++;
                if (TryDecode(change.Type, change.Body) is { } entity)
                {
                    dispatcher.Set(entity);
                }

                break;
            case "DELETED":
                watch.ChangeCount++;
                dispatcher.Remove(change.Key, TryDecode(change.Type, change.Body));
                TellIf(freshness.Gone(change.Key));
                break;
            case "ERROR":
                throw change.ToException();
            default:
                throw new JsonException($"the watch has an event of the unknown type {change.Type}");
        }

        if (change.ResourceVersion is not { Length: > 0 } version)
        {
            return false;
        }

        TellIf(freshness.Reached(version));
        return watch.Reach(version);
    }

    /// <returns>Null for an object that does not fit the type: counted, and the stream goes on.</returns>
    private T? TryDecode(string kind, JsonElement body)
    {
        try
        {
            var entity = body.Deserialize<T>(KubernetesSerializer.Options);
            return string.IsNullOrEmpty(entity?.Metadata?.Name)
                ? throw new JsonException("the object has no name")
                : client.Complete(entity);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or NotSupportedException
            or InvalidOperationException or ArgumentException or OverflowException)
        {
            // Converters of quantities and times throw what they like.
            metrics.DecodeErrors.Inc();
            log.Undecodable(resource, kind, WatchEvent.KeyOf(body), exception);
            return null;
        }
    }

    private Task FailedAsync(Exception exception, Backoff backoff, CancellationToken cancellation)
    {
        metrics.Failures.Inc();
        log.Failed(resource, exception);
        return backoff.WaitAsync((exception as KubernetesApiException)?.RetryAfter, cancellation);
    }

    private void Wrote(OwnWrite write)
    {
        if (!string.IsNullOrEmpty(Scope.Namespace) && Scope.Namespace != write.Key.Namespace)
        {
            return;
        }

        if (write.DeletedUid is null)
        {
            freshness.Wrote(write);
            DoubtIf(!freshness.IsFresh(write.Key));
            return;
        }

        if (Store.Get(write.Key) is { } known && known.Metadata.Uid == write.DeletedUid)
        {
            freshness.Wrote(write with { ControllerUid = known.Metadata.ControllerUid });
            if (Store.Get(write.Key)?.Metadata.Uid != write.DeletedUid)
            {
                // The watch was faster than the answer.
                TellIf(freshness.Gone(write.Key));
            }

            DoubtIf(!freshness.IsFresh(write.Key));
        }
    }

    /// <summary>The server says that an object is gone or was changed, which the store may not know.</summary>
    private void Contradicted(ObjectKey key) => DoubtIf(Store.Get(key) is not null);

    /// <summary>The watch is alive if it tells what is known to have happened.</summary>
    private void DoubtIf(bool isBehind)
    {
        if (isBehind)
        {
            silence?.Doubt();
        }
    }

    /// <summary>Watching is of use: a doubt is given the short time again.</summary>
    private void TakeHeart()
    {
        doubtTimeout = options.DoubtTimeout;
        fruitlessCount = 0;
    }

    private void TellIf(bool hasCaughtUp)
    {
        if (hasCaughtUp)
        {
            caughtUp.ForEach(told => told());
        }
    }

    private void Heard() => Volatile.Write(ref heardAt, services.Time.GetTimestamp());

    /// <summary>How far one watch has come.</summary>
    private sealed class Watch(string position)
    {
        internal string Position { get; private set; } = position;

        internal int ChangeCount { get; set; }

        /// <summary>Bookmarks that come late or twice do not turn the watch back.</summary>
        /// <returns>That is further than before.</returns>
        internal bool Reach(string version)
        {
            if (ResourceVersion.IsComparable(version) && ResourceVersion.IsComparable(Position)
                && ResourceVersion.Compare(version, Position) <= 0)
            {
                return false;
            }

            Position = version;
            return true;
        }
    }
}
