using System.Globalization;
using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Selectors;

namespace Vee.ControlPlane.Requests;

/// <summary>Which objects a list or watch is about, and as of when.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/apis/meta/internalversion</c>.</remarks>
internal sealed record ListOptions
{
    private const string NotOlderThan = "NotOlderThan";
    private const string Exact = "Exact";

    public required LabelSelector Labels { get; init; }

    public required FieldSelector Fields { get; init; }

    /// <value>0: no limit.</value>
    public required long Limit { get; init; }

    public required string Continue { get; init; }

    /// <summary>As given; empty for the newest state.</summary>
    public required string VersionText { get; init; }

    public required string Match { get; init; }

    /// <value>Null: not said.</value>
    public required bool? SendInitialEvents { get; init; }

    public required bool AllowsBookmarks { get; init; }

    /// <value>Null: as long as the server likes.</value>
    public required TimeSpan? Timeout { get; init; }

    internal bool HasSelector => !Labels.IsEverything || !Fields.IsEverything;

    /// <summary>Exactly the state of this version, not a newer one.</summary>
    internal bool IsExact => Match == Exact || (Match.Length == 0 && Limit > 0 && VersionText is not ("" or "0"));

    /// <exception cref="StatusException">400 or 422: no such parameter.</exception>
    internal static ListOptions Parse(IQueryCollection query, Func<string, string?> fieldFault, bool isWatch)
    {
        var options = new ListOptions
        {
            Labels = LabelSelector.Parse(Query.Text(query, "labelSelector")),
            Fields = FieldSelector.Parse(Query.Text(query, "fieldSelector"), fieldFault),
            Limit = Query.Number(query, "limit") ?? 0,
            Continue = Query.Text(query, "continue"),
            VersionText = Query.Text(query, "resourceVersion"),
            Match = Query.Text(query, "resourceVersionMatch"),
            SendInitialEvents = Query.OptionalFlag(query, "sendInitialEvents"),
            AllowsBookmarks = Query.Flag(query, "allowWatchBookmarks"),
            Timeout = Query.Number(query, "timeoutSeconds") is { } seconds and > 0
                ? TimeSpan.FromSeconds(Math.Min(seconds, 24 * 3600))
                : null,
        };
        var errors = isWatch ? options.WatchErrors() : options.ListErrors();
        return errors.Count == 0 ? options : throw Fault.Invalid("meta.k8s.io", "ListOptions", "", errors);
    }

    /// <summary>The version as a number; 0 for any.</summary>
    /// <exception cref="StatusException">It is no number.</exception>
    internal long Version()
    {
        if (VersionText.Length == 0)
        {
            return 0;
        }

        if (long.TryParse(VersionText, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            return version;
        }

        var error = $"resourceVersion: Invalid value: {GoText.Quote(VersionText)}: strconv.ParseUint: parsing "
            + $"{GoText.Quote(VersionText)}: invalid syntax";
        throw Limit > 0 ? Fault.BadRequest($"invalid resource version: {error}") : Fault.Internal(error);
    }

    private List<FieldError> ListErrors()
    {
        var errors = new List<FieldError>();
        var match = FieldPath.Of("resourceVersionMatch");
        if (Match.Length > 0)
        {
            if (VersionText.Length == 0)
            {
                errors.Add(FieldError.Forbidden(
                    match, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
            }

            AddMatchWithContinue(errors);
            if (Match is not (Exact or NotOlderThan))
            {
                errors.Add(FieldError.NotSupported(match, Match, [Exact, NotOlderThan, ""]));
            }

            if (Match == Exact && VersionText == "0")
            {
                errors.Add(FieldError.Forbidden(
                    match, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
            }
        }

        if (SendInitialEvents is not null)
        {
            errors.Add(FieldError.Forbidden(
                FieldPath.Of("sendInitialEvents"), "sendInitialEvents is forbidden for list"));
        }

        return errors;
    }

    private List<FieldError> WatchErrors()
    {
        var errors = new List<FieldError>();
        var match = FieldPath.Of("resourceVersionMatch");
        if (SendInitialEvents is not null && Match != NotOlderThan)
        {
            errors.Add(FieldError.Forbidden(
                match, $"sendInitialEvents requires setting resourceVersionMatch to {NotOlderThan}"));
        }

        if (Match.Length > 0)
        {
            if (SendInitialEvents is null)
            {
                errors.Add(FieldError.Forbidden(
                    match, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
            }

            if (Match != NotOlderThan)
            {
                errors.Add(FieldError.NotSupported(match, Match, [NotOlderThan]));
            }

            AddMatchWithContinue(errors);
        }

        return errors;
    }

    private void AddMatchWithContinue(List<FieldError> errors)
    {
        if (Continue.Length > 0)
        {
            errors.Add(FieldError.Forbidden(
                FieldPath.Of("resourceVersionMatch"), "resourceVersionMatch is forbidden when continue is provided"));
        }
    }
}
