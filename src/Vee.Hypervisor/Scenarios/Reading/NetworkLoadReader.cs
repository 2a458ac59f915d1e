using Vee.Hypervisor.Events;
using Vee.Hypervisor.Probes;
using Vee.Machines.Networking;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads guests that only use the network.</summary>
internal static class NetworkLoadReader
{
    private const long WaitMax = 3600 * VirtualTime.Second;

    /// <summary>A client that sends datagrams; null when it is none.</summary>
    public static GuestLoad.Udp? Udp(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var address = fields.Required("address")?.Address();
        var target = fields.Required("target")?.EndPoint();
        var bytes = fields.Optional("bytes") is { } size
            ? size.Whole(UdpProbe.DatagramBytesMin, NetworkMessage.DatagramBytesMax) : UdpProbe.DatagramBytesMin;
        var interval = fields.Required("interval")?.Duration(VirtualTime.Microsecond, WaitMax);
        var lostAfter = fields.Optional("lostAfter") is { } late
            ? late.Duration(VirtualTime.Microsecond, WaitMax) : VirtualTime.Second;
        var slowAfter = fields.Optional("slowAfter") is { } slow
            ? slow.Duration(VirtualTime.Microsecond, WaitMax) : 10 * VirtualTime.Millisecond;
        fields.Finish();
        return address is { } own && target is { } service && bytes is { } length && interval is { } gap
            && lostAfter is { } lost && slowAfter is { } limit
            ? new GuestLoad.Udp(own, service, (int)length, gap, lost, limit)
            : null;
    }

    /// <summary>What sends datagrams back; null when it is none.</summary>
    public static GuestLoad.Reflector? Reflector(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var address = fields.Required("address")?.Address();
        fields.Finish();
        return address is { } own ? new GuestLoad.Reflector(own) : null;
    }
}
