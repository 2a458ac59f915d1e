using System.Globalization;

namespace Vee.ControlPlane.Schemas;

/// <summary>
/// Where in an object a field is, as Kubernetes writes it: <c>spec.parts[1].id</c>, <c>data[a b]</c>.
/// </summary>
internal sealed class FieldPath
{
    /// <summary>The object itself; prints as <c>&lt;nil&gt;</c> and its children without a prefix.</summary>
    internal static readonly FieldPath Root = new("");

    private readonly string text;

    private FieldPath(string text) => this.text = text;

    /// <summary>True for the object itself.</summary>
    internal bool IsRoot => text.Length == 0;

    /// <summary>The path of the named fields below the root.</summary>
    internal static FieldPath Of(params ReadOnlySpan<string> names)
    {
        var path = Root;
        foreach (var name in names)
        {
            path = path.Child(name);
        }

        return path;
    }

    /// <summary>A field of this object.</summary>
    internal FieldPath Child(string name) => new(IsRoot ? name : $"{text}.{name}");

    /// <summary>An item of this list.</summary>
    internal FieldPath Index(int index) => new($"{text}[{index.ToString(CultureInfo.InvariantCulture)}]");

    /// <summary>An entry of this map.</summary>
    internal FieldPath Key(string key) => new($"{text}[{key}]");

    public override string ToString() => IsRoot ? "<nil>" : text;
}
