using System.Net.Http.Headers;

namespace Vee.ControllerRuntime.Clients;

/// <summary>A request that can be sent more than once: HttpClient's own cannot.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="PathAndQuery">From the server's root, without a leading slash.</param>
/// <param name="IsIdempotent">Sent twice, it does the same as sent once.</param>
internal sealed record ApiRequest(HttpMethod Method, string PathAndQuery, bool IsIdempotent)
{
    /// <summary>JSON in UTF-8; null for none.</summary>
    internal byte[]? Body { get; init; }

    /// <summary>What kind of JSON.</summary>
    internal string ContentType { get; init; } = "application/json";

    internal HttpRequestMessage ToMessage(Uri root)
    {
        var message = new HttpRequestMessage(Method, new Uri(root, PathAndQuery))
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        }

        return message;
    }
}
