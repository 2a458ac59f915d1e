using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.Faults;
using Vee.ControlPlane.Handling;
using Vee.ControlPlane.Requests;

namespace Vee.ControlPlane.Serving;

/// <summary>Reads bodies, up to their bound.</summary>
internal static class RequestBody
{
    /// <summary>Bytes of a body: 3 MiB, as kube-apiserver takes.</summary>
    internal const int BytesMax = 3 << 20;

    /// <exception cref="StatusException">413: longer. 400: it ended too soon or came too slowly.</exception>
    internal static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var bytes = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw Fault.TooLarge($"Request entity too large: limit is {BytesMax}");
        }
        catch (BadHttpRequestException e)
        {
            throw Fault.BadRequest(e.Message);
        }

        return bytes.ToArray();
    }

    /// <summary>The options of a delete, in its body or beside it.</summary>
    internal static async Task<DeleteOptions> DeleteOptionsAsync(HttpContext context)
    {
        var bytes = await ReadAsync(context);
        if (bytes.Length == 0)
        {
            return DeleteOptions.Parse(context.Request.Query, null);
        }

        var type = context.Request.ContentType ?? "";
        if (Protobuf.IsProtobuf(type))
        {
            return DeleteOptions.Parse(context.Request.Query, Protobuf.Read(bytes, "DeleteOptions"));
        }

        var parsed = ObjectDecoder.Parse(bytes, type);
        if (parsed.Error is { } error)
        {
            throw Fault.BadRequest(
                $"the object provided is unrecognized (must be of type DeleteOptions): couldn't get version/kind; json "
                + $"parse error: {error}");
        }

        return DeleteOptions.Parse(context.Request.Query, parsed.Node as JsonObject);
    }
}
