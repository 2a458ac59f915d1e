using System.Threading.Channels;

namespace Vee.ControlPlane.Upkeep;

/// <summary>What is to be looked at, each thing once however often it is named. Thread-safe.</summary>
/// <remarks>Bounded by the number of objects: what is named twice before it is done is done once.</remarks>
internal sealed class WorkList
{
    private readonly Lock gate = new();
    private readonly HashSet<Work> waiting = [];
    private readonly Channel<Work> order = Channel.CreateUnbounded<Work>(new() { SingleReader = true });

    internal void Add(Work work)
    {
        lock (gate)
        {
            if (waiting.Add(work))
            {
                order.Writer.TryWrite(work);
            }
        }
    }

    /// <summary>Waits for the next thing; it may be named again at once.</summary>
    internal async ValueTask<Work> NextAsync(CancellationToken cancellationToken)
    {
        var work = await order.Reader.ReadAsync(cancellationToken);
        lock (gate)
        {
            waiting.Remove(work);
        }

        return work;
    }
}

/// <summary>Why an object is to be looked at.</summary>
internal enum WorkKind
{
    /// <summary>Invalid.</summary>
    None,

    /// <summary>It belongs to others, who may be gone.</summary>
    Dependent,

    /// <summary>It is going, and others belong to it.</summary>
    Owner,

    /// <summary>A namespace is going, with all that is in it.</summary>
    Namespace,

    /// <summary>A definition is going, with all its objects.</summary>
    Definition,

    /// <summary>Events may be too old.</summary>
    Expiry,
}

/// <summary>One thing to look at.</summary>
internal readonly record struct Work(WorkKind Kind, Storage.ObjectKey Key);
