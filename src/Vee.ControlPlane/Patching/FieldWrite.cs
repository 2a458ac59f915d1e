namespace Vee.ControlPlane.Patching;

/// <summary>A write, as far as ownership of fields is concerned.</summary>
internal sealed record FieldWrite
{
    /// <summary>The kind written, in the version of the request.</summary>
    public required ObjectType Type { get; init; }

    /// <summary>
    /// The field manager: the <c>fieldManager</c> parameter, or the client's name before the first slash.
    /// </summary>
    public required string Manager { get; init; }

    /// <summary>The subresource written through.</summary>
    /// <value>Empty: the object itself.</value>
    public string Subresource { get; init; } = "";

    /// <summary>
    /// Fields that this way of writing resets, which therefore nobody comes to own by it: <c>status</c> for the object
    /// where <c>/status</c> exists; <c>metadata</c> and <c>spec</c> for <c>/status</c> (with all below them).
    /// </summary>
    public FieldSet ResetFields { get; init; } = FieldSet.Empty;
}
