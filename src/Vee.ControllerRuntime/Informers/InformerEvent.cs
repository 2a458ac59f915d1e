namespace Vee.ControllerRuntime.Informers;

/// <summary>What happened to an object in a store.</summary>
public enum InformerEventKind
{
    /// <summary>Not an event.</summary>
    None = 0,

    /// <summary>It is new to the store.</summary>
    Added,

    /// <summary>It changed, or a resync shows it again with <c>Old</c> and <c>New</c> the same object.</summary>
    Updated,

    /// <summary>It is gone.</summary>
    Deleted,
}

/// <summary>A change of a store, told after the store has it.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Key">To which object.</param>
/// <param name="Old">The object before; null when added.</param>
/// <param name="New">The object after; null when deleted.</param>
/// <param name="IsFinalStateUnknown">The deletion itself was missed: <c>Old</c> is the last state known.</param>
public readonly record struct InformerEvent<T>(
    InformerEventKind Kind, ObjectKey Key, T? Old, T? New, bool IsFinalStateUnknown = false)
    where T : class
{
    /// <summary>The object after, or the last one known before it went.</summary>
    public T Object => New ?? Old ?? throw new InvalidOperationException("not an event");

    /// <summary>The object is the same as before: nothing happened but the passing of time.</summary>
    public bool IsResync => Kind == InformerEventKind.Updated && ReferenceEquals(Old, New);
}
