using Prometheus;
using Vee.Agent.Guests;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Migration;

namespace Vee.Agent.Measuring;

/// <summary>What an agent exports of migrations; names of machines are in the objects' status, not here.</summary>
internal sealed class MigrationMetrics
{
    private readonly Gauge phases;
    private readonly Gauge remaining;
    private readonly Gauge held;
    private readonly Gauge expected;
    private readonly Counter ended;
    private readonly Counter transferred;
    private readonly Counter pages;
    private readonly Counter encoded;
    private readonly Counter rounds;
    private readonly Counter encoder;
    private readonly Counter misses;
    private readonly Counter resends;
    private readonly Counter escalations;
    private readonly Counter fenced;
    private readonly Counter throttled;
    private readonly Histogram total;
    private readonly Histogram downtime;
    private readonly Histogram downtimeWall;
    private readonly Histogram parts;
    private readonly Histogram prediction;
    private readonly Histogram bound;
    private readonly Counter postCopyBytes;
    private readonly Counter postCopyFaults;
    private readonly Counter postCopyWait;
    private readonly Histogram postCopyWaits;

    internal MigrationMetrics(IMetricFactory make)
    {
        // 10 µs to 1000 s, and 0.5 to 2.
        var times = Histogram.PowersOfTenDividedBuckets(-5, 3, 4);
        var ratios = Histogram.LinearBuckets(0.5, 0.05, 31);
        phases = make.CreateGauge("vee_migration_phase", "Migrations that are under way.", ["role", "phase"]);
        remaining = make.CreateGauge("vee_migration_remaining_pages", "Pages that targets do not have as they are.");
        held = make.CreateGauge("vee_migration_hot_pages_held", "Pages that wait for the stop.");
        expected = make.CreateGauge(
            "vee_migration_expected_downtime_virtual_seconds", "The longest stop that is expected now.");
        ended = make.CreateCounter(
            "vee_migration_ended_total", "Migrations that are over.", ["role", "outcome", "reason"]);
        transferred = make.CreateCounter("vee_migration_transferred_bytes_total", "Bytes that sources have sent.");
        pages = make.CreateCounter("vee_migration_pages_total", "Pages that were sent.", ["form"]);
        encoded = make.CreateCounter("vee_migration_encoded_bytes_total", "Bytes of pages as sent.", ["form"]);
        rounds = make.CreateCounter("vee_migration_rounds_total", "Passes over dirty pages (QEMU: dirty-sync-count).");
        encoder = make.CreateCounter(
            "vee_migration_encoder_virtual_seconds_total", "Time of reference cores that encoding took.");
        misses = make.CreateCounter(
            "vee_migration_base_misses_total", "Changed pages whose old bytes there was no room to keep.");
        resends = make.CreateCounter("vee_migration_resends_total", "Messages that were sent again.");
        escalations = make.CreateCounter(
            "vee_migration_escalations_total", "Steps taken because rounds did not help.", ["step"]);
        throttled = make.CreateCounter(
            "vee_migration_dirty_limit_throttle_virtual_seconds_total",
            "That vCPUs were held back for what they dirtied (QEMU: dirty-limit-throttle-time).");
        fenced = make.CreateCounter(
            "vee_migration_fencing_rejections_total", "Calls that were refused because their token is over.");
        postCopyBytes = make.CreateCounter(
            "vee_migration_postcopy_bytes_total", "Bytes of pages that followed their machines.");
        postCopyFaults = make.CreateCounter(
            "vee_migration_postcopy_faults_total", "Pages that vCPUs waited for at targets.");
        postCopyWait = make.CreateCounter(
            "vee_migration_postcopy_blocked_virtual_seconds_total",
            "That vCPUs waited for pages (QEMU: postcopy-blocktime).");
        postCopyWaits = Times(
            "vee_migration_postcopy_wait_median_virtual_seconds", "Until half of a machine's wanted pages had come.");
        total = Times("vee_migration_total_virtual_seconds", "From the beginning until it was the target's.");
        downtime = Times("vee_migration_downtime_virtual_seconds", "From the last to the first instruction.");
        downtimeWall = Times("vee_migration_downtime_wall_seconds", "The same by the wall, as the source saw it.");
        parts = make.CreateHistogram(
            "vee_migration_phase_virtual_seconds", "Parts of the stop.", ["part"],
            new HistogramConfiguration { Buckets = times });
        prediction = Ratios("vee_migration_prediction_ratio", "Predicted stop to the one that came.");
        bound = Ratios("vee_migration_bound_ratio", "The stop to the least that it could be.");

        Histogram Times(string name, string help) =>
            make.CreateHistogram(name, help, new HistogramConfiguration { Buckets = times });

        Histogram Ratios(string name, string help) =>
            make.CreateHistogram(name, help, new HistogramConfiguration { Buckets = ratios });
    }

