using System.Collections.ObjectModel;

namespace Vee.Agent;

/// <summary>What one agent is told when it starts.</summary>
public sealed record AgentOptions
{
    /// <summary>Stable across restarts; two running agents never share one.</summary>
    public required string Name { get; init; }

    /// <summary>Where images are kept. One agent at a time uses it; made if it is missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Bytes that the memories of all its hosts may have together.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 MiB or more than 1 PiB.</exception>
    public required long MemoryBytesMax
    {
        get;
        init => field = value is >= 1L << 20 and <= 1L << 50
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "An agent has 1 MiB to 1 PiB.");
    }

    /// <summary>Cores of this computer that its machines may use.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 1 to 1024.</exception>
    public required int CoreCount
    {
        get;
        init => field = value is >= 1 and <= 1024
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "An agent has 1 to 1024 cores.");
    }

    /// <summary>Who it is to its callers and whom it believes.</summary>
    public required CertificateOptions Certificates { get; init; }

    /// <summary>Port of 127.0.0.1 for calls.</summary>
    /// <value>Default 0: a free one.</value>
    public int Port { get; init; }

    /// <summary>Port of 127.0.0.1 for /metrics, /healthz and /readyz, without TLS.</summary>
    /// <value>Default 0: a free one.</value>
    public int MetricsPort { get; init; }

    /// <summary>Labels that selectors see.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Program version, for people.</summary>
    public string Version { get; init; } = "";

    /// <summary>Bytes of images kept on disk; the ones that were not used for longest go first.</summary>
    /// <value>Default 2 GiB.</value>
    public long ImageBytesMax { get; init; } = 2L << 30;

    /// <summary>Machines that exist at once.</summary>
    /// <value>Default 1024: each reserves 64 GiB of the 128 TiB of addresses that a process has.</value>
    public int MachineCountMax { get; init; } = 1024;

    /// <summary>What guests have, in wall time, to end by themselves when the agent stops.</summary>
    /// <value>Default 5 s.</value>
    public TimeSpan StopGracePeriod { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Three PEM files. They are read again when their content changes.</summary>
public sealed record CertificateOptions
{
    /// <summary>Certificates of the authorities that callers must come from.</summary>
    public required string AuthorityFile { get; init; }

    /// <summary>The agent's certificate, with those between it and the authority.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>Its private key.</summary>
    public required string KeyFile { get; init; }
}
