using System.Globalization;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>Who wrote: a manager, how it wrote, through which version and subresource.</summary>
/// <param name="Name">For example <c>kubectl</c>.</param>
/// <param name="IsApply">True for <c>Apply</c>, false for <c>Update</c>.</param>
/// <param name="ApiVersion">Empty for Apply, whose entries are one per manager and subresource.</param>
/// <param name="Subresource">Empty for the object itself.</param>
internal sealed record ManagerId(string Name, bool IsApply, string ApiVersion, string Subresource)
{
    internal static ManagerId Apply(string name, string subresource) =>
        new(Named(name), IsApply: true, "", subresource);

    internal static ManagerId Update(string name, string apiVersion, string subresource) =>
        new(Named(name), IsApply: false, apiVersion, subresource);

    /// <summary>The order in which Kubernetes lists managers in messages: that of their JSON.</summary>
    internal string SortKey
    {
        get
        {
            var version = ApiVersion.Length == 0 ? "" : $",\"apiVersion\":{Json.ToGoString(ApiVersion)}";
            var through = Subresource.Length == 0 ? "" : $",\"subresource\":{Json.ToGoString(Subresource)}";
            var operation = IsApply ? "Apply" : "Update";
            return $"{{\"manager\":{Json.ToGoString(Name)},\"operation\":\"{operation}\"{version}{through}}}";
        }
    }

    /// <summary>As messages name it.</summary>
    public override string ToString()
    {
        var name = GoText.Quote(Name);
        var through = Subresource.Length == 0 ? name : $"{name} with subresource {GoText.Quote(Subresource)}";
        return IsApply ? through : $"{through} using {ApiVersion}";
    }

    private static string Named(string name) => name.Length == 0 ? "unknown" : name;
}

/// <summary>What one manager owns.</summary>
/// <param name="Fields">The fields.</param>
/// <param name="ApiVersion">The version in which the fields are named.</param>
/// <param name="Time">When the manager last changed something, RFC 3339; null where nobody knows.</param>
internal sealed record Ownership(FieldSet Fields, string ApiVersion, string? Time)
{
    /// <summary>Seconds since 1970; 0 without a time.</summary>
    internal long Seconds => DateTimeOffset.TryParse(
        Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        ? time.ToUnixTimeSeconds()
        : 0;
}

/// <summary>The list <c>metadata.managedFields</c>, decoded.</summary>
internal sealed class ManagedFields
{
    private const string Format = "FieldsV1";

    private readonly Dictionary<ManagerId, Ownership> owners = [];

    internal int Count => owners.Count;

    internal IReadOnlyDictionary<ManagerId, Ownership> Owners => owners;

    internal Ownership? this[ManagerId id]
    {
        get => owners.GetValueOrDefault(id);
        set
        {
            if (value is null)
            {
                owners.Remove(id);
            }
            else
            {
                owners[id] = value;
            }
        }
    }

    /// <summary>Reads the list of an object.</summary>
    /// <param name="list">The value of <c>metadata.managedFields</c>.</param>
    /// <param name="error">Why the list is not valid; empty when it is.</param>
    /// <returns>Null when it is not valid.</returns>
    internal static ManagedFields? Decode(JsonNode? list, out string error)
    {
        error = "";
        var managed = new ManagedFields();
        var entries = list as JsonArray ?? [];
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            var operation = Json.GetString(Json.Field(entry, "operation"));
            var apiVersion = Json.GetString(Json.Field(entry, "apiVersion")) ?? "";
            var type = Json.GetString(Json.Field(entry, "fieldsType")) ?? "";
            var fields = FieldSet.Parse(Json.Field(entry, "fieldsV1"));
            error = operation is not ("Apply" or "Update") ? "operation must be `Apply` or `Update`"
                : apiVersion.Length == 0 ? "apiVersion must not be empty"
                : type.Length == 0 ? $"missing fieldsType in managed fields entry {i}"
                : type != Format ? $"invalid fieldsType {GoText.Quote(type)} in managed fields entry {i}"
                : fields is null ? "error decoding set"
                : "";
            if (error.Length > 0)
            {
                return null;
            }

            var name = Json.GetString(Json.Field(entry, "manager")) ?? "";
            var subresource = Json.GetString(Json.Field(entry, "subresource")) ?? "";
            var isApply = operation == "Apply";
            managed[new(name, isApply, isApply ? "" : apiVersion, subresource)] =
                new(fields!, apiVersion, Json.GetString(Json.Field(entry, "time")));
        }

        return managed;
    }

    /// <summary>The list for an object, sorted as Kubernetes sorts it; null when nobody owns anything.</summary>
    internal JsonArray? Encode()
    {
        if (owners.Count == 0)
        {
            return null;
        }

        var sorted = owners.OrderBy(o => o.Key.IsApply ? 0 : 1).ThenBy(o => o.Value.Seconds)
            .ThenBy(o => o.Key.Name, StringComparer.Ordinal).ThenBy(o => o.Value.ApiVersion, StringComparer.Ordinal)
            .ThenBy(o => o.Key.Subresource, StringComparer.Ordinal);
        var list = new JsonArray();
        foreach (var (id, ownership) in sorted)
        {
            list.Add((JsonNode)Encode(id, ownership));
        }

        return list;
    }

    internal ManagedFields Copy()
    {
        var copy = new ManagedFields();
        foreach (var (id, ownership) in owners)
        {
            copy[id] = ownership;
        }

        return copy;
    }

    private static JsonObject Encode(ManagerId id, Ownership ownership)
    {
        var entry = new JsonObject
        {
            ["manager"] = id.Name,
            ["operation"] = id.IsApply ? "Apply" : "Update",
            ["apiVersion"] = ownership.ApiVersion,
        };
        if (ownership.Time is { } time)
        {
            entry["time"] = time;
        }

        entry["fieldsType"] = Format;
        entry["fieldsV1"] = ownership.Fields.ToJson();
        if (id.Subresource.Length > 0)
        {
            entry["subresource"] = id.Subresource;
        }

        return entry;
    }
}
