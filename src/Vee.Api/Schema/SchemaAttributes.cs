namespace Vee.Api.Schema;

/// <summary>A column of <c>kubectl get</c>.</summary>
/// <param name="name">The heading.</param>
/// <param name="jsonPath">Where the value is, from the root of the object.</param>
/// <remarks>
/// Source: Kubernetes API, CustomResourceColumnDefinition. Columns appear in the order of their attributes.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(string name, string jsonPath) : Attribute
{
    /// <summary>The heading.</summary>
    public string Name { get; } = name;

    /// <summary>Where the value is, from the root of the object.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>How it is shown.</summary>
    /// <value>Default: <c>string</c>.</value>
    public string Type { get; init; } = "string";

    /// <summary>Shown only by <c>-o wide</c>.</summary>
    public bool IsWide { get; init; }

    /// <summary>What <c>kubectl explain</c> and table readers are told.</summary>
    public string? Description { get; init; }
}

/// <summary>Names of a kind beside its own.</summary>
/// <param name="shortNames">What may be typed instead of the plural.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ResourceNamesAttribute(params string[] shortNames) : Attribute
{
    /// <summary>What may be typed instead of the plural; must collide with nobody's.</summary>
    public IReadOnlyList<string> ShortNames { get; } = shortNames;

    /// <summary>Whether objects belong to a namespace.</summary>
    public bool IsNamespaced { get; init; } = true;
}

/// <summary>A rule that the API server checks, in the Common Expression Language.</summary>
/// <param name="expression">
/// True when the value is acceptable; <c>self</c> is the value, <c>oldSelf</c> the one before.
/// </param>
/// <param name="message">What the user reads when it is not: what is wrong and what would be right.</param>
/// <remarks>Source: Kubernetes API, ValidationRule.</remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, AllowMultiple = true)]
public sealed class RuleAttribute(string expression, string message) : Attribute
{
    /// <summary>True when the value is acceptable.</summary>
    public string Expression { get; } = expression;

    /// <summary>What the user reads when it is not.</summary>
    public string Message { get; } = message;

    /// <summary>
    /// The field that is named as wrong, from the value that has the rule, for example <c>.machine.type</c>.
    /// </summary>
    /// <value>Default: the value itself.</value>
    public string? FieldPath { get; init; }
}

/// <summary>Bounds and pattern of each element of a list, or of each value of a map.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemsAttribute : Attribute
{
    /// <summary>Least count of characters of a string.</summary>
    public int MinLength { get; init; }

    /// <summary>Greatest count of characters of a string.</summary>
    /// <value>0: not a list of strings.</value>
    public int MaxLength { get; init; }

    /// <summary>What each string has to match.</summary>
    public string? Pattern { get; init; }

    /// <summary>The least of numbers.</summary>
    public int Minimum { get; init; }

    /// <summary>The greatest of numbers.</summary>
    /// <value>0: not a map of numbers.</value>
    public int Maximum { get; init; }
}

/// <summary>A list whose elements are told apart by one of their fields.</summary>
/// <param name="key">The field, as in JSON.</param>
/// <remarks>Source: Kubernetes API, <c>x-kubernetes-list-type: map</c>.</remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapKeyAttribute(string key) : Attribute
{
    /// <summary>The field, as in JSON.</summary>
    public string Key { get; } = key;
}
