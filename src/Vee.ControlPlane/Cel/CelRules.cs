using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>The rules of a schema, compiled: those of a value, then those of what is below it.</summary>
/// <remarks>
/// Source: apiextensions-apiserver, <c>schema/cel/validation.go</c>. Immutable and thread-safe.
/// </remarks>
internal sealed class CelRules
{
    private readonly StructuralSchema schema;
    private readonly IReadOnlyList<CelRule> rules;
    private readonly CelRules? items;
    private readonly CelRules? additional;
    private readonly SortedDictionary<string, CelRules> properties = new(StringComparer.Ordinal);
    private readonly List<CelRules> allOf = [];

    /// <summary>Compiles the rules of a whole object's schema.</summary>
    internal CelRules(StructuralSchema schema)
        : this(schema, schema, isResource: true)
    {
    }

    private CelRules(StructuralSchema source, StructuralSchema schema, bool isResource)
    {
        this.schema = schema;
        rules = CelRule.Compile(source.Rules, schema, isResource);
        items = Below(source.Items, schema.Items);
        additional = Below(source.AdditionalProperties, schema.AdditionalProperties);
        foreach (var (name, property) in source.Properties)
        {
            if (Below(property, schema.Properties.GetValueOrDefault(name)) is { } below)
            {
                properties[name] = below;
            }
        }

        allOf.AddRange(source.Limits.AllOf.Select(s => new CelRules(s, schema, isResource)).Where(r => !r.IsEmpty));
    }

    /// <summary>True when there is no rule here and below.</summary>
    internal bool IsEmpty => rules.Count == 0 && items is null && additional is null && properties.Count == 0 &&
        allOf.Count == 0;

    /// <summary>Runs the rules.</summary>
    /// <param name="value">The new object.</param>
    /// <param name="old">The stored object; null on create.</param>
    /// <param name="correlation">Both, to excuse what is broken and unchanged; null on create.</param>
    internal IReadOnlyList<FieldError> Validate(JsonObject value, JsonObject? old, Correlation? correlation)
    {
        var run = new CelRun();
        Validate(value, old, new(correlation, null), FieldPath.Root, run);
        return run.Errors;
    }

    /// <summary>Runs the rules over a value that is no whole object: a default.</summary>
    internal IReadOnlyList<FieldError> ValidateValue(JsonNode value, FieldPath path)
    {
        var run = new CelRun();
        Validate(value, value, default, path, run);
        return run.Errors;
    }

    private static CelRules? Below(StructuralSchema? source, StructuralSchema? schema)
    {
        if (source is null || schema is null)
        {
            return null;
        }

        var below = new CelRules(source, schema, schema.IsEmbeddedResource);
        return below.IsEmpty ? null : below;
    }

    private void Validate(JsonNode? value, JsonNode? old, Ratchet ratchet, FieldPath path, CelRun run)
    {
        if (value is null || run.IsOver)
        {
            return;
        }

        run.Run(rules, schema, value, old, ratchet, path);
        foreach (var alternative in allOf)
        {
            alternative.Validate(value, old, new(null, ratchet.Parent), path, run);
        }

        if (value is JsonArray list && items is not null)
        {
            var before = old is JsonArray oldList && schema.ListType == "map"
                ? new ListIndex(oldList, schema.ListMapKeys)
                : null;
            for (var i = 0; i < list.Count; i++)
            {
                items.Validate(list[i], before?.Find(list[i]), ratchet.Item(i), path.Index(i), run);
            }
        }
        else if (value is JsonObject map)
        {
            ValidateMap(map, old as JsonObject, ratchet, path, run);
        }
    }

    private void ValidateMap(JsonObject map, JsonObject? old, Ratchet ratchet, FieldPath path, CelRun run)
    {
        foreach (var (key, below) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            additional?.Validate(below, old?[key], ratchet.Key(key), path.Key(key), run);
            properties.GetValueOrDefault(key)?.Validate(below, old?[key], ratchet.Key(key), path.Child(key), run);
        }
    }
}

/// <summary>What a value was before, or what it is in was, where the value itself cannot be told.</summary>
internal readonly record struct Ratchet(Correlation? Current, Correlation? Parent)
{
    /// <summary>True when what is broken was so before.</summary>
    internal bool IsUnchanged => Current is not null ? Current.IsUnchanged : Parent?.IsUnchanged ?? false;

    internal Ratchet Key(string key)
    {
        if (Current is null)
        {
            return this;
        }

        return Parent is null && key is "apiVersion" or "kind" ? default : new(Current.Key(key), Current);
    }

    internal Ratchet Item(int index) => Current is null ? this : new(Current.Item(index), Current);
}
