using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>A set of fields of an object: what one manager owns.</summary>
/// <remarks>
/// A field may be a member, have members below it, or both. Nothing changes a set once it left the code that built it.
/// Source: structured-merge-diff, <c>fieldpath.Set</c>.
/// </remarks>
internal sealed class FieldSet
{
    /// <summary>No field.</summary>
    internal static readonly FieldSet Empty = new();

    private readonly SortedDictionary<PathElement, Entry> entries = new(PathElement.Order);

    private readonly record struct Entry(bool IsMember, FieldSet? Children);

    /// <summary>True when the set has no member at any depth.</summary>
    internal bool IsEmpty => entries.Count == 0;

    /// <summary>The set of top-level fields of these names, without what is below them.</summary>
    internal static FieldSet OfTopLevel(params ReadOnlySpan<string> names)
    {
        var set = new FieldSet();
        foreach (var name in names)
        {
            set.Insert([PathElement.OfField(name)]);
        }

        return set;
    }

    /// <summary>The set of one field.</summary>
    internal static FieldSet OfPath(params ReadOnlySpan<string> names)
    {
        var set = new FieldSet();
        set.Insert([.. names.ToArray().Select(name => PathElement.OfField(name))]);
        return set;
    }

    /// <summary>Reads the <c>fieldsV1</c> of a managed-fields entry.</summary>
    /// <returns>Null when it is not a set of fields.</returns>
    internal static FieldSet? Parse(JsonNode? fieldsV1)
    {
        if (fieldsV1 is null)
        {
            return Empty;
        }

        var isMember = false;
        var set = new FieldSet();
        return set.TryRead(fieldsV1, ref isMember) ? set : null;
    }

    /// <summary>Adds a field while the set is being built; the path of the whole object is not a field.</summary>
    internal void Insert(ReadOnlySpan<PathElement> path)
    {
        if (path.Length == 0)
        {
            return;
        }

        entries.TryGetValue(path[0], out var entry);
        if (path.Length == 1)
        {
            entries[path[0]] = entry with { IsMember = true };
            return;
        }

        var children = entry.Children ?? new FieldSet();
        children.Insert(path[1..]);
        entries[path[0]] = entry with { Children = children };
    }

    /// <summary>True when the field itself is a member.</summary>
    internal bool Has(params ReadOnlySpan<PathElement> path)
    {
        if (path.Length == 0 || !entries.TryGetValue(path[0], out var entry))
        {
            return false;
        }

        return path.Length == 1 ? entry.IsMember : entry.Children?.Has(path[1..]) ?? false;
    }

    /// <summary>What is below a step.</summary>
    internal FieldSet Below(PathElement element) =>
        entries.TryGetValue(element, out var entry) ? entry.Children ?? Empty : Empty;

    internal FieldSet Union(FieldSet other) => Combine(
        other, (mine, theirs) => mine || theirs, (mine, theirs) => mine is null ? theirs : theirs is null
            ? mine
            : mine.Union(theirs));

    internal FieldSet Intersection(FieldSet other) => Combine(
        other, (mine, theirs) => mine && theirs, (mine, theirs) => mine is null || theirs is null
            ? null
            : mine.Intersection(theirs));

    /// <summary>Without the members of the other set; fields below them stay.</summary>
    internal FieldSet Difference(FieldSet other) => Combine(
        other, (mine, theirs) => mine && !theirs, (mine, theirs) => mine is null || theirs is null
            ? mine
            : mine.Difference(theirs));

    /// <summary>Without the members of the other set and everything below them.</summary>
    internal FieldSet RecursiveDifference(FieldSet other)
    {
        var result = new FieldSet();
        foreach (var (element, entry) in entries)
        {
            if (!other.entries.TryGetValue(element, out var theirs))
            {
                result.entries[element] = entry;
            }
            else if (!theirs.IsMember)
            {
                result.Keep(element, entry.IsMember, theirs.Children is null
                    ? entry.Children
                    : entry.Children?.RecursiveDifference(theirs.Children));
            }
        }

        return result;
    }

