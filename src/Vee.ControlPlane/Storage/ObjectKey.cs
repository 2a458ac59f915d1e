namespace Vee.ControlPlane.Storage;

/// <summary>Names one stored object.</summary>
/// <param name="Resource">Plural and group as in a CRD's name, such as <c>widgets.vee.dev</c> or <c>pods</c>.</param>
/// <param name="Namespace">Empty for objects of the cluster.</param>
/// <param name="Name">Unique in the namespace.</param>
internal readonly record struct ObjectKey(string Resource, string Namespace, string Name)
{
    /// <summary>What lists are ordered by: <c>namespace/name</c>, compared byte by byte.</summary>
    internal string Path => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}

/// <summary>An object as it was at some version.</summary>
/// <param name="Key">Which object.</param>
/// <param name="Version">The store's version when it was written: its <c>resourceVersion</c>.</param>
/// <param name="Value">JSON in UTF-8, without the <c>resourceVersion</c>.</param>
internal sealed record StoredObject(ObjectKey Key, long Version, byte[] Value);

/// <summary>One write: the object after it and before it.</summary>
/// <param name="Key">Which object.</param>
/// <param name="Version">The version that the write made.</param>
/// <param name="Value">What is stored now; null when the object was deleted.</param>
/// <param name="Previous">What was stored before; null when the object was created.</param>
internal sealed record Change(ObjectKey Key, long Version, byte[]? Value, byte[]? Previous)
{
    /// <summary>Bytes that keeping this change costs, roughly.</summary>
    internal long Bytes => 200L + (Value?.Length ?? 0) + (Previous?.Length ?? 0);
}
