using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Rendering;
using Vee.ControlPlane.Requests;

namespace Vee.ControlPlane.Serving;

/// <summary>Writes answers.</summary>
internal static class Answer
{
    /// <summary>Shorter answers are not worth compressing.</summary>
    private const int CompressedBytesMin = 128 << 10;

    internal static Task ObjectAsync(HttpContext context, int code, JsonNode value, AnswerForm form) => BytesAsync(
        context, code, form.ContentType,
        form.IsYaml ? Encoding.UTF8.GetBytes(Yaml.Text(value)) : StoredJson.Bytes(value));

    /// <summary>JSON that is text already.</summary>
    internal static Task JsonAsync(HttpContext context, ReadOnlyMemory<byte> json, AnswerForm form) => form.IsYaml
        ? ObjectAsync(context, 200, JsonNode.Parse(json.Span)!, form)
        : BytesAsync(context, 200, form.ContentType, json);

    internal static Task TextAsync(HttpContext context, int code, string text) =>
        BytesAsync(context, code, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));

    internal static Task NotFoundAsync(HttpContext context) => TextAsync(context, 404, "404 page not found\n");

    internal static Task StatusAsync(HttpContext context, ApiStatus status)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer is out: all that is left is to cut it off, so that nobody takes it for a whole one.
            context.Abort();
            return Task.CompletedTask;
        }

        if (status.RetryAfterSeconds > 0)
        {
            context.Response.Headers.RetryAfter =
                status.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        var isYaml = MediaTypes.Plain(context.Request.Headers.Accept.ToString().Split(',')[0]) == "application/yaml";
        return ObjectAsync(context, status.Code, status.ToJson(), AnswerForm.Json with { IsYaml = isYaml });
    }

    internal static async Task BytesAsync(HttpContext context, int code, string type, ReadOnlyMemory<byte> bytes)
    {
        var response = context.Response;
        response.StatusCode = code;
        response.ContentType = type;
        response.Headers.CacheControl = "no-cache, private";
        if (bytes.Length >= CompressedBytesMin
            && context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal))
        {
            response.Headers.ContentEncoding = "gzip";
            await using var compressed = new GZipStream(response.Body, CompressionLevel.Fastest);
            await compressed.WriteAsync(bytes, context.RequestAborted);
            return;
        }

        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }
}
