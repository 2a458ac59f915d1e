using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds.Shapes;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>A built-in kind that is stored and shown, and has no more to it than its traits say.</summary>
internal class BuiltInKindRules : KindRules
{
    private readonly Shape shape;

    internal BuiltInKindRules(string apiVersion, string kind, bool isNamespaced, KindTraits traits, Shape? shape = null)
    {
        ApiVersion = apiVersion;
        Kind = kind;
        IsNamespaced = isNamespaced;
        Traits = traits;
        this.shape = shape ?? BuiltInShapes.Open(kind);
        Columns = traits.Columns ?? BuiltInColumns.NameAndAge;
        Fields = WithFields(base.Fields, traits.Fields);
    }

    protected string ApiVersion { get; }

    protected string Kind { get; }

    protected bool IsNamespaced { get; }

    protected KindTraits Traits { get; }

    internal override ObjectType Type => field ??= BuiltInTypes.Get(ApiVersion, Kind);

    internal override IReadOnlyList<TableColumn> Columns { get; }

    internal override bool HasGeneration => Traits.HasGeneration;

    internal override bool HasStatus => Traits.HasStatus;

    internal override bool AllowsUnconditionalUpdate => Traits.AllowsUnconditionalUpdate;

    internal override bool AllowsCreateOnUpdate => Traits.AllowsCreateOnUpdate;

    internal override bool ReturnsDeleted => Traits.ReturnsDeleted;

    internal override ScalePaths? Scale => Traits.Scale;

    internal override IReadOnlyDictionary<string, Func<JsonObject, string>> Fields { get; }

    internal override IReadOnlyList<string> Decode(JsonObject value)
    {
        var unknown = shape.Decode(value, Kind, Version);
        Default(value);
        return unknown;
    }

    internal sealed override IReadOnlyList<FieldError> ValidateCreate(JsonObject value)
    {
        var errors = new List<FieldError>(ObjectMetaRules.Validate(value.Metadata, IsNamespaced, Traits.Names));
        Validate(value, errors);
        return errors;
    }

    internal sealed override IReadOnlyList<FieldError> ValidateUpdate(
        JsonObject value, JsonObject old, string subresource)
    {
        var errors = new List<FieldError>(ObjectMetaRules.ValidateUpdate(value.Metadata, old.Metadata));
        if (subresource.Length == 0)
        {
            Validate(value, errors);
            ValidateChange(value, old, errors);
        }

        return errors;
    }

    /// <summary>The version without the group.</summary>
    protected string Version => ApiVersion[(ApiVersion.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>Fills in what the kind defaults, in place.</summary>
    protected virtual void Default(JsonObject value) => Traits.Default?.Invoke(value);

    /// <summary>Checks a value, new or changed.</summary>
    protected virtual void Validate(JsonObject value, List<FieldError> errors) =>
        Traits.Validate?.Invoke(value, errors);

    /// <summary>Checks what has changed.</summary>
    protected virtual void ValidateChange(JsonObject value, JsonObject old, List<FieldError> errors) =>
        Traits.ValidateChange?.Invoke(value, old, errors);

    private static IReadOnlyDictionary<string, Func<JsonObject, string>> WithFields(
        IReadOnlyDictionary<string, Func<JsonObject, string>> common, IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
        {
            return common;
        }

        var fields = new Dictionary<string, Func<JsonObject, string>>(common, StringComparer.Ordinal);
        foreach (var path in paths)
        {
            var names = path.Split('.');
            fields[path] = value => Json.At(value, names) is { } found ? PrinterPath.Text(found) : "";
        }

        return fields;
    }
}
