using Vee.Agent.Gateways;

namespace Vee.Agent.Guests;

/// <summary>A group of equal cores of a simulated host.</summary>
/// <param name="Name">For people.</param>
/// <param name="Count">Cores.</param>
/// <param name="FrequencyMegahertz">Cycles in a microsecond of virtual time.</param>
internal sealed record CoreGroup(string Name, int Count, int FrequencyMegahertz);

/// <summary>A simulated host's hardware.</summary>
internal sealed record HostSpec(string Uid, string Name, long MemoryBytes, IReadOnlyList<CoreGroup> Cores)
{
    /// <summary>Whether another call asks for the same hardware.</summary>
    internal bool HasSameHardware(HostSpec other) =>
        MemoryBytes == other.MemoryBytes && Cores.SequenceEqual(other.Cores);
}

/// <summary>A simulated host as it is.</summary>
/// <param name="Spec">Its hardware.</param>
/// <param name="AllocatedBytes">Memory of the machines on it that have not ended.</param>
internal sealed record HostView(HostSpec Spec, long AllocatedBytes);

/// <summary>What one instance of a machine is made with.</summary>
internal sealed record GuestSpec
{
    internal required string Uid { get; init; }

    internal required long Instance { get; init; }

    internal required string Namespace { get; init; }

    internal required string Name { get; init; }

    internal required string HostUid { get; init; }

    internal required string ImageDigest { get; init; }

    internal required string ProgramName { get; init; }

    internal required int VcpuCount { get; init; }

    internal required long MemoryBytes { get; init; }

    internal IReadOnlyList<string> Arguments { get; init; } = [];

    internal IReadOnlyList<string> Environment { get; init; } = [];

    internal ulong Seed { get; init; }

    internal IReadOnlyList<PublishedPort> Ports { get; init; } = [];

    internal required int ConsoleLogBytes { get; init; }

    internal bool IsTerminal { get; init; }

    internal string SpecHash { get; init; } = "";
}

/// <summary>Where a machine stands. Zero is invalid.</summary>
internal enum GuestPhase : byte
{
    Invalid = 0,
    Created = 1,
    Running = 2,
    Paused = 3,
    Stopping = 4,
    Ended = 5,
}

/// <summary>Why a machine will not execute again. Zero is invalid.</summary>
internal enum GuestEndReason : byte
{
    Invalid = 0,
    Exited = 1,
    Signaled = 2,
    Faulted = 3,
    Deadlocked = 4,
    Stopped = 5,
    Failed = 6,
}

/// <summary>How a machine ended.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Message">All of it as a sentence.</param>
internal sealed record GuestEnd(GuestEndReason Reason, string Message)
{
    internal int ExitStatus { get; init; }

    internal string Signal { get; init; } = "";

    /// <summary>Where it faulted.</summary>
    internal ulong? Pc { get; init; }

    internal string Symbol { get; init; } = "";

    /// <summary>What it could not access.</summary>
    internal ulong? Address { get; init; }

    internal long EndedAtWallMs { get; init; }

    internal bool WasAsked { get; init; }
}

/// <summary>A machine as it is, for those who watch.</summary>
internal sealed record GuestView(GuestSpec Spec, GuestPhase Phase)
{
    internal GuestEnd? End { get; init; }

    /// <summary>With the agent's ports that were found.</summary>
    internal IReadOnlyList<PublishedPort> Ports { get; init; } = [];

    /// <summary>When it began to execute; 0 if it has not.</summary>
    internal long StartedAtWallMs { get; init; }
}

/// <summary>What a machine has used so far.</summary>
internal readonly record struct GuestUsage
{
    internal long RetiredCount { get; init; }

    internal long VirtualNanoseconds { get; init; }

    internal long BusyNanoseconds { get; init; }

    internal long LagNanoseconds { get; init; }

    internal long ResidentBytes { get; init; }

    internal long NetworkBytesIn { get; init; }

    internal long NetworkBytesOut { get; init; }
}
