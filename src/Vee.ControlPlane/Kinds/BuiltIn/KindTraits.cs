using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>How a built-in kind differs from the simplest one.</summary>
internal sealed record KindTraits
{
    internal static readonly KindTraits None = new();

    public NameRule Names { get; init; } = NameRule.Subdomain;

    public bool HasGeneration { get; init; }

    public bool HasStatus { get; init; }

    /// <value>True.</value>
    public bool AllowsUnconditionalUpdate { get; init; } = true;

    public bool AllowsCreateOnUpdate { get; init; }

    public bool ReturnsDeleted { get; init; }

    public ScalePaths? Scale { get; init; }

    /// <summary>Fields beside name and namespace that lists can select on.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <value>Name and age.</value>
    public IReadOnlyList<TableColumn>? Columns { get; init; }

    /// <summary>Fills in defaults, in place.</summary>
    public Action<JsonObject>? Default { get; init; }

    /// <summary>The status of a new object.</summary>
    /// <value>Null: none, or an empty one.</value>
    public Func<JsonObject>? FirstStatus { get; init; }

    public Action<JsonObject, List<FieldError>>? Validate { get; init; }

    public Action<JsonObject, JsonObject, List<FieldError>>? ValidateChange { get; init; }
}
