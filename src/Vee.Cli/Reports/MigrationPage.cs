using System.Globalization;
using System.Xml.Linq;
using Vee.Api.Migrations;

namespace Vee.Cli.Reports;

/// <summary>A migration as a page that needs nothing else: its rounds over virtual time, its stop, its pages by form.
/// </summary>
internal static class MigrationPage
{
    private const string Style = "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;color:#222}"
        + "table{border-collapse:collapse}td,th{padding:.2em 1em .2em 0;text-align:right}"
        + "td:first-child,th:first-child{text-align:left}svg{width:100%;height:auto}";

    /// <summary>The page as text.</summary>
    internal static string Of(VirtualMachineMigration migration)
    {
        var status = migration.Status ?? new VirtualMachineMigrationStatus();
        var title = $"{migration.Spec.VirtualMachineName}: {status.Source?.HostName} to {status.Target?.HostName}";
        var page = new XElement(
            "html",
            new XElement("head", new XElement("title", title), new XElement("style", Style)),
            new XElement(
                "body",
                new XElement("h1", title),
                new XElement("p", $"{migration.Metadata.Name}, {status.Phase ?? MigrationPhases.Pending}. "
                    + "All times are of the virtual clock, unless they say otherwise."),
                status.Failure is { } failure ? new XElement("p", $"{failure.Reason}: {failure.Message}") : null,
                Rounds(status),
                status.Result is { } result ? Stop(result) : null,
                status.Result?.PostCopy is { } followed ? Followed(followed) : null,
                status.Result?.Forms is { Count: > 0 } forms ? Forms(forms) : null,
                Escalations(status)));
        return "<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting) + "\n";
    }

    private static XElement Section(string title, params object?[] content) =>
        new("section", new XElement("h2", title), content);

    private static XElement? Rounds(VirtualMachineMigrationStatus status) => status.Rounds is { Count: > 0 } rounds
        ? Section(
            "Rounds",
            RoundsChart.Of(rounds, status.EffectivePolicy?.MaxDowntimeVirtualMs),
            Table(
                ["round", "begun, ms", "took, ms", "pages", "bytes", "dirty afterwards", "stop expected, ms"],
                rounds.Select(round => new[]
                {
                    Number(round.Round), Number(round.BegunVirtualMs), Number(round.DurationVirtualMs),
                    Number(round.Pages), Number(round.Bytes), Number(round.DirtyPagesAfter),
                    Milliseconds(round.DowntimeExpectedVirtualUs),
                })))
        : null;

    private static XElement Stop(MigrationOutcome result) => Section(
        "The stop",
        StopChart.Of(result),
        Table(
            ["", "ms"],
            [
                ["stood still", Milliseconds(result.DowntimeVirtualUs)],
                .. StopChart.PartsOf(result).Select(part => new[] { $"— {part.Name}", Milliseconds(part.Us) }),
                ["as predicted", Milliseconds(result.DowntimePredictedVirtualUs)],
                ["least, with a round trip", Milliseconds(result.DowntimeBoundVirtualUs)],
                ["stood still by the wall's time", Number(result.DowntimeWallMs)],
                .. (result.Probes ?? []).Select(probe => new[]
                {
                    $"probe {probe.HostName}/{probe.Name} heard nothing for",
                    Milliseconds(probe.LongestSilenceVirtualUs),
                }),
            ]),
        new XElement("p", $"Digest of all pages, equal on both sides: {result.RootDigest}"));

    private static XElement Followed(PostCopyOutcome followed) => Section(
        "Pages that followed",
        new XElement("p", "The machine executed on its target already, and waited where it needed one of them."),
        Table(
            ["", ""],
            [
                ["pages, bytes", $"{Number(followed.Pages)}, {Number(followed.Bytes)}"],
                ["until all were there, ms", Milliseconds(followed.DurationVirtualUs)],
                ["pages that were waited for", Number(followed.Faults)],
                ["half of them came within, ms", Milliseconds(followed.WaitMedianVirtualUs)],
                ["99 of 100 came within, ms", Milliseconds(followed.WaitPercentile99VirtualUs)],
                ["the last came within, ms", Milliseconds(followed.WaitMaxVirtualUs)],
                ["all waits of all vCPUs, ms", Milliseconds(followed.WaitTotalVirtualUs)],
            ]));

    private static XElement Forms(IReadOnlyList<FormStatus> forms) => Section(
        "Pages by form",
        Table(
            ["form", "pages", "bytes", "bytes a page"],
            forms.Select(form => new[]
            {
                form.Form, Number(form.Pages), Number(form.Bytes), Number(form.Bytes / Math.Max(1, form.Pages)),
            })));

    private static XElement? Escalations(VirtualMachineMigrationStatus status) =>
        status.Escalations is { Count: > 0 } steps
            ? Section("What was done because rounds did not help", new XElement(
                "ul", steps.Select(step => new XElement("li", $"{step.Step}: {step.Reason}"))))
            : null;

    private static XElement Table(IEnumerable<string> heads, IEnumerable<string[]> rows) => new(
        "table",
        new XElement("tr", heads.Select(head => new XElement("th", head))),
        rows.Select(row => new XElement("tr", row.Select(cell => new XElement("td", cell)))));

    private static string Number(IFormattable value) => value.ToString("#,##0", CultureInfo.InvariantCulture);

    private static string Milliseconds(long microseconds) => microseconds == MigrationProgress.DowntimeUnknownUs
        ? "unknown" : (microseconds / 1e3).ToString("#,##0.###", CultureInfo.InvariantCulture);
}
