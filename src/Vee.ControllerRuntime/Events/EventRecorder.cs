using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Prometheus;
using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Events;

/// <summary>Sends events in the background, the same one again as a count instead of as an object.</summary>
/// <remarks>
/// Two events are the same when object, type, reason, action and note are, within <see cref="SameWithin"/> of the last.
/// Counts are sent at most every <see cref="CountPeriod"/>. At most <see cref="WaitingMax"/> events wait and
/// <see cref="SeriesMax"/> series are remembered.
/// </remarks>
internal sealed class EventRecorder : IEventRecorder
{
    internal const int WaitingMax = 1000;
    internal const int SeriesMax = 4096;
    internal static readonly TimeSpan SameWithin = TimeSpan.FromMinutes(10);
    internal static readonly TimeSpan CountPeriod = TimeSpan.FromSeconds(10);

    private const int NameCharactersMax = 230;
    private const int NoteBytesMax = 1024;
    private const int WordCharactersMax = 128;
    private const int AttemptsMax = 5;
    private static readonly TimeSpan AttemptPause = TimeSpan.FromSeconds(1);

    private readonly ResourceClient<Eventsv1Event> client;
    private readonly RuntimeServices services;
    private readonly ILogger log;
    private readonly string controller;
    private readonly string instance;
    private readonly Counter dropped;
    private readonly Channel<(EventIdentity Identity, Eventsv1Event Event)> waiting =
        Channel.CreateBounded<(EventIdentity, Eventsv1Event)>(WaitingMax);

    private readonly Dictionary<EventIdentity, EventSeries> series = [];

    internal EventRecorder(KubernetesConnection connection, string controller, string instance)
    {
        client = connection.Resource<Eventsv1Event>();
        services = connection.Services;
        log = services.Logs.CreateLogger<EventRecorder>();
        this.controller = controller;
        this.instance = TextLimit.Cut(instance, WordCharactersMax);
        dropped = services.Metrics.CreateCounter(
            "event_recorder_dropped_total", "Events that were not recorded.", ["reason"]);
    }

    public void Record(
        IKubernetesObject<V1ObjectMeta> regarding,
        EventType type,
        string reason,
        string action,
        string note,
        IKubernetesObject<V1ObjectMeta>? related = null)
    {
        var metadata = regarding.Metadata;
        var text = TextLimit.CutBytes(note, NoteBytesMax);
        var identity = new EventIdentity(
            metadata.Uid ?? "",
            metadata.Key.ToString(),
            related?.Metadata.Uid,
            type.ToString(),
            TextLimit.Cut(reason, WordCharactersMax),
            TextLimit.Cut(action, WordCharactersMax),
            text);
        var happened = new Eventsv1Event
        {
            ApiVersion = "events.k8s.io/v1",
            Kind = "Event",
            Metadata = new V1ObjectMeta
            {
                Name = NameFor(metadata.Name),
                NamespaceProperty = string.IsNullOrEmpty(metadata.NamespaceProperty)
                    ? "default"
                    : metadata.NamespaceProperty,
            },
            EventTime = MicroTime.Of(services.Time.GetUtcNow()),
            Type = identity.Type,
            Reason = identity.Reason,
            Action = identity.Action,
            Note = text,
            Regarding = ReferenceTo(regarding),
            Related = related is null ? null : ReferenceTo(related),
            ReportingController = controller,
            ReportingInstance = instance,
        };
        if (!waiting.Writer.TryWrite((identity, happened)))
        {
            dropped.WithLabels("queue_full").Inc();
        }
    }

    /// <summary>Takes no more events; <see cref="RunAsync"/> sends those that wait and ends.</summary>
    internal void Complete() => waiting.Writer.TryComplete();

    /// <summary>Sends events until completed, or until cancelled.</summary>
    /// <param name="cancellation">Gives up on what still waits.</param>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            // A count that waits for its time is looked at even if nothing else happens.
            using var tick = new CancellationTokenSource(CountPeriod, services.Time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, tick.Token);
            try
            {
                if (!await waiting.Reader.WaitToReadAsync(both.Token))
                {
                    await SendCountsAsync(isLast: true, cancellation);
                    return;
                }
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                await SendCountsAsync(isLast: false, cancellation);
                continue;
            }

