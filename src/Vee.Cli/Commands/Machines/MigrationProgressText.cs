using System.Globalization;
using Vee.Api;
using Vee.Api.Migrations;

namespace Vee.Cli.Commands.Machines;

/// <summary>How far a migration is, in one line for somebody who watches.</summary>
internal static class MigrationProgressText
{
    internal static string Of(VirtualMachineMigration migration)
    {
        var status = migration.Status;
        var phase = status?.Phase ?? MigrationPhases.Pending;
        if (phase == MigrationPhases.Pending || status?.Progress is not { } progress)
        {
            var ready = status?.Conditions?.FirstOrDefault(c => c.Type == ConditionTypes.Ready);
            return ready is null ? phase : $"{phase}: {ready.Message}".ReplaceLineEndings(" ");
        }

        var stop = progress.DowntimeExpectedVirtualUs == MigrationProgress.DowntimeUnknownUs ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $", a stop would take {progress.DowntimeExpectedVirtualUs / 1e3:0.###} ms");
        var limit = progress.DirtyLimitPagesPerVirtualSecond is { } most ? $", {most} of a vCPU at most" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{phase}: round {progress.Rounds}, {progress.PagesRemaining} of {progress.PagesTotal} pages left, "
            + $"{ByteSize.Format(progress.BytesSent)} sent at {progress.BitsPerVirtualSecond / 1e6:0.#} Mbit/s, "
            + $"{progress.DirtyPagesPerVirtualSecond} pages/s change{limit}{stop}");
    }
}