    /// <summary>Reads those that are under way, and those that have ended since.</summary>
    internal void Read(IReadOnlyList<MigrationView> migrations, GuestMeters meters)
    {
        var live = migrations.Where(view => !IsOver(view.Report.Phase)).ToList();
        foreach (var role in new[] { MigrationRole.Source, MigrationRole.Target })
        {
            foreach (var phase in Enum.GetValues<MigrationPhase>().Where(p => p != MigrationPhase.None && !IsOver(p)))
            {
                phases.WithLabels($"{role}", $"{phase}")
                    .Set(live.Count(view => view.Role == role && view.Report.Phase == phase));
            }
        }

        remaining.Set(live.Sum(view => view.Report.PagesRemaining));
        held.Set(live.Sum(view => view.Report.HotPagesHeld));
        expected.Set(Seconds(live.Select(view => view.Report.DowntimeExpected).DefaultIfEmpty().Max()));
        fenced.IncTo(meters.FencedCount);
        while (meters.TryTakeEnded(out var view))
        {
            Count(view);
        }
    }

    private static bool IsOver(MigrationPhase phase) => phase is MigrationPhase.Done or MigrationPhase.Failed;

    private static double Seconds(long nanoseconds) => (double)nanoseconds / VirtualTime.Second;

    private void Count(MigrationView view)
    {
        var report = view.Report;
        ended.WithLabels($"{view.Role}", $"{report.Phase}", report.Failure?.Reason ?? "").Inc();
        resends.Inc(report.ResendCount);
        if (view.Role != MigrationRole.Source)
        {
            return;
        }

        transferred.Inc(report.BytesSent);
        rounds.Inc(report.RoundCount);
        throttled.Inc(Seconds(report.Dirtying.Sum(vcpu => vcpu.ThrottleTime)));
        foreach (var step in report.Escalations)
        {
            escalations.WithLabels($"{step.Step}").Inc();
        }

        if (report.Result is { } result)
        {
            Observe(view, result);
        }
    }

    private void Observe(MigrationView view, MigrationResult result)
    {
        foreach (var (form, count) in result.Forms)
        {
            pages.WithLabels($"{form}").Inc(count.Pages);
            encoded.WithLabels($"{form}").Inc(count.Bytes);
        }

        encoder.Inc(Seconds(result.EncodeTime));
        misses.Inc(result.BasesMissed);
        total.Observe(Seconds(result.Total));
        downtime.Observe(Seconds(result.Downtime));
        downtimeWall.Observe(view.StillWallNs / 1e9);
        parts.WithLabels("drain").Observe(Seconds(result.Drain));
        parts.WithLabels("final_memory").Observe(Seconds(result.FinalMemory));
        parts.WithLabels("state").Observe(Seconds(result.State));
        parts.WithLabels("verify").Observe(Seconds(result.Verify));
        parts.WithLabels("grant").Observe(Seconds(result.Grant));
        parts.WithLabels("resume").Observe(Seconds(result.Resume));
        if (result.PostCopy is { } followed)
        {
            postCopyBytes.Inc(followed.Bytes);
            postCopyFaults.Inc(followed.Faults.Count);
            postCopyWait.Inc(Seconds(followed.Faults.WaitTotal));
            postCopyWaits.Observe(Seconds(followed.Faults.WaitMedian));
        }

        prediction.Observe((double)result.DowntimePredicted / Math.Max(1, result.Downtime));
        bound.Observe((double)result.Downtime / Math.Max(1, result.DowntimeBound));
    }
}
