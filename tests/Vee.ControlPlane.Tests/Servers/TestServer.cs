using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Vee.ControlPlane.Tests.Servers;

/// <summary>A server in a directory of its own, and a client of it.</summary>
public sealed class TestServer : IAsyncDisposable
{
    internal const string Token = "admintoken";

    private readonly DirectoryInfo directory;

    private TestServer(DirectoryInfo directory, ControlPlaneServer server)
    {
        this.directory = directory;
        Server = server;
        Client = NewClient(server.Url, server.CertificateAuthorityPem, Token);
    }

    internal ControlPlaneServer Server { get; }

    internal HttpClient Client { get; }

    internal string Directory => directory.FullName;

    internal static async Task<TestServer> StartAsync(Func<ControlPlaneOptions, ControlPlaneOptions>? change = null)
    {
        var made = System.IO.Directory.CreateTempSubdirectory("vee-control-plane-");
        var options = new ControlPlaneOptions { DataDirectory = made.FullName, AdminToken = Token, Seed = 1 };
        return new(made, await StartAsync(change?.Invoke(options) ?? options));
    }

    internal static Task<ControlPlaneServer> StartAsync(ControlPlaneOptions options) => ControlPlaneServer.StartAsync(
        options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    internal static HttpClient NewClient(
        Uri url, string authorityPem, string? token, X509Certificate2? certificate = null)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(authorityPem));
        var handler = new SocketsHttpHandler
        {
            SslOptions = { CertificateChainPolicy = policy },
            Expect100ContinueTimeout = TimeSpan.FromSeconds(30),
        };
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }

        var client = new HttpClient(handler)
        {
            BaseAddress = url,
            Timeout = TimeSpan.FromSeconds(60),
        };
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        return client;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        directory.Delete(recursive: true);
    }

    internal Task<ApiAnswer> GetAsync(string path) => ApiAnswer.SendAsync(Client, HttpMethod.Get, path, null);

    internal Task<ApiAnswer> PostAsync(string path, JsonNode body) =>
        ApiAnswer.SendAsync(Client, HttpMethod.Post, path, body);

    internal Task<ApiAnswer> PutAsync(string path, JsonNode body) =>
        ApiAnswer.SendAsync(Client, HttpMethod.Put, path, body);

    internal Task<ApiAnswer> DeleteAsync(string path, JsonNode? body = null) =>
        ApiAnswer.SendAsync(Client, HttpMethod.Delete, path, body);

    internal Task<ApiAnswer> MergeAsync(string path, JsonNode body) =>
        ApiAnswer.SendAsync(Client, HttpMethod.Patch, path, body, "application/merge-patch+json");

    /// <summary>Waits until a question has the answer that is wanted.</summary>
    internal static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (!await isSo())
        {
            Assert.True(DateTime.UtcNow < deadline, $"in vain waited for: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}

/// <summary>An answer of the API.</summary>
internal sealed record ApiAnswer(int Code, JsonObject Body, HttpResponseHeaders Headers)
{
    internal string Reason => Body["reason"]?.GetValue<string>() ?? "";

    internal string Message => Body["message"]?.GetValue<string>() ?? "";

    internal string Version => Body["metadata"]!["resourceVersion"]!.GetValue<string>();

    internal static async Task<ApiAnswer> SendAsync(
        HttpClient client, HttpMethod method, string path, JsonNode? body, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8);
            request.Content.Headers.ContentType = new(contentType);
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var value = text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : new() { ["text"] = text };
        return new((int)response.StatusCode, value, response.Headers);
    }
}
