namespace Vee.ControlPlane.Storage;

/// <summary>Why the store could not do what it was asked.</summary>
public enum StoreFault
{
    /// <summary>Invalid: no exception has it.</summary>
    None,

    /// <summary>Another server has the data directory.</summary>
    InUse,

    /// <summary>The file is no store, is damaged, or was written by a newer version.</summary>
    Unreadable,

    /// <summary>The disk, or the store's own limit, is full. Nothing was written.</summary>
    Full,

    /// <summary>The disk failed. Nothing was written.</summary>
    Disk,
}

/// <summary>The store could not be opened, read or written. What was acknowledged before is untouched.</summary>
public sealed class StoreException(StoreFault fault, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Which kind of failure.</summary>
    public StoreFault Fault { get; } = fault;
}
