using System.Globalization;
using System.Text;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Probes;
using Vee.Machines.Networking;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads guests that only use the network.</summary>
internal static class NetworkLoadReader
{
    private const long WaitMax = 3600 * VirtualTime.Second;

    // What a machine has room for in any case.
    private const int RequestBytesMax = NetworkMessage.PayloadBytesMax;
    private const int AnswerBytesMax = 1 << 30;

    /// <summary>A client that sends datagrams; null when it is none.</summary>
    public static GuestLoad.Udp? Udp(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var address = fields.Required("address")?.Address();
        var target = fields.Required("target")?.EndPoint();
        var bytes = fields.Optional("bytes") is { } size
            ? size.Whole(UdpProbe.DatagramBytesMin, NetworkMessage.DatagramBytesMax) : UdpProbe.DatagramBytesMin;
        var interval = fields.Required("interval")?.Duration(VirtualTime.Microsecond, WaitMax);
        var lostAfter = Wait(fields, "lostAfter", VirtualTime.Second);
        var slowAfter = Wait(fields, "slowAfter", 10 * VirtualTime.Millisecond);
        fields.Finish();
        return address is { } own && target is { } service && bytes is { } length && interval is { } gap
            && lostAfter is { } lost && slowAfter is { } limit
            ? new GuestLoad.Udp(own, service, (int)length, gap, lost, limit)
            : null;
    }

    /// <summary>A client that asks over a connection; null when it is none.</summary>
    public static GuestLoad.Tcp? Tcp(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var address = fields.Required("address")?.Address();
        var target = fields.Required("target")?.EndPoint();
        var request = Request(fields);
        var answerField = fields.Optional("answerBytes");
        var answerBytes = answerField is null ? request?.Length : answerField.Whole(1, AnswerBytesMax);
        var interval = fields.Required("interval")?.Duration(VirtualTime.Microsecond, WaitMax);
        var slowAfter = Wait(fields, "slowAfter", 10 * VirtualTime.Millisecond);
        var reconnectAfter = Wait(fields, "reconnectAfter", 20 * VirtualTime.Millisecond);
        fields.Finish();
        return address is { } own && target is { } service && request is not null && answerBytes is { } length
            && interval is { } gap && slowAfter is { } limit && reconnectAfter is { } pause
            ? new GuestLoad.Tcp(new TcpProbeOptions
            {
                Address = own,
                Target = service,
                Request = request,
                AnswerBytes = (int)length,
                Interval = gap,
                SlowAfter = limit,
                ReconnectAfter = pause,
            })
            : null;
    }

    /// <summary>What sends everything back; null when it is none.</summary>
    public static GuestLoad.Reflector? Reflector(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var address = fields.Required("address")?.Address();
        fields.Finish();
        return address is { } own ? new GuestLoad.Reflector(own) : null;
    }

    /// <summary>A request as text, or so many zeros.</summary>
    private static byte[]? Request(FieldReader fields)
    {
        var (text, size) = (fields.Optional("request"), fields.Optional("bytes"));
        if (text is null)
        {
            var length = size is null ? UdpProbe.DatagramBytesMin : size.Whole(1, RequestBytesMax);
            return length is { } count ? new byte[count] : null;
        }

        if (size is not null)
        {
            size.Refuse("means nothing beside 'request', which has its own length: leave one of them out");
            return null;
        }

        if (text.Text("the text of a request") is not { } written)
        {
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(written);
        if (bytes.Length is 0 or > RequestBytesMax)
        {
            text.Refuse(string.Create(
                CultureInfo.InvariantCulture, $"has {bytes.Length} bytes, must have 1 to {RequestBytesMax}"));
            return null;
        }

        return bytes;
    }

    private static long? Wait(FieldReader fields, string name, long standard) =>
        fields.Optional(name) is { } given ? given.Duration(VirtualTime.Microsecond, WaitMax) : standard;
}
