namespace Vee.Agent.Guests;

/// <summary>
/// What is known under one machine's uid: the newest instance that was here, and the machine while it exists. The
/// number outlives the machine, so that no old instance comes back.
/// </summary>
internal sealed class GuestSlot(string uid) : IDisposable
{
    internal string Uid { get; } = uid;

    /// <summary>Held by whoever creates or deletes an instance: one at a time.</summary>
    internal SemaphoreSlim Turn { get; } = new(1);

    /// <summary>No instance up to this one is begun any more; 0 before the first.</summary>
    internal long NewestInstance { get; set; }

    internal Guest? Guest { get; set; }

    /// <summary>An instance that is to come from another host.</summary>
    internal ExpectedGuest? Expected { get; set; }

    /// <summary>Those who hold its turn or wait for it.</summary>
    internal int UserCount { get; set; }

    /// <summary>When it last became a mere number, to tell how old it is; 0 while it is more.</summary>
    internal long TombstoneNumber { get; set; }

    public void Dispose() => Turn.Dispose();
}
