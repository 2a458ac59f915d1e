using Prometheus;

namespace Vee.ControllerRuntime.Queues;

/// <summary>The seven metrics of a work queue, under the names that dashboards know.</summary>
internal sealed class QueueMetrics(IMetricFactory factory, string name)
{
    private static readonly string[] Labels = ["name", "controller"];
    private static readonly double[] Buckets = Histogram.ExponentialBuckets(10e-9, 10, 12);

    internal Gauge.Child Depth { get; } = factory.CreateGauge(
        "workqueue_depth", "Current depth of workqueue.", Labels).WithLabels(name, name);

    internal Counter.Child Adds { get; } = factory.CreateCounter(
        "workqueue_adds_total", "Total number of adds handled by workqueue.", Labels).WithLabels(name, name);

    internal Counter.Child Retries { get; } = factory.CreateCounter(
        "workqueue_retries_total", "Total number of retries handled by workqueue.", Labels).WithLabels(name, name);

    internal Histogram.Child QueueDuration { get; } = factory.CreateHistogram(
        "workqueue_queue_duration_seconds",
        "How long in seconds an item stays in workqueue before being requested.",
        Labels,
        new HistogramConfiguration { Buckets = Buckets }).WithLabels(name, name);

    internal Histogram.Child WorkDuration { get; } = factory.CreateHistogram(
        "workqueue_work_duration_seconds",
        "How long in seconds processing an item from workqueue takes.",
        Labels,
        new HistogramConfiguration { Buckets = Buckets }).WithLabels(name, name);

    internal Gauge.Child UnfinishedWork { get; } = factory.CreateGauge(
        "workqueue_unfinished_work_seconds",
        "How many seconds of work has been done that is in progress and not observed by work_duration.",
        Labels).WithLabels(name, name);

    internal Gauge.Child LongestRunning { get; } = factory.CreateGauge(
        "workqueue_longest_running_processor_seconds",
        "How many seconds the longest running processor for workqueue has been running.",
        Labels).WithLabels(name, name);
}
