using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.Handling;
using Vee.ControlPlane.Objects;

namespace Vee.ControlPlane.Serving;

/// <summary>
/// Writes events as lines of JSON. Who does not read is waited for, and cut off by the server's data rate.
/// </summary>
internal sealed class EventResponse(HttpContext context) : IEventSink, IDisposable
{
    /// <summary>Bytes that wait in the process before the client has to read.</summary>
    private const int BufferedBytesMax = 256 << 10;

    private readonly Utf8JsonWriter json = StoredJson.Writer(context.Response.BodyWriter);
    private bool hasStarted;
    private int buffered;

    public async ValueTask WriteAsync(string type, JsonObject value, CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        json.Reset(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WritePropertyName("object");
        StoredJson.Write(json, value);
        json.WriteEndObject();
        json.Flush();
        buffered += (int)json.BytesCommitted + 1;
        context.Response.BodyWriter.GetSpan(1)[0] = (byte)'\n';
        context.Response.BodyWriter.Advance(1);
        if (buffered >= BufferedBytesMax)
        {
            await FlushAsync(cancellationToken);
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        if (buffered > 0)
        {
            buffered = 0;
            await context.Response.BodyWriter.FlushAsync(cancellationToken);
        }
    }

    public void Dispose() => json.Dispose();

    /// <summary>Sends the head, so that the client knows that its watch runs although nothing happens.</summary>
    private async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        if (!hasStarted)
        {
            hasStarted = true;
            context.Response.StatusCode = 200;
            context.Response.ContentType = "application/json";
            context.Response.Headers.CacheControl = "no-cache, private";
            await context.Response.StartAsync(cancellationToken);
            await context.Response.BodyWriter.FlushAsync(cancellationToken);
        }
    }
}
