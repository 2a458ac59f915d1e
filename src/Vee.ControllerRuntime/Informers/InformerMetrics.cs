using Prometheus;

namespace Vee.ControllerRuntime.Informers;

/// <summary>What informers count, by resource.</summary>
internal sealed class InformerMetrics(IMetricFactory factory, string resource)
{
    /// <summary>Objects that did not fit the type and were left as last known.</summary>
    internal Counter.Child DecodeErrors { get; } = factory.CreateCounter(
        "informer_decode_errors_total", "Objects that could not be decoded.", ["resource"]).WithLabels(resource);

    /// <summary>Exceptions out of handlers.</summary>
    internal Counter.Child HandlerErrors { get; } = factory.CreateCounter(
        "informer_handler_errors_total", "Exceptions thrown by event handlers.", ["resource"]).WithLabels(resource);

    /// <summary>Lists begun; the first one included.</summary>
    internal Counter.Child Lists { get; } = factory.CreateCounter(
        "informer_lists_total", "Lists begun.", ["resource"]).WithLabels(resource);

    /// <summary>Watches opened.</summary>
    internal Counter.Child Watches { get; } = factory.CreateCounter(
        "informer_watches_total", "Watches opened.", ["resource"]).WithLabels(resource);

    /// <summary>Watches cut because they said nothing.</summary>
    internal Counter.Child Stalls { get; } = factory.CreateCounter(
        "informer_watch_stalls_total", "Watches cut because they said nothing.", ["resource"]).WithLabels(resource);

    /// <summary>Lists and watches that failed.</summary>
    internal Counter.Child Failures { get; } = factory.CreateCounter(
        "informer_failures_total", "Lists and watches that failed.", ["resource"]).WithLabels(resource);

    /// <summary>Objects in the store.</summary>
    internal Gauge.Child Objects { get; } = factory.CreateGauge(
        "informer_objects", "Objects in the store.", ["resource"]).WithLabels(resource);
}
