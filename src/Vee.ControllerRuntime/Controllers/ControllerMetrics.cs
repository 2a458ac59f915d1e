using Prometheus;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>The metrics of a controller, under the names that dashboards know.</summary>
internal sealed class ControllerMetrics
{
    private static readonly string[] Labels = ["controller"];
    private static readonly double[] Buckets =
    [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5,
        1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
    ];

    private readonly Counter total;
    private readonly string controller;

    internal ControllerMetrics(IMetricFactory factory, string controller)
    {
        this.controller = controller;
        total = factory.CreateCounter(
            "controller_runtime_reconcile_total",
            "Total number of reconciliations per controller.",
            ["controller", "result"]);
        Errors = factory.CreateCounter(
            "controller_runtime_reconcile_errors_total",
            "Total number of reconciliation errors per controller.",
            Labels).WithLabels(controller);
        TerminalErrors = factory.CreateCounter(
            "controller_runtime_terminal_reconcile_errors_total",
            "Total number of terminal reconciliation errors per controller.",
            Labels).WithLabels(controller);
        Panics = factory.CreateCounter(
            "controller_runtime_reconcile_panics_total",
            "Total number of reconciliation panics per controller.",
            Labels).WithLabels(controller);
        Duration = factory.CreateHistogram(
            "controller_runtime_reconcile_time_seconds",
            "Length of time per reconciliation per controller.",
            Labels,
            new HistogramConfiguration { Buckets = Buckets }).WithLabels(controller);
        ActiveWorkers = factory.CreateGauge(
            "controller_runtime_active_workers",
            "Number of currently used workers per controller.",
            Labels).WithLabels(controller);
        WorkersMax = factory.CreateGauge(
            "controller_runtime_max_concurrent_reconciles",
            "Maximum number of concurrent reconciles per controller.",
            Labels).WithLabels(controller);
    }

    internal Counter.Child Errors { get; }

    internal Counter.Child TerminalErrors { get; }

    /// <summary>Exceptions that tell of a bug, not of the world.</summary>
    internal Counter.Child Panics { get; }

    internal Histogram.Child Duration { get; }

    internal Gauge.Child ActiveWorkers { get; }

    internal Gauge.Child WorkersMax { get; }

    internal void Count(string result) => total.WithLabels(controller, result).Inc();
}
