using Vee.Hypervisor.Network;
using Vee.Hypervisor.Racks;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads links between hosts.</summary>
internal static class LinkReader
{
    private const long LatencyMax = 3600L * 1_000_000_000;
    private const long BandwidthMax = 1L << 50;

    /// <summary>A link; null when it is none.</summary>
    public static RackLink? Read(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var ends = fields.Required("between")?.Items(2, 2) ?? [];
        var names = ends.Select(end => end.Name()).ToList();
        var forward = Direction(fields, new LinkProfile());
        var backField = fields.Optional("back");
        var back = backField is null || forward is null ? null : Back(backField, forward);
        fields.Finish();
        return names is [{ } from, { } to] && forward is not null && (backField is null || back is not null)
            ? new RackLink(from, to, forward, back)
            : null;
    }

    /// <summary>The other way: what is not said is as it is there.</summary>
    private static LinkProfile? Back(ScenarioValue value, LinkProfile forward)
    {
        var fields = new FieldReader(value);
        var back = Direction(fields, forward);
        fields.Finish();
        return back;
    }

    private static LinkProfile? Direction(FieldReader fields, LinkProfile standard)
    {
        var bandwidth = fields.Optional("bandwidth") is { } bits
            ? bits.BitsPerSecond(BandwidthMax) : standard.BandwidthBitsPerSecond;
        var latency = fields.Optional("latency") is { } time
            ? time.Duration(LinkProfile.LatencyMin, LatencyMax) : standard.LatencyNanoseconds;
        var jitter = fields.Optional("jitter") is { } more ? more.Duration(0, LatencyMax) : standard.JitterNanoseconds;
        var loss = fields.Optional("loss") is { } chance ? chance.Number(0, 1) : standard.Loss;
        return bandwidth is { } b && latency is { } l && jitter is { } j && loss is { } p
            ? new LinkProfile
            {
                BandwidthBitsPerSecond = b,
                LatencyNanoseconds = l,
                JitterNanoseconds = j,
                Loss = p,
            }
            : null;
    }
}
