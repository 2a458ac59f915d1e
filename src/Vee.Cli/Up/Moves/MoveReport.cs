using Vee.Api.Migrations;

namespace Vee.Cli.Up.Moves;

/// <summary>The longest time without an answer during a move.</summary>
/// <param name="ClientWall">As the client outside saw it.</param>
/// <param name="ProbeVirtualUs">As a probe in the rack saw it, microseconds of virtual time.</param>
internal readonly record struct Silence(TimeSpan ClientWall, long ProbeVirtualUs);

/// <summary>What a move was like: as the migration's status says, and as the machine's client saw it.</summary>
internal sealed record MoveReport
{
    public required string Machine { get; init; }

    public required string Codec { get; init; }

    public required string Source { get; init; }

    public required string Target { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Each as often as it was sent.</summary>
    public required long PagesSent { get; init; }

    /// <summary>On the wire.</summary>
    public required long BytesSent { get; init; }

    /// <summary>From the last instruction on the source to the first on the target.</summary>
    public required long PauseVirtualUs { get; init; }

    /// <summary>As it was expected when the machine was stopped.</summary>
    public required long PausePredictedVirtualUs { get; init; }

    /// <summary>What that takes at least on these hosts and this link.</summary>
    public required long PauseBoundVirtualUs { get; init; }

    public required long PauseWallMs { get; init; }

    /// <summary>The longest time without an answer that a probe saw which asks every 5 ms.</summary>
    public required long BlackoutVirtualUs { get; init; }

    /// <summary>The longest time between two acknowledgements that the client saw.</summary>
    public required long LongestGapWallMs { get; init; }

    /// <summary>Of pages and state. The target takes the machine only if it has found the same.</summary>
    public string? RootDigest { get; init; }

    /// <summary>Before, during and after the move.</summary>
    public required long AcknowledgedWrites { get; init; }

    /// <summary>Acknowledged, and not there after the move.</summary>
    public required long LostWrites { get; init; }

    /// <exception cref="UpException">The source could not tell what came of the migration.</exception>
    internal static MoveReport Of(
        VirtualMachineMigration migration, Silence silence, long acknowledgedWrites, long lostWrites)
    {
        var status = migration.Status!;
        if (status is not { Result: { } result, Progress: { } progress })
        {
            throw new UpException($"{migration.Metadata.Name} has succeeded without a result.");
        }

        return new MoveReport
        {
            Machine = migration.Spec.VirtualMachineName,
            Codec = status.EffectivePolicy!.Codec!,
            Source = Text(status.Source!),
            Target = Text(status.Target!),
            Rounds = progress.Rounds,
            PagesSent = progress.PagesSent,
            BytesSent = progress.BytesSent,
            PauseVirtualUs = result.DowntimeVirtualUs,
            PausePredictedVirtualUs = result.DowntimePredictedVirtualUs,
            PauseBoundVirtualUs = result.DowntimeBoundVirtualUs,
            PauseWallMs = result.DowntimeWallMs,
            BlackoutVirtualUs = silence.ProbeVirtualUs,
            LongestGapWallMs = (long)silence.ClientWall.TotalMilliseconds,
            RootDigest = result.RootDigest,
            AcknowledgedWrites = acknowledgedWrites,
            LostWrites = lostWrites,
        };
    }

    private static string Text(MigrationSide side) => $"{side.HostName} ({side.Agent.Name})";
}
