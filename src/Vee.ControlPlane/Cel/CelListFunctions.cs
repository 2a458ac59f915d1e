using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>Functions of lists and optionals.</summary>
internal static class CelListFunctions
{
    /// <summary>
    /// Two lists one after the other; of sets and maps of a schema, items of the second take the place of their likes.
    /// </summary>
    internal static CelList Concatenate(CelList left, CelList right)
    {
        if (left.Schema?.ListType is not ("set" or "map"))
        {
            return new(left.Items.Concat(right.Items));
        }

        var items = left.Items.ToList();
        foreach (var item in right.Items)
        {
            var index = items.FindIndex(i => AreAlike(i, item, left.Schema));
            if (index >= 0)
            {
                items[index] = item;
            }
            else
            {
                items.Add(item);
            }
        }

        return new(items);
    }

    /// <returns>Null where there is no such function.</returns>
    internal static object? Call(string name, object[] a)
    {
        switch (name)
        {
            case "optional.of":
                return new CelOptional(a[0]);
            case "optional.none":
                return CelOptional.None;
            case "optional.ofNonZeroValue":
                var isZero = a[0] is 0L or 0UL or 0.0 or false or "" or CelNull or CelList { Count: 0 }
                    or CelMap { Count: 0 };
                return isZero ? CelOptional.None : new CelOptional(a[0]);
        }

        return a.Length == 0 ? null : a[0] switch
        {
            CelOptional optional => CallOptional(name, optional, a),
            CelList list => CallList(name, list, a),
            _ => null,
        };
    }

    private static object? CallOptional(string name, CelOptional optional, object[] a) => name switch
    {
        "hasValue" => optional.Value is not null,
        "value" => optional.Value ?? new CelError("optional.none() dereference"),
        "or" => optional.Value is null ? a[1] : optional,
        "orValue" => optional.Value ?? a[1],
        _ => null,
    };

    private static object? CallList(string name, CelList list, object[] a)
    {
        switch (name)
        {
            case "isSorted":
                return Enumerable.Range(1, Math.Max(0, list.Count - 1))
                    .All(i => CelEquality.Compare(list[i - 1], list[i]) <= 0);
            case "sum":
                return Sum(list);
            case "min" or "max":
                if (list.Count == 0)
                {
                    return new CelError($"{name} called on empty list");
                }

                return list.Items.Aggregate((best, item) =>
                    (name == "min") == (CelEquality.Compare(item, best) < 0) && CelEquality.Compare(item, best) != 0
                        ? item
                        : best);
            case "indexOf":
                return (long)list.Items.ToList().FindIndex(i => CelEquality.Equals(i, a[1]));
            case "lastIndexOf":
                return (long)list.Items.ToList().FindLastIndex(i => CelEquality.Equals(i, a[1]));
            default:
                return null;
        }
    }

    private static object Sum(CelList list)
    {
        if (list.Count == 0)
        {
            return 0L;
        }

        return list[0] switch
        {
            long => list.Items.Aggregate(0L, (sum, i) => checked(sum + (long)i)),
            ulong => list.Items.Aggregate(0UL, (sum, i) => checked(sum + (ulong)i)),
            double => list.Items.Sum(i => (double)i),
            CelDuration => new CelDuration(list.Items.Sum(i => ((CelDuration)i).Nanoseconds)),
            _ => CelError.NoOverload,
        };
    }

    private static bool AreAlike(object left, object right, StructuralSchema schema) => schema.ListType == "set"
        ? CelEquality.Equals(left, right)
        : left is CelMap l && right is CelMap r && schema.ListMapKeys.All(key => (l.Find(key), r.Find(key)) switch
        {
            (null, null) => true,
            ({ } x, { } y) => CelEquality.Equals(x, y),
            _ => false,
        });
}
