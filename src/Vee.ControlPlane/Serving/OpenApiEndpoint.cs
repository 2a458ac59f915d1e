using System.Text;
using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.OpenApi;
using Vee.ControlPlane.Requests;

namespace Vee.ControlPlane.Serving;

/// <summary>Answers requests for descriptions of the API.</summary>
internal sealed class OpenApiEndpoint(OpenApiDocuments documents)
{
    private const string ProtobufV2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    /// <summary>
    /// The OpenAPI 2 description in protobuf with no paths and no definitions. kubectl asks for it only to find out
    /// how lists of custom kinds merge, and what is not in it merges as for any custom kind.
    /// </summary>
    private static readonly byte[] EmptyV2 = MakeEmptyV2();

    internal Task AnswerAsync(HttpContext context, string[] parts)
    {
        switch (parts)
        {
            case ["openapi", "v2"]:
                return context.Request.Headers.Accept.ToString().Contains("protobuf", StringComparison.Ordinal)
                    ? Answer.BytesAsync(context, 200, ProtobufV2, EmptyV2)
                    : Answer.ObjectAsync(context, 200, OpenApiDocuments.Version2(), AnswerForm.Json);
            case ["openapi", "v3"]:
                return Answer.ObjectAsync(context, 200, documents.Index(), AnswerForm.Json);
            case ["openapi", "v3", .. var path]:
                return documents.Find(string.Join('/', path)) is { } document
                    ? Answer.BytesAsync(context, 200, "application/json", document.Json)
                    : Answer.NotFoundAsync(context);
            default:
                return Answer.NotFoundAsync(context);
        }
    }

    private static byte[] MakeEmptyV2()
    {
        // Document: swagger = 1, info = 2 (title = 1, version = 2), paths = 8.
        byte[] info = [.. Field(1, "Kubernetes"), .. Field(2, "v1.36.0")];
        return [.. Field(1, "2.0"), 2 << 3 | 2, (byte)info.Length, .. info, 8 << 3 | 2, 0];
    }

    private static byte[] Field(int number, string text) =>
        [(byte)(number << 3 | 2), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
}
