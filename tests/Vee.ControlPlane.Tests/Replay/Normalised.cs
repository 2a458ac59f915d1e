using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Vee.ControlPlane.Tests.Replay;

/// <summary>Answers without what may differ between two correct servers: uids, versions, times, tokens, ages.</summary>
internal static partial class Normalised
{
    private static readonly HashSet<string> Volatile =
    [
        "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "time", "continue", "remainingItemCount",
        "storedVersions", "lastTransitionTime", "firstTimestamp", "lastTimestamp", "collectionVersion",
        "storageVersionHash", "retryAfterSeconds", "shards", "extra",
    ];

    private static readonly HashSet<string> Ages = ["Age", "Since", "Last Seen", "First Seen", "Created At"];

    internal static JsonNode? Of(JsonNode? node, string key = "") => node switch
    {
        JsonObject fields => Fields(WithoutAges(fields)),
        JsonArray items => Items(items, key),
        JsonValue value when value.TryGetValue<string>(out var text) => Text(text),
        _ => node?.DeepClone(),
    };

    /// <summary>Discovery may list more or fewer kinds: what both list must agree.</summary>
    internal static bool Agree(JsonNode? want, JsonNode? got)
    {
        if ((want as JsonObject)?["resources"] is not JsonArray theirs
            || (got as JsonObject)?["resources"] is not JsonArray ours)
        {
            return Equal(want, got);
        }

        var known = theirs.ToDictionary(r => (string)r!["name"]!, r => r, StringComparer.Ordinal);
        return ours.All(r => !known.TryGetValue((string)r!["name"]!, out var theirOwn) || Equal(theirOwn, r));
    }

    private static bool Equal(JsonNode? left, JsonNode? right) => JsonNode.DeepEquals(left, right);

    private static JsonObject Fields(JsonObject fields)
    {
        var normal = new JsonObject();
        foreach (var (name, value) in fields)
        {
            var isVolatile = Volatile.Contains(name)
                && value is JsonValue && !(value is JsonValue v && v.TryGetValue<string>(out var t) && t.Length == 0);
            normal[name] = isVolatile || name is "storedVersions" or "extra"
                ? JsonValue.Create("<volatile>")
                : Of(value, name);
        }

        return normal;
    }

    private static JsonArray Items(JsonArray items, string key)
    {
        var normal = items.Select(item => Of(item, key)).ToList();
        if (key is "managedFields" or "conditions" or "causes")
        {
            normal = [.. normal.OrderBy(item => Sorted(item), StringComparer.Ordinal)];
        }

        return new([.. normal]);
    }

    private static string Sorted(JsonNode? node) => node switch
    {
        JsonObject fields => string.Join(
            ',', fields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}:{Sorted(f.Value)}")),
        JsonArray items => string.Join(';', items.Select(Sorted)),
        _ => node?.ToJsonString() ?? "null",
    };

    private static JsonObject WithoutAges(JsonObject fields)
    {
        if ((string?)(fields["kind"] as JsonValue) != "Table")
        {
            return fields;
        }

        var copy = (JsonObject)fields.DeepClone();
        if (fields["columnDefinitions"] is not JsonArray columns)
        {
            // The tables of a watch after the first one do not say which column is an age.
            foreach (var cells in copy["rows"]!.AsArray().Select(row => row!["cells"]!.AsArray()))
            {
                for (var i = 0; i < cells.Count; i++)
                {
                    cells[i] = cells[i] is JsonValue cell && cell.TryGetValue<string>(out var text)
                        && Age().IsMatch(text) ? "<age>" : cells[i]?.DeepClone();
                }
            }

            return copy;
        }

        for (var i = 0; i < columns.Count; i++)
        {
            if ((string?)columns[i]!["type"] == "date" || Ages.Contains((string?)columns[i]!["name"] ?? ""))
            {
                foreach (var row in copy["rows"]!.AsArray())
                {
                    row!["cells"]![i] = "<age>";
                }
            }
        }

        return copy;
    }

    private static string Text(string text)
    {
        text = Uid().Replace(text, "<uid>");
        text = Time().Replace(text, "<time>");
        text = Generated().Replace(text, "gen-<random>");
        text = Version().Replace(text, "${before}<rv>");
        var several = Several().Match(text);
        return several.Success
            ? several.Groups["head"].Value
                + string.Join(", ", several.Groups["errors"].Value.Split(", ").Order(StringComparer.Ordinal)) + "]"
            : text;
    }

    [GeneratedRegex("^(\\d+[ydhms])+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Age();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.None, 1000)]
    private static partial Regex Uid();

    [GeneratedRegex(@"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Time();

    [GeneratedRegex(@"\bgen-[a-z0-9]{5}\b", RegexOptions.None, 1000)]
    private static partial Regex Generated();

    [GeneratedRegex(
        "(?<before>current: |resource version: |in record \\(|resourceVersion: \"?)\\d+", RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Version();

    [GeneratedRegex(@"^(?<head>.* is invalid: \[)(?<errors>.*)\]$",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Several();
}
