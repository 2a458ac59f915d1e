using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>Merges an applied configuration into a value: nothing goes, the applied leaves win.</summary>
/// <remarks>
/// Lists that merge are ordered like the stored one where the configuration changes nothing and like the configuration
/// where it does. Source: structured-merge-diff, <c>typed/merge.go</c>.
/// </remarks>
internal static class TypedMerge
{
    /// <returns>The merged value, which shares nothing with either.</returns>
    /// <exception cref="TypedException">A value does not fit the type.</exception>
    internal static JsonNode? Of(FieldType type, JsonNode? live, JsonNode? applied)
    {
        var errors = new List<string>();
        var merged = Merge(type, Operand.Of(live), Operand.Of(applied), errors);
        return errors.Count == 0 ? merged.Node : throw TypedText.Exception(errors);
    }

    private static Operand Merge(FieldType type, Operand left, Operand right, List<string> errors)
    {
        var typeOfLeft = left.IsPresent ? type.For(left.Node) : type;
        var typeOfRight = right.IsPresent ? type.For(right.Node) : type;
        if (!right.IsPresent)
        {
            return Handle(typeOfLeft, left, right, errors);
        }

        if (left.IsPresent && !typeOfLeft.IsSame(typeOfRight))
        {
            Handle(typeOfLeft, left, right, errors);
        }

        return Handle(typeOfRight, left, right, errors);
    }

    private static Operand Handle(FieldType type, Operand left, Operand right, List<string> errors)
    {
        if (type.Map is { } map)
        {
            var (l, r) = (left.Node as JsonObject, right.Node as JsonObject);
            return map.IsAtomic || ((l?.Count ?? 0) == 0 && (r?.Count ?? 0) == 0)
                ? Leaf(left, right)
                : MergeMaps(map, l, r, errors);
        }

        if (type.Scalar is { } scalar)
        {
            if (TypedText.CheckScalar(scalar, left.Node, "lhs: ") is { } leftError &&
                TypedText.CheckScalar(scalar, right.Node, "rhs: ") is { } rightError)
            {
                errors.Add(leftError);
                errors.Add(rightError);
                return Operand.Missing;
            }

            return Leaf(left, right);
        }

        var (leftList, rightList) = (left.Node as JsonArray, right.Node as JsonArray);
        return !type.List!.IsAssociative || ((leftList?.Count ?? 0) == 0 && (rightList?.Count ?? 0) == 0)
            ? Leaf(left, right)
            : MergeLists(type.List, leftList ?? [], rightList ?? [], errors);
    }

    private static Operand Leaf(Operand left, Operand right) =>
        Operand.Of((right.IsPresent ? right : left).Node?.DeepClone());

    private static Operand MergeMaps(MapShape type, JsonObject? left, JsonObject? right, List<string> errors)
    {
        var result = new JsonObject();
        foreach (var key in (left?.Select(p => p.Key) ?? []).Concat(right?.Select(p => p.Key) ?? []))
        {
            if (result.ContainsKey(key))
            {
                continue;
            }

            var field = type.Fields.GetValueOrDefault(key) ?? type.Element ?? FieldType.Deduced;
            var merged = Merge(field, Operand.Field(left, key), Operand.Field(right, key), errors);
            if (merged.IsPresent)
            {
                result[key] = merged.Node;
            }
        }

        return result.Count > 0 ? Operand.Of(result) : Operand.Missing;
    }

    private static Operand MergeLists(ListShape type, JsonArray left, JsonArray right, List<string> errors)
    {
        var lefts = NamedItems.Of(type, left, allowsDuplicates: true, errors);
        var rights = NamedItems.Of(type, right, allowsDuplicates: false, errors);
        if (errors.Count > 0)
        {
            return Operand.Missing;
        }

        var result = new JsonArray();
        var merged = new HashSet<PathElement>();
        var shared = new Queue<PathElement>(rights.Names.Where(lefts.Values.ContainsKey));
        for (var (l, r) = (0, 0); l < lefts.Names.Count || r < rights.Names.Count;)
        {
            if (l < lefts.Names.Count && r < rights.Names.Count)
            {
                var name = lefts.Names[l];
                var isShared = rights.Values.ContainsKey(name);
                if (!name.Equals(rights.Names[r]) && isShared && shared.TryPeek(out var next) && !next.Equals(name))
                {
                    // Both have it, but something else that both have comes first.
                    l++;
                    continue;
                }
            }

            if (l < lefts.Names.Count && !rights.Values.ContainsKey(lefts.Names[l]))
            {
                Add(result, Merge(type.Element, Operand.Of(left[l]), Operand.Missing, errors));
                l++;
                continue;
            }

            if (l < lefts.Names.Count && (merged.Contains(lefts.Names[l]) ||
                (r < rights.Names.Count && lefts.Names[l].Equals(rights.Names[r]))))
            {
                l++;
            }

            if (r < rights.Names.Count)
            {
                var name = rights.Names[r++];
                merged.Add(name);
                var item = lefts.Values.TryGetValue(name, out var stored) ? Operand.Of(stored) : Operand.Missing;
                Add(result, Merge(type.Element, item, Operand.Of(rights.Values[name]), errors));
                if (shared.TryPeek(out var next) && next.Equals(name))
                {
                    shared.Dequeue();
                }
            }
        }

        return result.Count > 0 ? Operand.Of(result) : Operand.Missing;
    }

    private static void Add(JsonArray list, Operand item)
    {
        if (item.IsPresent)
        {
            list.Add(item.Node);
        }
    }

    /// <summary>The items of a list by name, in order.</summary>
    /// <param name="Names">In order; repeated where an item is.</param>
    /// <param name="Values">Null for an item that repeats, which nothing is merged into.</param>
    private sealed record NamedItems(List<PathElement> Names, Dictionary<PathElement, JsonNode?> Values)
    {
        internal static NamedItems Of(ListShape type, JsonArray list, bool allowsDuplicates, List<string> errors)
        {
            var items = new NamedItems([], []);
            for (var i = 0; i < list.Count; i++)
            {
                if (TypedText.Name(type, list[i], out var error) is not { } name)
                {
                    errors.Add($"element {i}: {error}");
                    continue;
                }

                var isNew = items.Values.TryAdd(name, list[i]);
                if (!isNew && !allowsDuplicates)
                {
                    errors.Add($"duplicate entries for key {name}");
                    continue;
                }

                if (!isNew)
                {
                    items.Values[name] = null;
                }

                items.Names.Add(name);
            }

            return items;
        }
    }
}
