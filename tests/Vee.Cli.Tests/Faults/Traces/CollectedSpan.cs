using System.Globalization;
using Google.Protobuf;

namespace Vee.Cli.Tests.Faults.Traces;

/// <summary>A span as a collector got it. Ids are hexadecimal, times nanoseconds since 1970.</summary>
internal sealed record CollectedSpan
{
    /// <summary>Name of the service that sent it.</summary>
    public string Service { get; private set; } = "";

    /// <summary>Which instance of the service.</summary>
    public string Instance { get; private set; } = "";

    public string Trace { get; private set; } = "";

    public string Id { get; private set; } = "";

    /// <summary>Empty for a root.</summary>
    public string Parent { get; private set; } = "";

    public string Name { get; private set; } = "";

    public ulong Start { get; private set; }

    public ulong End { get; private set; }

    public Dictionary<string, string> Attributes { get; } = [];

    /// <summary>Times of its events.</summary>
    public List<ulong> Events { get; } = [];

    /// <summary>Reads an ExportTraceServiceRequest of OTLP 1.</summary>
    internal static List<CollectedSpan> Read(byte[] request)
    {
        var spans = new List<CollectedSpan>();
        foreach (var ofResource in Messages(request, number: 1))
        {
            var resource = Messages(ofResource, number: 1).SelectMany(r => Messages(r, number: 1)).Select(Attribute)
                .ToDictionary();
            spans.AddRange(Messages(ofResource, number: 2).SelectMany(scope => Messages(scope, number: 2)).Select(
                span => Span(
                    span, new() { Service = resource["service.name"], Instance = resource["service.instance.id"] })));
        }

        return spans;
    }

    private static CollectedSpan Span(byte[] message, CollectedSpan span)
    {
        foreach (var (number, value) in Fields(message))
        {
            switch (number, value)
            {
                case (1, byte[] id):
                    span.Trace = Convert.ToHexString(id);
                    break;
                case (2, byte[] id):
                    span.Id = Convert.ToHexString(id);
                    break;
                case (4, byte[] id):
                    span.Parent = Convert.ToHexString(id);
                    break;
                case (5, byte[] name):
                    span.Name = Text(name);
                    break;
                case (7, ulong time):
                    span.Start = time;
                    break;
                case (8, ulong time):
                    span.End = time;
                    break;
                case (9, byte[] attribute):
                    var (key, text) = Attribute(attribute);
                    span.Attributes[key] = text;
                    break;
                case (11, byte[] happened):
                    span.Events.Add((ulong)Fields(happened).Single(f => f.Number == 1).Value);
                    break;
            }
        }

        return span;
    }

    /// <summary>A KeyValue: a name, and a text or an integer.</summary>
    private static KeyValuePair<string, string> Attribute(byte[] message)
    {
        var (_, value) = Fields(Messages(message, number: 2).Single()).Single();
        return new(
            Text(Messages(message, number: 1).Single()),
            value is byte[] text ? Text(text) : string.Create(CultureInfo.InvariantCulture, $"{value}"));
    }

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    private static IEnumerable<byte[]> Messages(byte[] message, int number) =>
        Fields(message).Where(field => field.Number == number).Select(field => (byte[])field.Value);

    /// <summary>The fields of a message: bytes, or an integer.</summary>
    private static IEnumerable<(int Number, object Value)> Fields(byte[] message)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            yield return (
                WireFormat.GetTagFieldNumber(tag),
                WireFormat.GetTagWireType(tag) switch
                {
                    WireFormat.WireType.LengthDelimited => input.ReadBytes().ToByteArray(),
                    WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                    WireFormat.WireType.Fixed32 => input.ReadFixed32(),
                    _ => input.ReadUInt64(),
                });
        }
    }
}
