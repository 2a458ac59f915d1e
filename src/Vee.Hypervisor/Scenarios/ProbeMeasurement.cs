using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Probes;

namespace Vee.Hypervisor.Scenarios;

/// <summary>What a probe sees from one instant on.</summary>
internal sealed class ProbeMeasurement
{
    private readonly string guest;
    private readonly ProbeMeter meter;
    private readonly Func<int> present;
    private readonly TcpProbe? tcp;
    private readonly (long Breaks, long Refusals) before;

    private ProbeMeasurement(HostGuest guest, ProbeMeter meter, Func<int> present, TcpProbe? tcp)
    {
        (this.guest, this.meter, this.present, this.tcp) = (guest.Domain.Name, meter, present, tcp);
        before = (tcp?.Breaks ?? 0, tcp?.Refusals ?? 0);
    }

    /// <summary>Begins now; null for a guest that is no probe.</summary>
    /// <param name="guest">A guest of a host.</param>
    /// <param name="now">Virtual time.</param>
    public static ProbeMeasurement? Begin(HostGuest guest, long now)
    {
        var probe = guest.Program switch
        {
            UdpProbe udp => new ProbeMeasurement(guest, udp.Meter, () => udp.Present, null),
            TcpProbe tcp => new ProbeMeasurement(guest, tcp.Meter, () => tcp.Present, tcp),
            _ => null,
        };
        probe?.meter.Reset(now);
        return probe;
    }

    /// <summary>What it saw from then until now.</summary>
    public Measurement Take(Host host)
    {
        double? refused = tcp is null ? null : tcp.Refusals - before.Refusals;
        double? broken = tcp is null ? null : tcp.Breaks - before.Breaks - refused;
        return new Measurement(
            new MeasuredSubject(SubjectKind.Probe, host.Name, guest),
            [
                new(FigureNames.Sent, meter.Sent),
                new(FigureNames.Answered, meter.Answered),
                new(FigureNames.Lost, meter.Lost),
                new(FigureNames.Slow, meter.Slow),
                .. TimeFigures.Times(FigureNames.Response, meter.Response),
                new(FigureNames.LongestSilence, TimeFigures.Ms(meter.SilenceUntil(host.Now))),
                new(FigureNames.PresentAtEnd, present()),
                new(FigureNames.ConnectionsRefused, refused),
                new(FigureNames.ConnectionsBroken, broken),
            ]);
    }
}
