namespace Vee.Agent.Racks;

// How the rack's time is, for those who watch.
internal sealed partial class Rack
{
    // Time that lags says so late, and that it does not lag any more later still: watchers are told of changes.
    private const long LagsFrom = 1_000_000_000;
    private const long KeepsUpFrom = 100_000_000;

    private long due;
    private long skew;

    /// <summary>How far its time is behind the wall's, in nanoseconds; any thread may ask.</summary>
    internal long Lag => pace is { IsPaced: true, Limit: var limit }
        ? Math.Max(0, limit - Math.Min(limit, Volatile.Read(ref due))) : 0;

    /// <summary>How far apart the members are in what their walls allow, in virtual nanoseconds.</summary>
    internal long Skew => Volatile.Read(ref skew);

    private void TellTime()
    {
        // A line that has nothing to do is as far as it will be when it has.
        Volatile.Write(ref due, part!.NextTime);
        var lag = Lag;
        if (lag >= LagsFrom)
        {
            SetView(new TimeView(
                TimePhase.Lags, "This computer cannot keep up: the host's time is more than a second behind."));
        }
        else if (lag < KeepsUpFrom || hosts[0].Time.Phase == TimePhase.Stands)
        {
            SetView(TimeView.Passes);
        }
    }

    private void SetView(TimeView next)
    {
        foreach (var host in hosts.Where(host => host.Time != next))
        {
            host.Time = next;
            parts.Observer.TimeChanged(host);
        }
    }
}
