namespace Vee.ControllerRuntime.Informers;

/// <summary>The objects of one type and scope as last heard of. Reads take no request and may lag behind.</summary>
/// <remarks>Thread-safe. The objects are shared: whoever wants to change one clones it first.</remarks>
public interface IStore<T>
    where T : class
{
    /// <summary>How many objects are held.</summary>
    int Count { get; }

    /// <summary>The object, or null when none of that name is known.</summary>
    T? Get(ObjectKey key);

    /// <summary>Every object at one moment, in no order.</summary>
    IReadOnlyList<T> List();

    /// <summary>The objects for which an indexer gave this value.</summary>
    /// <exception cref="ArgumentException">No indexer has that name.</exception>
    IReadOnlyList<T> ByIndex(string index, string value);
}
