using Vee.Agent.Gateways;
using Vee.Agent.Racks;
using Vee.Hypervisor.Hardware;

namespace Vee.Agent.Guests;

/// <summary>By what a host's virtual time passes.</summary>
internal enum TimeMode : byte
{
    /// <summary>It is never ahead of the wall's.</summary>
    Paced = 0,

    /// <summary>As fast as events execute, up to a horizon.</summary>
    FreeRunning = 1,
}

/// <summary>What a simulated host is made with.</summary>
internal sealed record HostSpec
{
    internal required string Uid { get; init; }

    internal required string Name { get; init; }

    internal required HardwareProfile Hardware { get; init; }

    internal required string Scheduler { get; init; }

    /// <summary>All options of the scheduler.</summary>
    internal required IReadOnlyDictionary<string, long> SchedulerOptions { get; init; }

    internal TimeMode Mode { get; init; }

    internal ulong Seed { get; init; }

    /// <summary>Whether a hash of all that it knows is taken at each second of virtual time.</summary>
    internal bool HashesEachSecond { get; init; }

    /// <summary>How it was asked for: who asks for the same finds the same host.</summary>
    internal required Protocol.CreateHostRequest Asked { get; init; }
}

/// <summary>A simulated host as it is.</summary>
/// <param name="Spec">What it was made with.</param>
/// <param name="AllocatedBytes">Memory of the machines on it that have not ended.</param>
/// <param name="Time">How its time is.</param>
internal sealed record HostView(HostSpec Spec, long AllocatedBytes, TimeView Time);

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

    /// <summary>IPv4; 0 for the first one that its host has free.</summary>
    internal uint NetworkAddress { get; init; }

    internal int Weight { get; init; }

    internal int CapPercent { get; init; }
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
    Expected = 6,
    GivenAway = 7,
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

    internal long DiskBytesRead { get; init; }

    internal long DiskBytesWritten { get; init; }
}
