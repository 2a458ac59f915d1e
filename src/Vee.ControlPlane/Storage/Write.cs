namespace Vee.ControlPlane.Storage;

/// <summary>A write that happens only if the world is still as its author saw it.</summary>
/// <param name="Key">Which object.</param>
/// <param name="ExpectedVersion">The version that it replaces; 0 when the object must not exist yet.</param>
/// <param name="Value">What to store; null deletes.</param>
internal sealed record Write(ObjectKey Key, long ExpectedVersion, byte[]? Value)
{
    /// <summary>Another object that must be at this version too, such as the namespace of a new object.</summary>
    internal Guard? Guard { get; init; }

    /// <summary>The write happens only if this namespace holds no object; null asks for nothing.</summary>
    internal string? EmptyNamespace { get; init; }
}

/// <summary>An object that must not have changed since it was read.</summary>
internal readonly record struct Guard(ObjectKey Key, long Version);

/// <summary>What became of a write.</summary>
internal enum WriteOutcome
{
    /// <summary>Invalid: no write ends with it.</summary>
    None,

    /// <summary>On disk.</summary>
    Committed,

    /// <summary>The object is at another version, or exists, or is gone: read it again.</summary>
    Stale,

    /// <summary>The guard changed, or the namespace is not empty.</summary>
    GuardFailed,
}

/// <summary>The outcome of a write.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Version">The version it made; 0 unless it was committed.</param>
internal readonly record struct WriteResult(WriteOutcome Outcome, long Version);
