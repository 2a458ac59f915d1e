namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads an object field by field, and complains about what nobody asked for.</summary>
internal sealed class FieldReader
{
    private readonly ScenarioNode node;
    private readonly string path;
    private readonly DefectList defects;
    private readonly List<string> known = [];

    /// <param name="value">What has to be an object; if it is none, it has no fields and one defect.</param>
    public FieldReader(ScenarioValue value)
    {
        (node, path, defects) = (value.Node, value.Path, value.Defects);
        if (node is not ScenarioNode.Mapping)
        {
            value.Refuse($"must be an object, not {value.Kind}");
        }
    }

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => node is ScenarioNode.Mapping;

    /// <summary>Names of the fields that are there.</summary>
    public IEnumerable<string> Names => Fields.Select(f => f.Name);

    private IReadOnlyList<ScenarioField> Fields => node is ScenarioNode.Mapping map ? map.Fields : [];

    /// <summary>A field that may be missing.</summary>
    public ScenarioValue? Optional(string name)
    {
        known.Add(name);
        return Fields.FirstOrDefault(field => field.Name == name) is { } field
            ? new ScenarioValue(field.Value, PathOf(name), defects)
            : null;
    }

    /// <summary>A field that may not be missing.</summary>
    public ScenarioValue? Required(string name)
    {
        var value = Optional(name);
        if (value is null && IsObject)
        {
            defects.Add(PathOf(name), node.Position, "is missing, and has to be there");
        }

        return value;
    }

    /// <summary>The only one of some fields that is there, which says what kind of thing this is.</summary>
    public string? OneOf(params IReadOnlyList<string> names)
    {
        known.AddRange(names);
        string[] present = [.. Names.Where(names.Contains)];
        if (present.Length == 1)
        {
            return present[0];
        }

        if (IsObject)
        {
            var found = present.Length == 0 ? "none of them is there" : $"{string.Join(" and ", present)} are there";
            defects.Add(path, node.Position, $"must have exactly one of {string.Join(", ", names)}: {found}");
        }

        return null;
    }

    /// <summary>Complains about fields that were not asked for.</summary>
    public void Finish()
    {
        foreach (var field in Fields.Where(field => !known.Contains(field.Name)))
        {
            defects.Add(
                PathOf(ScenarioText.Shown(field.Name)), field.Position,
                $"there is no such field; there are {string.Join(", ", known.Distinct())}");
        }
    }

    /// <summary>Complains about the object as a whole.</summary>
    public void Refuse(string message) => defects.Add(path, node.Position, message);

    private string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";
}
