using System.Net;
using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Leadership;

namespace Vee.ControllerRuntime.Hosting;

/// <summary>How a program of controllers runs.</summary>
public sealed record ControllerHostOptions
{
    /// <summary>The program, as reporter of events: a qualified name, such as <c>example.com/operator</c>.</summary>
    public required string Name { get; init; }

    /// <summary>This instance, as events name it.</summary>
    public required string Instance { get; init; }

    /// <summary>Null when no other instance can run: this one acts at once.</summary>
    public LeaderElectionOptions? LeaderElection { get; init; }

    /// <summary>How informers list and watch.</summary>
    public InformerOptions Informers { get; init; } = new();

    /// <summary>Where <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c> answer; port 0 picks one; null for
    /// nowhere.</summary>
    public IPEndPoint? HealthEndpoint { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Told where they answer, once they do.</summary>
    public Action<Uri>? HealthServed { get; init; }

    /// <summary>How long visits under way may go on after the stop.</summary>
    /// <value>20 s</value>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long visits may take to notice that they were cancelled, after that.</summary>
    /// <value>2 s</value>
    public TimeSpan CancelTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long events that wait are still sent.</summary>
    /// <value>3 s</value>
    public TimeSpan FlushTimeout { get; init; } = TimeSpan.FromSeconds(3);
}

/// <summary>Why a host ended.</summary>
public enum HostExit
{
    /// <summary>It was asked to, and everything came to its end.</summary>
    Stopped = 0,

    /// <summary>It was asked to, and visits were still under way at the deadline and had to be cancelled.</summary>
    DrainTimedOut,

    /// <summary>The lease was lost: another instance may act now.</summary>
    LeadershipLost,
}