            while (waiting.Reader.TryRead(out var next))
            {
                await TakeAsync(next.Identity, next.Event, cancellation);
            }

            await SendCountsAsync(isLast: false, cancellation);
        }
    }

    private async Task TakeAsync(EventIdentity identity, Eventsv1Event happened, CancellationToken cancellation)
    {
        var now = services.Time.GetUtcNow();
        if (series.TryGetValue(identity, out var known) && now - known.LastSeen < SameWithin)
        {
            known.Count++;
            known.LastSeen = now;
            return;
        }

        if (series.Count >= SeriesMax)
        {
            await MakeRoomAsync(now, cancellation);
        }

        var begun = new EventSeries(identity, happened) { LastSeen = now };
        if (await SendAsync(begun, token => CreateAsync(happened, token), cancellation))
        {
            series[identity] = begun;
        }
    }

    private async Task SendCountsAsync(bool isLast, CancellationToken cancellation)
    {
        var now = services.Time.GetUtcNow();
        var due = series.Values.Where(s => s.IsDirty && (isLast || now - s.LastSent >= CountPeriod)).ToList();
        foreach (var repeated in due)
        {
            await SendCountAsync(repeated, cancellation);
        }

        foreach (var old in series.Values.Where(s => !s.IsDirty && now - s.LastSeen >= SameWithin).ToList())
        {
            series.Remove(old.Identity);
        }
    }

    /// <summary>Forgets the quarter that was not seen for longest.</summary>
    private async Task MakeRoomAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var old in series.Values.OrderBy(s => s.LastSeen).Take(SeriesMax / 4).ToList())
        {
            if (old.IsDirty)
            {
                await SendCountAsync(old, cancellation);
            }

            series.Remove(old.Identity);
        }
    }

    private async Task SendCountAsync(EventSeries repeated, CancellationToken cancellation)
    {
        var patch = ResourcePatch.Merge(new JsonObject
        {
            ["series"] = new JsonObject
            {
                ["count"] = repeated.Count,
                ["lastObservedTime"] = MicroTime.Of(repeated.LastSeen).ToString(
                    "yyyy-MM-dd'T'HH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
            },
        });
        if (!await SendAsync(
            repeated,
            token => client.PatchAsync(repeated.First.Metadata.Key, patch, subresource: null, token),
            cancellation))
        {
            // The next time it happens is an event of its own again.
            series.Remove(repeated.Identity);
        }
    }

    private async Task CreateAsync(Eventsv1Event happened, CancellationToken cancellation)
    {
        try
        {
            await client.CreateAsync(happened, cancellation);
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists)
        {
            // Names are random: an earlier attempt of this very event came through, and its answer was lost.
        }
    }

    /// <returns>False when the event is given up.</returns>
    private async Task<bool> SendAsync(
        EventSeries sent, Func<CancellationToken, Task> send, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var count = sent.Count;
                await send(cancellation);
                sent.CountSent = count;
                sent.LastSent = services.Time.GetUtcNow();
                return true;
            }
            catch (Exception exception) when (exception is KubernetesApiException or HttpRequestException
                or IOException or TimeoutException)
            {
                if (attempt == AttemptsMax || !IsWorthRetrying(exception))
                {
                    dropped.WithLabels("refused").Inc();
                    log.Dropped(sent.Identity.Reason, sent.Identity.RegardingName, exception);
                    return false;
                }
            }

            await Task.Delay(
                services.Jitter.Stretch(AttemptPause * Math.Pow(2, attempt - 1), 0.5), services.Time, cancellation);
        }
    }

    private static bool IsWorthRetrying(Exception exception) =>
        exception is not KubernetesApiException api
        || api.Status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private string NameFor(string name) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{TextLimit.Cut(name, NameCharactersMax)}.{services.Jitter.NextBits():x16}");

    private static V1ObjectReference ReferenceTo(IKubernetesObject<V1ObjectMeta> entity) => new()
    {
        ApiVersion = entity.ApiVersion,
        Kind = entity.Kind,
        Name = entity.Metadata.Name,
        NamespaceProperty = entity.Metadata.NamespaceProperty,
        Uid = entity.Metadata.Uid,
        ResourceVersion = entity.Metadata.ResourceVersion,
    };
}
