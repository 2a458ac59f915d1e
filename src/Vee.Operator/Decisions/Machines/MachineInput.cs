using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Machines;

/// <summary>Everything that a decision about a machine rests on, gathered before it is made.</summary>
internal sealed record MachineInput
{
    public required VirtualMachine Machine { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>The program that the spec names, or why there is none.</summary>
    public required ImageResolution Image { get; init; }

    /// <summary>Every host, with what other machines have left of it.</summary>
    public required IReadOnlyList<HostCandidate> Hosts { get; init; }

    /// <summary>The addresses that others have, and whose each is: a machine's, or a probe's.</summary>
    public required IReadOnlyDictionary<string, string> Addresses { get; init; }

    /// <summary>The addresses that specs of other machines ask for.</summary>
    public required IReadOnlySet<string> AskedAddresses { get; init; }

    /// <summary>The agent that the machine's status names, as last seen; null when it was never seen.</summary>
    public required AgentView? Agent { get; init; }

    /// <summary>The agent that the record of a migration names, as last seen; null without one, or when it was never
    /// seen.</summary>
    public AgentView? Target { get; init; }

    /// <summary>Whether somebody states that the host that the machine moves to is gone for good.</summary>
    public bool IsTargetOutOfService { get; init; }

    /// <summary>Whether the agent that has the machine has just said that it knows nothing of its migration.</summary>
    public bool IsSourceUnaware { get; init; }

    /// <summary>Whether the agent that the machine moves to has just said that it knows nothing of that.</summary>
    public bool IsTargetUnaware { get; init; }

    /// <summary>The migration that the record names; null without one, or when the object is gone.</summary>
    public VirtualMachineMigration? Migration { get; init; }

    /// <summary>Whether somebody states that the claimed host is gone for good.</summary>
    public required bool IsHostOutOfService { get; init; }

    /// <summary>Whether the claimed host has no object: it was deleted by force, or is not known yet.</summary>
    public required bool IsHostMissing { get; init; }

    /// <summary>The instance of which the agent has just said that it can never execute again.</summary>
    public long? DeletedInstance { get; init; }

    public VirtualMachineSpec Spec => Machine.Spec;

    public VirtualMachineStatus Status => Machine.Status ?? new VirtualMachineStatus();

    public bool IsDeleting => Machine.Metadata.DeletionTimestamp is not null;

    /// <summary>Whether the machine is meant to execute, whatever became of its last run.</summary>
    public bool IsWanted => !IsDeleting && Strategy != RunStrategies.Halted;

    public string Strategy => Spec.RunStrategy ?? RunStrategies.Always;

    public bool IsPauseWanted => Spec.Paused ?? false;

    /// <summary>The restart that the user asked for, if it has not been answered.</summary>
    public string? RestartRequest =>
        Machine.Metadata.Annotations?.TryGetValue(Labels.RestartRequested, out var request) == true
        && request.Length > 0 && request != Status.RestartAnswered ? request : null;

    /// <summary>What a start would be made with now; null while there is no program.</summary>
    public StartSpec? StartSpec =>
        Image.Image is { } image ? StartSpec.Of(Spec, image.Digest, image.ProgramName) : null;

    /// <summary>A number that no instance has had, and no migration has asked for.</summary>
    public long NextInstance => NextInstanceOf(Status);

    public static long NextInstanceOf(VirtualMachineStatus status) =>
        checked(Math.Max(status.Instance ?? 0, status.InstanceMax ?? 0) + 1);

    public TimeSpan GracePeriod =>
        TimeSpan.FromSeconds(Spec.Termination?.GracePeriodWallSeconds ?? GracePeriodSecondsDefault);

    private const int GracePeriodSecondsDefault = 10;
}

/// <summary>A program, or why there is none: exactly one of the two.</summary>
internal sealed record ImageResolution
{
    public ResolvedImage? Image { get; private init; }

    /// <summary>One of <see cref="Reasons"/>.</summary>
    public string? Reason { get; private init; }

    public string? Message { get; private init; }

    /// <summary>The source in the form that people read: builtin:NAME or configmap:NAME/KEY.</summary>
    public required string Source { get; init; }

    public static ImageResolution Found(string source, ResolvedImage image) => new() { Source = source, Image = image };

    public static ImageResolution Failed(string source, string reason, string message) =>
        new() { Source = source, Reason = reason, Message = message };
}

/// <summary>A program's bytes are known by their digest.</summary>
/// <param name="Digest">"sha256:" and 64 hexadecimal digits.</param>
/// <param name="ProgramName">What the guest sees as its name.</param>
internal sealed record ResolvedImage(string Digest, string ProgramName);
