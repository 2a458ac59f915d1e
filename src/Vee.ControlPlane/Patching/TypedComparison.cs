using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>What differs between two values of one type.</summary>
/// <remarks>Source: structured-merge-diff, <c>typed/compare.go</c>.</remarks>
internal sealed class TypedComparison
{
    private readonly List<PathElement> path = [];
    private readonly List<string> errors = [];

    private TypedComparison()
    {
    }

    /// <summary>Fields that only the second value has.</summary>
    internal FieldSet Added { get; private set; } = new();

    /// <summary>Fields that both have and that differ.</summary>
    internal FieldSet Modified { get; private set; } = new();

    /// <summary>Fields that only the first value has.</summary>
    internal FieldSet Removed { get; private set; } = new();

    /// <summary>What the second value added or changed.</summary>
    internal FieldSet Touched => Added.Union(Modified);

    /// <exception cref="TypedException">A value does not fit the type.</exception>
    internal static TypedComparison Of(FieldType type, JsonNode? left, JsonNode? right)
    {
        var comparison = new TypedComparison();
        comparison.Compare(type, Operand.Of(left), Operand.Of(right));
        return comparison.errors.Count == 0 ? comparison : throw TypedText.Exception(comparison.errors);
    }

    /// <summary>Without some fields and all below them.</summary>
    internal TypedComparison Without(FieldSet fields) => new()
    {
        Added = Added.RecursiveDifference(fields),
        Modified = Modified.RecursiveDifference(fields),
        Removed = Removed.RecursiveDifference(fields),
    };

    private void Compare(FieldType type, Operand left, Operand right)
    {
        var typeOfLeft = left.IsPresent ? type.For(left.Node) : type;
        var typeOfRight = right.IsPresent ? type.For(right.Node) : type;
        bool isLeaf;
        if (!right.IsPresent)
        {
            isLeaf = Handle(typeOfLeft, left, right);
        }
        else if (!left.IsPresent || typeOfLeft.IsSame(typeOfRight))
        {
            isLeaf = Handle(typeOfRight, left, right);
        }
        else
        {
            Handle(typeOfLeft, left, right);
            isLeaf = Handle(typeOfRight, left, right);
        }

        if (!isLeaf && !left.IsPresent)
        {
            Insert(Added);
        }
        else if (!isLeaf && !right.IsPresent)
        {
            Insert(Removed);
        }
    }

    private bool Handle(FieldType type, Operand left, Operand right)
    {
        if (type.Map is { } map)
        {
            var (l, r) = (left.Node as JsonObject, right.Node as JsonObject);
            if (map.IsAtomic || ((l?.Count ?? 0) == 0 && (r?.Count ?? 0) == 0))
            {
                return Leaf(left, right);
            }

            CompareMaps(map, l, r);
            return false;
        }

        if (type.Scalar is { } scalar)
        {
            if (TypedText.CheckScalar(scalar, left.Node, "lhs: ") is { } leftError &&
                TypedText.CheckScalar(scalar, right.Node, "rhs: ") is { } rightError)
            {
                errors.Add(leftError);
                errors.Add(rightError);
                return false;
            }

            return Leaf(left, right);
        }

        var (leftList, rightList) = (left.Node as JsonArray, right.Node as JsonArray);
        if (!type.List!.IsAssociative || ((leftList?.Count ?? 0) == 0 && (rightList?.Count ?? 0) == 0))
        {
            return Leaf(left, right);
        }

        CompareLists(type.List, leftList, rightList);
        return false;
    }

    private bool Leaf(Operand left, Operand right)
    {
        if (!left.IsPresent)
        {
            Insert(Added);
        }
        else if (!right.IsPresent)
        {
            Insert(Removed);
        }
        else if (!Json.AreEqual(left.Node, right.Node))
        {
            Insert(Modified);
        }

        return true;
    }

    private void CompareMaps(MapShape type, JsonObject? left, JsonObject? right)
    {
        foreach (var key in Keys(left, right))
        {
            Descend(
                PathElement.OfField(key), type.Fields.GetValueOrDefault(key) ?? type.Element ?? FieldType.Deduced,
                Operand.Field(left, key), Operand.Field(right, key));
        }
    }

    private static IEnumerable<string> Keys(JsonObject? left, JsonObject? right) =>
        (left?.Select(p => p.Key) ?? []).Concat(
            right?.Select(p => p.Key).Where(k => left is null || !left.ContainsKey(k)) ?? []);

    private void CompareLists(ListShape type, JsonArray? left, JsonArray? right)
    {
        var order = new List<PathElement>();
        var lefts = Gather(type, left, order);
        var rights = Gather(type, right, order);
        foreach (var name in order.Distinct())
        {
            CompareItems(type, name, lefts.GetValueOrDefault(name) ?? [], rights.GetValueOrDefault(name) ?? []);
        }
    }

    private Dictionary<PathElement, List<JsonNode?>> Gather(ListShape type, JsonArray? list, List<PathElement> order)
    {
        var items = new Dictionary<PathElement, List<JsonNode?>>();
        for (var i = 0; i < (list?.Count ?? 0); i++)
        {
            if (TypedText.Name(type, list![i], out var error) is not { } name)
            {
                errors.Add($"{string.Concat(path)}: element {i}: {error}");
                continue;
            }

            if (!items.TryGetValue(name, out var same))
            {
                items[name] = same = [];
                order.Add(name);
            }

            same.Add(list[i]);
        }

        return items;
    }

    private void CompareItems(ListShape type, PathElement name, List<JsonNode?> left, List<JsonNode?> right)
    {
        if (left.Count <= 1 && right.Count <= 1)
        {
            Descend(name, type.Element, First(left), First(right));
        }
        else if (left.Count >= 2 && right.Count >= 2)
        {
            // Items that repeat on both sides are compared as a whole.
            var areEqual = left.Count == right.Count &&
                left.Zip(right).All(pair => Json.AreEqual(pair.First, pair.Second));
            InsertBelow(areEqual ? null : Modified, name);
        }
        else if (left.Count >= 2)
        {
            if (right.Count > 0)
            {
                Descend(name, type.Element, Operand.Missing, First(right));
            }

            InsertBelow(Removed, name);
        }
        else
        {
            if (left.Count > 0)
            {
                Descend(name, type.Element, First(left), Operand.Missing);
            }

            InsertBelow(Added, name);
        }
    }

    private static Operand First(List<JsonNode?> items) => items.Count == 0 ? Operand.Missing : Operand.Of(items[0]);

    private void Descend(PathElement element, FieldType type, Operand left, Operand right)
    {
        path.Add(element);
        Compare(type, left, right);
        path.RemoveAt(path.Count - 1);
    }

    private void InsertBelow(FieldSet? set, PathElement element) => set?.Insert([.. path, element]);

    private void Insert(FieldSet set) => set.Insert([.. path]);
}
