using System.ComponentModel.DataAnnotations;
using Vee.Api.Schema;

namespace Vee.Api.SimulatedHosts;

/// <summary>
/// A client that needs no core: it asks a service at times that do not depend on the answers, and tells how long it
/// waited from when it meant to ask.
/// </summary>
[Rule("has(self.tcp) != has(self.udp)", "a probe has either tcp or udp")]
public sealed record ProbeSpec
{
    /// <summary>Name of the probe, unique in the host.</summary>
    [Required]
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string Name { get; init; } = "";

    /// <summary>
    /// Its own IPv4 address, which nobody else has: in 10.0.0.0/8, and not in 10.64.0.0/10, where machines get theirs.
    /// </summary>
    [Required]
    [Length(8, 15)]
    [RegularExpression(Patterns.Address)]
    [Rule("self != '10.0.0.1'", "10.0.0.1 is the address of clients outside: choose another one")]
    [Rule("!self.matches('^10[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])[.]')",
        "machines get the addresses of 10.64.0.0/10: choose another one")]
    public string Address { get; init; } = "";

    /// <summary>The service that it asks.</summary>
    [Required]
    public ProbeTarget Target { get; init; } = new();

    /// <summary>From one request to the next, 1us to 3600s of virtual time. 10ms if not given.</summary>
    [Length(2, 12)]
    [Rule(Patterns.TimeRule + " && duration(self) >= duration('1us') && duration(self) <= duration('3600s')",
        "an interval is 1us to 3600s: a whole number and us, ms or s")]
    public string? Interval { get; init; }

    /// <summary>From when on an answer is slow, 1us to 3600s of virtual time. 10ms if not given.</summary>
    [Length(2, 12)]
    [Rule(Patterns.TimeRule + " && duration(self) >= duration('1us') && duration(self) <= duration('3600s')",
        "slowAfter is 1us to 3600s: a whole number and us, ms or s")]
    public string? SlowAfter { get; init; }

    /// <summary>It asks over one connection, which is made again when it breaks.</summary>
    public TcpProbeSpec? Tcp { get; init; }

    /// <summary>It sends datagrams that come back as they are.</summary>
    public UdpProbeSpec? Udp { get; init; }
}

/// <summary>A service.</summary>
[Rule("has(self.machine) != has(self.address)", "a target has either machine or address")]
public sealed record ProbeTarget
{
    /// <summary>A VirtualMachine, wherever it is.</summary>
    public MachineTarget? Machine { get; init; }

    /// <summary>An IPv4 address in 10.0.0.0/8.</summary>
    [Length(8, 15)]
    [RegularExpression(Patterns.Address)]
    public string? Address { get; init; }

    /// <summary>Its port.</summary>
    [Required]
    [Range(1, 65535)]
    public int Port { get; init; }
}

/// <summary>A VirtualMachine.</summary>
public sealed record MachineTarget
{
    /// <summary>Its namespace.</summary>
    [Required]
    [Length(1, 63)]
    [RegularExpression(Patterns.Label)]
    public string Namespace { get; init; } = "";

    /// <summary>Its name.</summary>
    [Required]
    [Length(1, 253)]
    [RegularExpression(Patterns.Subdomain)]
    public string Name { get; init; } = "";
}

/// <summary>What a probe asks over a connection.</summary>
public sealed record TcpProbeSpec
{
    /// <summary>What it sends each time. "PING\r\n" if not given, which kvstore answers.</summary>
    [Length(1, 1024)]
    [RegularExpression(Patterns.NoNul)]
    public string? Request { get; init; }

    /// <summary>Bytes of each answer. 7 if not given, those of "+PONG\r\n".</summary>
    [Range(1, 65536)]
    public int? AnswerBytes { get; init; }

    /// <summary>
    /// How long it waits before it connects again, 1us to 3600s of virtual time. 20ms if not given.
    /// </summary>
    [Length(2, 12)]
    [Rule(Patterns.TimeRule + " && duration(self) >= duration('1us') && duration(self) <= duration('3600s')",
        "reconnectAfter is 1us to 3600s: a whole number and us, ms or s")]
    public string? ReconnectAfter { get; init; }
}

/// <summary>What a probe sends in datagrams.</summary>
public sealed record UdpProbeSpec
{
    /// <summary>Bytes of a datagram, without headers. 64 if not given.</summary>
    [Range(8, 65507)]
    public int? Bytes { get; init; }

    /// <summary>
    /// When one that has not come back is lost, 1us to 3600s of virtual time after it was meant to be sent. 1s if not
    /// given.
    /// </summary>
    [Length(2, 12)]
    [Rule(Patterns.TimeRule + " && duration(self) >= duration('1us') && duration(self) <= duration('3600s')",
        "lostAfter is 1us to 3600s: a whole number and us, ms or s")]
    public string? LostAfter { get; init; }
}
