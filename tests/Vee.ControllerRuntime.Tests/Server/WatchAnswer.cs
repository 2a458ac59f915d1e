using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Vee.ControllerRuntime.Tests.Server;

/// <summary>The answer to a watch, whole or broken.</summary>
internal sealed class WatchAnswer(FakeStore store, CancellationToken stopping)
{
    private static readonly TimeSpan BookmarkPeriod = TimeSpan.FromMilliseconds(50);

    private int openCount;

    internal int OpenCount => Volatile.Read(ref openCount);

    internal TimeSpan SpanMax { get; set; } = TimeSpan.MaxValue;

    internal async Task WriteAsync(HttpContext context, ResourcePath path, FaultKind fault)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping, context.RequestAborted);
        Interlocked.Increment(ref openCount);
        try
        {
            await StreamAsync(context, path, fault, both.Token);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref openCount);
        }
    }

    private async Task StreamAsync(
        HttpContext context, ResourcePath path, FaultKind fault, CancellationToken cancellation)
    {
        var position = long.Parse(context.Request.Query["resourceVersion"]!, CultureInfo.InvariantCulture);
        var end = TimeSpan.FromSeconds(
            double.Parse(context.Request.Query["timeoutSeconds"]!, CultureInfo.InvariantCulture));
        end = end < SpanMax ? end : SpanMax;
        var begin = TimeProvider.System.GetTimestamp();
        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(cancellation);
        await context.Response.Body.FlushAsync(cancellation);
        if (await BreaksAtOnceAsync(context, fault, position, cancellation))
        {
            return;
        }

        var count = 0;
        while (TimeProvider.System.GetElapsedTime(begin) < end)
        {
            var changed = store.Changed;
            if (store.Since(position) is not { } events)
            {
                await LineAsync(context, "ERROR", FakeApiServer.Status(410, "Expired", "too old"), cancellation);
                return;
            }

            foreach (var change in events)
            {
                position = change.Version;
                if (change.Plural != path.Plural || (path.Space.Length > 0 && change.Space != path.Space))
                {
                    continue;
                }

                count++;
                if (await BreaksAtAsync(context, fault, change, count, cancellation))
                {
                    return;
                }

                await LineAsync(context, change.Type, change.Body, cancellation);
            }

            await BookmarkAsync(context, fault, position, cancellation);
            await Task.WhenAny(changed, Task.Delay(BookmarkPeriod, TimeProvider.System, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <returns>The watch is over before it began.</returns>
    private static async Task<bool> BreaksAtOnceAsync(
        HttpContext context, FaultKind fault, long position, CancellationToken cancellation)
    {
        switch (fault)
        {
            case FaultKind.EmptyClose:
                return true;
            case FaultKind.Stuck:
                while (true)
                {
                    await BookmarkAsync(context, fault, position, cancellation);
                    await Task.Delay(BookmarkPeriod, TimeProvider.System, cancellation);
                }

            case FaultKind.BlackHole:
                await Task.Delay(Timeout.Infinite, cancellation);
                return true;
            case FaultKind.GoneEvent:
                await LineAsync(context, "ERROR", FakeApiServer.Status(410, "Expired", "too old"), cancellation);
                return true;
            case FaultKind.Garbage:
                await TextAsync(context, "this is no JSON\n", cancellation);
                return true;
            default:
                return false;
        }
    }

    /// <returns>The watch ends before this event.</returns>
    private static async Task<bool> BreaksAtAsync(
        HttpContext context, FaultKind fault, FakeEvent change, int count, CancellationToken cancellation)
    {
        switch (fault)
        {
            case FaultKind.CutInObject when count > 1:
                var line = Line(change.Type, change.Body);
                await TextAsync(context, line[..(line.Length / 2)], cancellation);
                if (count % 2 == 0)
                {
                    context.Abort();
                }

                return true;
            case FaultKind.OneEvent when count > 1:
                await Task.Delay(Timeout.Infinite, cancellation);
                return true;
            case FaultKind.ShortWatch:
                return count > 3;
            case FaultKind.Undecodable when change.Type != "DELETED":
                var broken = (JsonObject)change.Body.DeepClone();
                broken["spec"] = "not an object";
                await LineAsync(context, change.Type, broken, cancellation);
                return false;
            default:
                return false;
        }
    }

    private static async Task BookmarkAsync(
        HttpContext context, FaultKind fault, long position, CancellationToken cancellation)
    {
        await LineAsync(context, "BOOKMARK", Bookmark(position), cancellation);
        if (fault == FaultKind.Bookmarks)
        {
            await LineAsync(context, "BOOKMARK", Bookmark(position - 5), cancellation);
            await LineAsync(context, "BOOKMARK", Bookmark(position), cancellation);
            await LineAsync(context, "BOOKMARK", Bookmark(position - 50), cancellation);
        }
    }

    private static JsonObject Bookmark(long position) =>
        new() { ["metadata"] = new JsonObject { ["resourceVersion"] = $"{position}" } };

    private static Task LineAsync(HttpContext context, string type, JsonObject body, CancellationToken cancellation) =>
        TextAsync(context, Line(type, body), cancellation);

    private static string Line(string type, JsonObject body) =>
        new JsonObject { ["type"] = type, ["object"] = body.DeepClone() }.ToJsonString() + "\n";

    private static async Task TextAsync(HttpContext context, string text, CancellationToken cancellation)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }
}
