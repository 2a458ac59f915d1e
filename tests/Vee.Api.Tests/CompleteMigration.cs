using k8s.Models;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;

namespace Vee.Api.Tests;

/// <summary>Policies and migrations in which every field has a value that the schema accepts.</summary>
internal static class CompleteMigration
{
    private static readonly string[] Ladder =
    [
        EscalationSteps.SmallerCodec, EscalationSteps.MoreStreams, EscalationSteps.DirtyLimit,
        EscalationSteps.PostCopy, EscalationSteps.Abort,
    ];

    internal static MigrationPolicy Policy() => new()
    {
        Metadata = new V1ObjectMeta { Name = "streams", NamespaceProperty = "default" },
        Spec = new MigrationPolicySpec
        {
            Selector = new Dictionary<string, string> { ["app"] = "stream" },
            Priority = -1000,
            Mode = MigrationModes.Hybrid,
            Codec = MigrationCodecs.Xbrle2011Delta,
            Bandwidth = "50Mbit",
            MaxDowntimeVirtualMs = 1,
            CompletionTimeoutVirtualSeconds = 0,
            ProgressTimeoutVirtualSeconds = 1,
            PostCopyMaxVirtualSeconds = 1,
            Streams = 64,
            Ladder = Ladder,
            Retry = new RetrySpec { Attempts = 10, BackOffWallSeconds = 0 },
            Without = Without(),
        },
        Status = new MigrationPolicyStatus
        {
            ObservedGeneration = 1,
            MatchedMachines = 1,
            Machines = ["kvstore"],
            Conflict = new PolicyConflict { PolicyName = "other", MachineName = "kvstore" },
            Conditions = [Complete.Condition()],
        },
    };

    /// <summary>Of policyName and policy, which exclude each other, both are filled.</summary>
    internal static VirtualMachineMigration Migration() => new()
    {
        Metadata = new V1ObjectMeta { Name = "move-kvstore", NamespaceProperty = "default" },
        Spec = new VirtualMachineMigrationSpec
        {
            VirtualMachineName = "kvstore",
            Target = new PlacementSpec
            {
                HostName = "host-2",
                HostSelector = new Dictionary<string, string> { ["rack"] = "rack-1" },
            },
            PolicyName = "streams",
            Policy = Settings(),
            DeadlineWallSeconds = 600,
            Abort = false,
        },
        Status = new VirtualMachineMigrationStatus
        {
            ObservedGeneration = 1,
            Phase = MigrationPhases.Succeeded,
            Number = 9_007_199_254_740_991,
            Attempts = 3,
            RetryAfter = Complete.Time,
            Source = new MigrationSide { HostName = "host-1", Agent = Complete.Agent, Instance = 1 },
            Target = new MigrationSide { HostName = "host-2", Agent = Complete.Agent, Instance = 2 },
            EffectivePolicy = Settings(),
            PolicySource = "policy/streams",
            Progress = new MigrationProgress
            {
                ObservedAt = Complete.Time, Rounds = 3, DirtyLimitPagesPerVirtualSecond = 256, ThrottleMaxVirtualMs = 7,
            },
            Escalations =
            [
                new EscalationStatus { Step = EscalationSteps.MoreStreams, AtVirtualMs = 5, Reason = "not nearer" },
            ],
            Rounds = [new RoundStatus { Round = 0, Pages = 7 }],
            Result = Outcome(),
            Failure = new MigrationFailure { Reason = "LinkLost", Message = "the link is gone", IsRetryable = true },
            StartTime = Complete.Time,
            CompletionTime = Complete.Time,
            Conditions = [Complete.Condition()],
        },
    };

    private static MigrationSettings Settings() => new()
    {
        Mode = MigrationModes.PreCopy,
        Codec = MigrationCodecs.VeeSmall,
        Bandwidth = "1Gbit/s",
        MaxDowntimeVirtualMs = 300,
        CompletionTimeoutVirtualSeconds = 86_400,
        ProgressTimeoutVirtualSeconds = 150,
        PostCopyMaxVirtualSeconds = 60,
        Streams = 1,
        Ladder = [EscalationSteps.Abort],
        Retry = new RetrySpec { Attempts = 1, BackOffWallSeconds = 3600 },
        Without = Without(),
    };

    private static AblationSpec Without() =>
        new() { BaseImages = true, ColdFirst = false, HoldBack = true, Columns = false, GrantAhead = true };

    private static MigrationOutcome Outcome() => new()
    {
        TotalVirtualMs = 1234,
        DowntimeVirtualUs = 12_345,
        RootDigest = new string('a', 64),
        Forms = [new FormStatus { Form = "word-mask", Pages = 7, Bytes = 700 }],
        PostCopy = new PostCopyOutcome { Pages = 7, Faults = 3, WaitMedianVirtualUs = 400 },
        Probes = [new ProbeBlackout { HostName = "observer", Name = "kvstore", LongestSilenceVirtualUs = 15_000 }],
    };
}
