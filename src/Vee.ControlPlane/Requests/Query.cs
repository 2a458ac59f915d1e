using System.Globalization;
using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Requests;

/// <summary>Reads the parameters of a request.</summary>
internal static class Query
{
    internal static string Text(IQueryCollection query, string name) =>
        query.TryGetValue(name, out var values) ? values[^1] ?? "" : "";

    /// <summary>True for <c>true</c> and <c>1</c>, and for the bare name.</summary>
    internal static bool Flag(IQueryCollection query, string name) => OptionalFlag(query, name) ?? false;

    /// <summary>Null when the parameter is not there.</summary>
    internal static bool? OptionalFlag(IQueryCollection query, string name) => query.ContainsKey(name)
        ? Text(query, name).ToLowerInvariant() is not ("false" or "0")
        : null;

    /// <exception cref="StatusException">400: no number.</exception>
    internal static long? Number(IQueryCollection query, string name)
    {
        var text = Text(query, name);
        if (text.Length == 0)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Fault.BadRequest(
                $"strconv.ParseInt: parsing {GoText.Quote(text)}: invalid syntax");
    }
}
