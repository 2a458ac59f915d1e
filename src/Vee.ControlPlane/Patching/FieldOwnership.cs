using System.Text.Json.Nodes;

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

/// <summary>Keeps <c>metadata.managedFields</c>: who set which field, by which operation, when.</summary>
/// <remarks>Source: server-side apply of Kubernetes and structured-merge-diff.</remarks>
internal sealed class FieldOwnership(IObjectTypes types, TimeProvider time)
{
    /// <summary>Update entries beyond this are merged, oldest first, into the manager <c>ancient-changes</c>.</summary>
    internal const int UpdateEntriesMax = 10;

    /// <summary>
    /// The client's manager name: the parameter, else what precedes the first slash of the user agent.
    /// </summary>
    /// <param name="parameter">The <c>fieldManager</c> parameter, empty or null when not given.</param>
    /// <param name="userAgent">The <c>User-Agent</c> header, empty or null when not given.</param>
    internal static string ManagerName(string? parameter, string? userAgent) => throw new NotSupportedException();

    /// <summary>Records a create, update, or patch other than apply.</summary>
    /// <param name="write">Who writes what.</param>
    /// <param name="live">The stored object; null on create.</param>
    /// <param name="value">The new object (after pruning and defaulting); its managed fields are replaced in
    /// place.</param>
    internal void Update(FieldWrite write, JsonObject? live, JsonObject value) =>
        throw new NotSupportedException($"{types} {time}");

    /// <summary>Merges an applied configuration into the stored object.</summary>
    /// <param name="write">Who applies what.</param>
    /// <param name="live">The stored object; null when it does not exist.</param>
    /// <param name="applied">What the client wants, as sent; undecoded (unknown fields are refused here).</param>
    /// <param name="force">Take fields over from other managers.</param>
    /// <returns>
    /// The merged object with managed fields, to be pruned, defaulted and validated as an update (or create); or the
    /// refusal: conflict 409 with causes, 400 or 500. Equal to <paramref name="live"/>, times included, when nothing
    /// changed.
    /// </returns>
    internal PatchResult Apply(FieldWrite write, JsonObject? live, JsonObject applied, bool force) =>
        throw new NotSupportedException();
}
