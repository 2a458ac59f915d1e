namespace Vee.Hypervisor.Migration;

/// <summary>Where the source stands towards its machine. Zero is invalid.</summary>
public enum SourceStand
{
    /// <summary>No stand.</summary>
    None = 0,

    /// <summary>It has the machine, which executes.</summary>
    Owner,

    /// <summary>It has the machine, which stands still.</summary>
    Paused,

    /// <summary>It has given the machine away, and never lets it execute again (its tombstone).</summary>
    Granted,

    /// <summary>It has given the machine to a target that has it as it is, and has not heard whether the target has:
    /// it never lets it execute again by itself.</summary>
    Offered,
}

/// <summary>
/// What the source may do, whatever is said to it: the half of "Who may execute" (docs/migration.md) that it has to
/// keep. Every step of the engine asks here first; the model check explores this very class.
/// </summary>
public sealed class SourceProtocol
{
    /// <summary>Where it stands.</summary>
    public SourceStand Stand { get; private set; } = SourceStand.Owner;

    /// <summary>Whether the machine may execute here.</summary>
    public bool MayExecute => Stand == SourceStand.Owner;

    /// <summary>Whether the migration can still be given up.</summary>
    public bool MayGiveUp => Stand is SourceStand.Owner or SourceStand.Paused;

    /// <summary>The machine stands still from here on.</summary>
    public void Pause()
    {
        if (Stand == SourceStand.Owner)
        {
            Stand = SourceStand.Paused;
        }
    }

    /// <summary>Gives the migration up; the machine executes on.</summary>
    /// <returns>False when it was given away.</returns>
    public bool TryGiveUp()
    {
        if (!MayGiveUp)
        {
            return false;
        }

        Stand = SourceStand.Owner;
        return true;
    }

    /// <summary>Gives the machine away. Only afterwards may the grant be sent.</summary>
    /// <param name="isEqual">Whether the target has said that it has what the source has.</param>
    /// <returns>False when it may not be.</returns>
    public bool TryGrant(bool isEqual)
    {
        if (Stand != SourceStand.Paused || !isEqual)
        {
            return false;
        }

        Stand = SourceStand.Granted;
        return true;
    }

    /// <summary>Gives the machine away on condition that the target has what is named along with the grant, which the
    /// target compares. Only afterwards may the grant be sent.</summary>
    /// <returns>False when it may not be.</returns>
    public bool TryOffer()
    {
        if (Stand != SourceStand.Paused)
        {
            return false;
        }

        Stand = SourceStand.Offered;
        return true;
    }

    /// <summary>The target has taken the machine.</summary>
    /// <returns>False when it was never granted.</returns>
    public bool TryConfirm()
    {
        Stand = Stand == SourceStand.Offered ? SourceStand.Granted : Stand;
        return Stand == SourceStand.Granted;
    }

    /// <summary>The target has given up what was offered, so that no grant counts there any more: the machine executes
    /// on here.</summary>
    /// <returns>False when there is nothing to take back.</returns>
    public bool TryTakeBack()
    {
        if (Stand != SourceStand.Offered)
        {
            return false;
        }

        Stand = SourceStand.Owner;
        return true;
    }
}

/// <summary>Where the target stands towards a machine that is to come. Zero is invalid.</summary>
public enum TargetStand
{
    /// <summary>No stand.</summary>
    None = 0,

    /// <summary>It waits for the machine, or has a part of it.</summary>
    Receiving,

    /// <summary>It has all of it, which stands still.</summary>
    Ready,

    /// <summary>The machine is its own.</summary>
    Owner,

    /// <summary>It has given the migration up: no grant counts any more.</summary>
    GivenUp,
}

/// <summary>The target's half of "Who may execute".</summary>
/// <param name="token">What has to be granted.</param>
public sealed class TargetProtocol(long token)
{
    /// <summary>Where it stands.</summary>
    public TargetStand Stand { get; private set; } = TargetStand.Receiving;

    /// <summary>Whether the machine may execute here.</summary>
    public bool MayExecute => Stand == TargetStand.Owner;

    /// <summary>It has all of the machine.</summary>
    public void Complete()
    {
        if (Stand == TargetStand.Receiving)
        {
            Stand = TargetStand.Ready;
        }
    }

    /// <summary>Takes a grant, by the source or by who speaks for it.</summary>
    /// <param name="granted">The token that it names.</param>
    /// <returns>Whether the machine is to go on here now; a grant that comes twice lets nothing happen.</returns>
    public bool TryTake(long granted)
    {
        if (Stand != TargetStand.Ready || granted != token)
        {
            return false;
        }

        Stand = TargetStand.Owner;
        return true;
    }

    /// <summary>Gives the migration up.</summary>
    /// <returns>False when the machine is its own already.</returns>
    public bool TryGiveUp()
    {
        if (Stand == TargetStand.Owner)
        {
            return false;
        }

        Stand = TargetStand.GivenUp;
        return true;
    }
}
