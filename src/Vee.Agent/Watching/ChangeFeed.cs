using Vee.Agent.Guests;

namespace Vee.Agent.Watching;

/// <summary>One thing that has changed: exactly one property is set.</summary>
internal sealed record Change
{
    internal HostView? Host { get; init; }

    internal string? DeletedHostUid { get; init; }

    internal GuestView? Machine { get; init; }

    internal (string Uid, long Instance)? DeletedMachine { get; init; }

    internal MigrationView? Migration { get; init; }
}

/// <summary>Passes changes of the registry on to those who watch. Telling it of a change never waits.</summary>
internal sealed class ChangeFeed : IRegistryObserver
{
    /// <summary>Watchers at once.</summary>
    internal const int WatchersMax = 256;

    private readonly Lock gate = new();
    private readonly List<Watcher> watchers = [];

    public void HostChanged(HostView host) => Publish(() => new Change { Host = host });

    public void HostDeleted(string uid) => Publish(() => new Change { DeletedHostUid = uid });

    // The view is read under the lock, so that what is published last is what is true.
    public void MachineChanged(Guest guest) => Publish(() => new Change { Machine = guest.View });

    public void MachineDeleted(string uid, long instance) =>
        Publish(() => new Change { DeletedMachine = (uid, instance) });

    public void MigrationChanged(MigrationView migration) => Publish(() => new Change { Migration = migration });

    /// <summary>Admits a watcher, which has everything to learn.</summary>
    /// <returns>Null when there are too many.</returns>
    internal Watcher? TryOpen()
    {
        lock (gate)
        {
            if (watchers.Count >= WatchersMax)
            {
                return null;
            }

            var watcher = new Watcher(this);
            watchers.Add(watcher);
            return watcher;
        }
    }

    internal void Close(Watcher watcher)
    {
        lock (gate)
        {
            watchers.Remove(watcher);
        }
    }

    private void Publish(Func<Change> change)
    {
        lock (gate)
        {
            if (watchers.Count > 0)
            {
                var made = change();
                watchers.ForEach(watcher => watcher.Offer(made));
            }
        }
    }
}
