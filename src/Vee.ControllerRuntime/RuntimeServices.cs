using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace Vee.ControllerRuntime;

/// <summary>What the parts of the runtime take from outside: a clock, chance, a log and a place for metrics.</summary>
/// <remarks>One object per process, given to the connection and to everything built on it.</remarks>
public sealed class RuntimeServices
{
    /// <summary>Collects the surroundings of a process.</summary>
    /// <param name="time">All waiting and all time stamps come from it.</param>
    /// <param name="random">Seeded. Used for jitter under a lock, so it may be shared with nobody else.</param>
    /// <param name="metrics">Where the runtime registers its metrics; a process has one runtime per registry.</param>
    /// <param name="logs">Nothing is logged when null.</param>
    public RuntimeServices(
        TimeProvider time, Random random, CollectorRegistry metrics, ILoggerFactory? logs = null)
    {
        Time = time;
        Jitter = new Jitter(random);
        Metrics = Prometheus.Metrics.WithCustomRegistry(metrics);
        Registry = metrics;
        Logs = logs ?? NullLoggerFactory.Instance;
    }

    /// <summary>The clock of every timer and time stamp.</summary>
    public TimeProvider Time { get; }

    /// <summary>Where the metrics are registered and read.</summary>
    public CollectorRegistry Registry { get; }

    /// <summary>Makes the loggers, one per type.</summary>
    public ILoggerFactory Logs { get; }

    internal Jitter Jitter { get; }

    internal IMetricFactory Metrics { get; }
}
