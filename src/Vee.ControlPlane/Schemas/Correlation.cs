using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>A value together with what it was before, where that can be told.</summary>
/// <remarks>
/// Fields and keys correspond by name, items of lists of type map by their keys, other items not at all.
/// Source: apiserver, <c>pkg/cel/common/equality.go</c>.
/// </remarks>
internal sealed class Correlation(JsonNode? value, JsonNode? old, StructuralSchema? schema)
{
    private readonly Dictionary<string, Correlation?> keys = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Correlation?> items = [];
    private ListIndex? oldItems;
    private bool? isUnchanged;

    internal JsonNode? Value => value;

    internal JsonNode? Old => old;

    /// <summary>True when nothing changed here and below, as far as items can be told apart.</summary>
    internal bool IsUnchanged => isUnchanged ??= Compare();

    /// <summary>The field or key below; null where there is no old one.</summary>
    internal Correlation? Key(string key)
    {
        if (!keys.TryGetValue(key, out var below))
        {
            keys[key] = below = schema is not null && value is JsonObject now && old is JsonObject before &&
                now.TryGetPropertyValue(key, out var newValue) && before.TryGetPropertyValue(key, out var oldValue) &&
                schema.ForKey(key) is { } schemaBelow
                ? new(newValue, oldValue, schemaBelow)
                : null;
        }

        return below;
    }

    /// <summary>The item below; null where there is no old one.</summary>
    internal Correlation? Item(int index)
    {
        if (!items.TryGetValue(index, out var below))
        {
            items[index] = below = MakeItem(index);
        }

        return below;
    }

    private Correlation? MakeItem(int index)
    {
        if (schema is not { ListType: "map", Items: not null } || value is not JsonArray now ||
            old is not JsonArray before || index >= now.Count)
        {
            return null;
        }

        oldItems ??= new ListIndex(before, schema.ListMapKeys);
        return oldItems.Find(now[index]) is { } oldItem ? new(now[index], oldItem, schema.Items) : null;
    }

    private bool Compare()
    {
        switch (value, old)
        {
            case (JsonArray now, JsonArray before):
                if (now.Count != before.Count)
                {
                    return false;
                }

                return schema?.ListType == "map"
                    ? Enumerable.Range(0, now.Count).All(i => Item(i)?.IsUnchanged ?? false)
                    : Json.AreEqual(now, before);
            case (JsonObject now, JsonObject before):
                return now.Count == before.Count && now.All(p => Key(p.Key)?.IsUnchanged ?? false);
            default:
                return Json.AreEqual(value, old);
        }
    }
}

/// <summary>The items of a list of type map by their keys; of items with equal keys none.</summary>
internal sealed class ListIndex
{
    private readonly Dictionary<string, JsonNode?> items = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<string> keys;

    internal ListIndex(JsonArray list, IReadOnlyList<string> keys)
    {
        this.keys = keys;
        foreach (var item in list)
        {
            // What is there twice corresponds to nothing.
            if (Name(item) is { } name && !items.TryAdd(name, item))
            {
                items[name] = null;
            }
        }
    }

    /// <summary>The item with the keys of this one; null where there is none.</summary>
    internal JsonNode? Find(JsonNode? item) => Name(item) is { } name ? items.GetValueOrDefault(name) : null;

    private string? Name(JsonNode? item)
    {
        if (item is not JsonObject fields)
        {
            return null;
        }

        var name = new JsonArray();
        foreach (var key in keys)
        {
            name.Add(fields[key]?.DeepClone());
        }

        return Json.ToGoString(name);
    }
}
