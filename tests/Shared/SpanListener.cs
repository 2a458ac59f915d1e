using System.Collections.Concurrent;
using System.Diagnostics;
using Vee.Protocol;

namespace Vee.Tests.Shared;

/// <summary>Hears each span of migrations that is written in this process, until it is disposed.</summary>
internal sealed class SpanListener : IDisposable
{
    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ActivityListener listener;

    internal SpanListener()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == MigrationTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    /// <summary>What it has heard, in the order in which it was written.</summary>
    internal IReadOnlyCollection<Activity> Spans => spans;

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();
}