    /// <summary>With every declared field on the way to a member, which sets usually leave out.</summary>
    internal FieldSet WithDeclaredFields(FieldType? type)
    {
        var result = new FieldSet();
        foreach (var (element, entry) in entries)
        {
            var (below, isDeclared) = type?.Below(element) ?? (null, false);
            result.Keep(
                element, entry.IsMember || (isDeclared && entry.Children is not null),
                entry.Children?.WithDeclaredFields(below));
        }

        return result;
    }

    /// <summary>With what is below fields that are owned as a whole replaced by the fields themselves.</summary>
    /// <remarks>The schema may have changed since the set was written.</remarks>
    internal FieldSet WithWholeAtomics(FieldType? type)
    {
        var result = new FieldSet();
        foreach (var (element, entry) in entries)
        {
            var below = type?.Below(element).Type;
            if (entry.Children is not null && below is not null && IsWhole(below))
            {
                result.Keep(element, isMember: true, children: null);
            }
            else
            {
                result.Keep(element, entry.IsMember, entry.Children?.WithWholeAtomics(below));
            }
        }

        return result;
    }

    private static bool IsWhole(FieldType type) => type.Map is { } map
        ? map.IsAtomic && type.List is null
        : type.Scalar is null && type.List is { IsAssociative: false };

    /// <summary>Every member with its path, members of a level before what is below them.</summary>
    internal IEnumerable<IReadOnlyList<PathElement>> Paths()
    {
        foreach (var (element, entry) in entries)
        {
            if (entry.IsMember)
            {
                yield return [element];
            }
        }

        foreach (var (element, entry) in entries)
        {
            foreach (var path in entry.Children?.Paths() ?? [])
            {
                yield return [element, .. path];
            }
        }
    }

    /// <summary>The first steps, each with whether it is a member and what is below it.</summary>
    internal IEnumerable<(PathElement Element, bool IsMember, FieldSet Children)> Steps() =>
        entries.Select(e => (e.Key, e.Value.IsMember, e.Value.Children ?? Empty));

    /// <summary>The <c>fieldsV1</c> of a managed-fields entry.</summary>
    internal JsonObject ToJson() => ToJson(isMember: false);

    public override bool Equals(object? obj) => obj is FieldSet other && entries.Count == other.entries.Count &&
        entries.All(e => other.entries.TryGetValue(e.Key, out var theirs) && e.Value.IsMember == theirs.IsMember &&
            Equals(e.Value.Children ?? Empty, theirs.Children ?? Empty));

    public override int GetHashCode() => entries.Count;

    public override string ToString() => string.Join('\n', Paths().Select(path => string.Concat(path)));

    private JsonObject ToJson(bool isMember)
    {
        var json = new JsonObject();
        if (isMember && entries.Count > 0)
        {
            json["."] = new JsonObject();
        }

        foreach (var (element, entry) in entries)
        {
            json[element.Serialize()] = entry.Children?.ToJson(entry.IsMember) ?? [];
        }

        return json;
    }

    private bool TryRead(JsonNode? node, ref bool isMember)
    {
        if (node is not JsonObject json)
        {
            return false;
        }

        foreach (var (key, below) in json)
        {
            if (key == ".")
            {
                isMember = true;
                continue;
            }

            if (!PathElement.TryParse(key, out var element))
            {
                return false;
            }

            var children = new FieldSet();
            var isChildMember = false;
            if (!children.TryRead(below, ref isChildMember))
            {
                return false;
            }

            if (element is not null)
            {
                Keep(element, isChildMember || children.IsEmpty, children);
            }
        }

        return true;
    }

    private FieldSet Combine(
        FieldSet other, Func<bool, bool, bool> members, Func<FieldSet?, FieldSet?, FieldSet?> children)
    {
        var result = new FieldSet();
        foreach (var element in entries.Keys.Concat(other.entries.Keys))
        {
            entries.TryGetValue(element, out var mine);
            other.entries.TryGetValue(element, out var theirs);
            result.Keep(
                element, members(mine.IsMember, theirs.IsMember), children(mine.Children, theirs.Children));
        }

        return result;
    }

    private void Keep(PathElement element, bool isMember, FieldSet? children)
    {
        children = children is null || children.IsEmpty ? null : children;
        if (isMember || children is not null)
        {
            entries[element] = new(isMember, children);
        }
    }
}
