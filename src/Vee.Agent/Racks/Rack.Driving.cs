using Vee.Agent.Scheduling;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Racks;

namespace Vee.Agent.Racks;

// Time passes: as far as the pace allows, and in step with other agents if there are any.
internal sealed partial class Rack
{
    // Time in which nothing happens passes up to this far behind the limit, so that what comes can be answered at once.
    private const long Reserve = 250_000;
    private const long StepMin = 1_000;
    private const long StepMax = 100_000_000;

    // Virtual time that is simulated before others have their turn.
    private long step = 100_000;

    private Turn DriveAlone()
    {
        var start = parts.Time.GetTimestamp();
        PassIdleTime();
        do
        {
            DoWork();
            var limit = pace!.Limit;
            if (part!.NextTime < limit)
            {
                SimulateUntil(Math.Min(limit, VirtualTime.After(Math.Max(part.Now, part.NextTime), step)));
            }
            else if (!HasWork)
            {
                PassIdleTime();
                return Turn.Until(Math.Min(nextStop, TimestampOfNext()));
            }
        }
        while (parts.Time.GetElapsedTime(start) < TurnLength);

        return Turn.Again;
    }

    private void SimulateUntil(long target) => Measure(() => part!.RunUntil(target));

    /// <summary>Simulates, and finds out how much of it fits into a turn.</summary>
    private void Measure(Action simulate)
    {
        var before = parts.Time.GetTimestamp();
        simulate();
        var took = parts.Time.GetElapsedTime(before);
        step = took > TurnLength / 2 ? Math.Max(StepMin, step / 2)
            : took < TurnLength / 4 ? Math.Min(StepMax, step * 2)
            : step;
        LookAfterGuests();
    }

    private void PassIdleTime()
    {
        var limit = pace!.IsPaced ? pace.Limit - Reserve : pace.Limit;
        var to = Math.Min(limit, part!.NextTime);
        if (to > part.Now)
        {
            part.RunUntil(to);
        }
    }

    private long TimestampOfNext() => part!.NextTime == VirtualTime.Never
        ? long.MaxValue
        : pace!.TimestampOf(VirtualTime.After(part.NextTime, Reserve));

    private Turn DriveTogether()
    {
        var start = parts.Time.GetTimestamp();
        do
        {
            if (!hasReported && !TryReport())
            {
                return Turn.Until(Math.Min(nextStop, Math.Max(TimestampOfNext(), lookAgainAt)));
            }

            if (!peers.Values.All(peer => peer.HasWindow(windowNumber)))
            {
                return AwaitOthers();
            }

            SimulateWindow();
        }
        while (state == State.Running && parts.Time.GetElapsedTime(start) < TurnLength);

        return Turn.Again;
    }

    private Turn AwaitOthers()
    {
        var silent = peers.Values.First(peer => !peer.HasWindow(windowNumber)).Peer.Name;
        var patienceEnd = reportedAt + Timestamps(SilenceMax);
        if (parts.Time.GetTimestamp() < patienceEnd)
        {
            // Nothing can be done for anybody before, not even for whoever's grace period passes.
            return Turn.Until(patienceEnd);
        }

        // What is wanted of these hosts meanwhile can be done only while time stands.
        Stop(epoch + 1, $"agent '{silent}' has not answered for {SilenceMax.TotalSeconds} s");
        return Turn.Again;
    }

    /// <summary>Tells the others how far this part is, unless nobody needs to know yet.</summary>
    private bool TryReport()
    {
        var isAwaited = peers.Values.Any(peer => peer.HasWindow(windowNumber));
        var isDue = part!.NextTime < pace!.Limit && parts.Time.GetTimestamp() >= lookAgainAt;
        if (isAsleep && !isAwaited && !isDue && !HasWork)
        {
            return false;
        }

        // What comes after a time in which nothing was exchanged first lets that time pass.
        if (!isAsleep)
        {
            DoWork();
            if (state != State.Running)
            {
                return false;
            }

            isDue = part.NextTime < pace.Limit && parts.Time.GetTimestamp() >= lookAgainAt;
            if (!isAwaited && !isDue)
            {
                isAsleep = true;
                return HasWork && TryReport();
            }
        }

        isAsleep = false;
        Report();
        return true;
    }

    private void Report()
    {
        var report = part!.Report();
        var next = Math.Max(part.Now, Math.Min(part.NextTime, pace!.Limit));
        var limit = Math.Min(pace.Limit, VirtualTime.After(next, step));
        own = new RackWindow(epoch, windowNumber, report, limit);
        hasReported = true;
        reportedAt = parts.Time.GetTimestamp();
        foreach (var peer in peers.Values)
        {
            peer.Connection?.Send(own with
            {
                Report = report with { Arrivals = [.. report.Arrivals.Where(a => peer.Takes(members.Plan, a))] },
            });
        }
    }

    private void SimulateWindow()
    {
        RackWindow[] windows = [own!, .. peers.Values.Select(peer => peer.TakeWindow())];
        var before = part!.Now;
        var horizon = windows.Min(window => window.Limit);
        var earliest = windows.Min(window => window.Report.Bound);
        // Free-running hosts of which nobody has anything to do stand still: there is no time to come to.
        horizon = horizon == VirtualTime.Never && earliest == VirtualTime.Never ? before : Math.Max(before, horizon);
        // Limits are not negative, so that their difference is a number.
        Volatile.Write(ref skew, windows.Max(window => window.Limit) - windows.Min(window => window.Limit));
        try
        {
            Measure(() => part.Advance([.. windows.Select(window => window.Report)], horizon));
        }
        catch (RackPromiseException lie)
        {
            Distrust(lie);
            return;
        }

        hasReported = false;
        untaken = own!.Report.Arrivals;
        windowNumber++;
        // Others hold the time back: there is no use in asking all the time.
        lookAgainAt = part.Now == before ? parts.Time.GetTimestamp() + Timestamps(HeldBackPause) : 0;
    }

    private long Timestamps(TimeSpan duration) => (long)(duration.TotalSeconds * parts.Time.TimestampFrequency);
}
