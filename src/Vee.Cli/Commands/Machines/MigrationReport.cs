using System.Globalization;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Cli.Output;

namespace Vee.Cli.Commands.Machines;

/// <summary>A migration as <c>vee migrate</c> shows it.</summary>
internal sealed record MigrationReport
{
    internal static readonly TableColumn<MigrationReport>[] Columns =
    [
        new("NAME", row => row.Name),
        new("MACHINE", row => row.Machine),
        new("PHASE", row => row.Phase ?? ""),
        new("SOURCE", row => row.Source ?? ""),
        new("TARGET", row => row.Target ?? ""),
        new("ROUNDS", row => $"{row.Rounds}", IsNumber: true),
        new("SENT", row => row.BytesSent is { } bytes ? ByteSize.Format(bytes) : "", IsNumber: true),
        new("DOWNTIME(ms)", row => row.DowntimeVirtualUs is { } us
            ? (us / 1000.0).ToString("0.###", CultureInfo.InvariantCulture) : "", IsNumber: true),
    ];

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required string Machine { get; init; }

    public string? Phase { get; init; }

    public string? Source { get; init; }

    public string? Target { get; init; }

    /// <summary>Where the settings come from.</summary>
    public string? PolicySource { get; init; }

    public int? Rounds { get; init; }

    /// <summary>On the wire.</summary>
    public long? BytesSent { get; init; }

    /// <summary>How long the machine stood still.</summary>
    public long? DowntimeVirtualUs { get; init; }

    public long? TotalVirtualMs { get; init; }

    /// <summary>Reason of the Ready condition.</summary>
    public string? Reason { get; init; }

    /// <summary>Message of the Ready condition.</summary>
    public string? Message { get; init; }

    internal static MigrationReport Of(VirtualMachineMigration migration)
    {
        var status = migration.Status;
        var ready = status?.Conditions?.FirstOrDefault(c => c.Type == ConditionTypes.Ready);
        return new MigrationReport
        {
            Namespace = migration.Metadata.NamespaceProperty,
            Name = migration.Metadata.Name,
            Machine = migration.Spec.VirtualMachineName,
            Phase = status?.Phase,
            Source = status?.Source?.HostName,
            Target = status?.Target?.HostName,
            PolicySource = status?.PolicySource,
            Rounds = status?.Progress?.Rounds,
            BytesSent = status?.Progress?.BytesSent,
            DowntimeVirtualUs = status?.Result?.DowntimeVirtualUs,
            TotalVirtualMs = status?.Result?.TotalVirtualMs,
            Reason = ready?.Reason,
            Message = ready?.Message,
        };
    }
}
