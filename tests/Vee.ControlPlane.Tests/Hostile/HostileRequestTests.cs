using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Tests.Servers;
using Vee.ControlPlane.Tests.Watches;
using Xunit;

namespace Vee.ControlPlane.Tests.Hostile;

/// <summary>Requests that no honest client sends. The server refuses them with a Status or cuts the connection,
/// and goes on serving.</summary>
public sealed class HostileRequestTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData("application/json", "{\"a\":", "}", 100_000)]
    [InlineData("application/json", "[", "]", 100_000)]
    [InlineData("application/yaml", "- ", "x", 10_000)]
    [InlineData("application/yaml", "{a: ", "}", 20_000)]
    public async Task Deep_bodies_are_bad_requests(string type, string open, string close, int depth)
    {
        await using var server = await TestServer.StartAsync();
        var text = string.Concat(Enumerable.Repeat(open, depth)) + string.Concat(Enumerable.Repeat(close, depth));
        Assert.Equal(400, await PostAsync(server, text, type));
        await AssertServesAsync(server);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"metadata\":5}")]
    [InlineData("{\"metadata\":{\"name\":7}}")]
    [InlineData("{\"metadata\":{\"name\":\"a\",\"labels\":[]}}")]
    [InlineData("{\"metadata\":{\"name\":\"a\",\"ownerReferences\":[3]}}")]
    [InlineData("{\"metadata\":{\"name\":\"a\",\"finalizers\":{}}}")]
    [InlineData("{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":1}}")]
    [InlineData("{\"metadata\":{\"name\":\"../../x\"}}")]
    [InlineData("{\"metadata\":{\"name\":\"a\"},\"data\":\u0000}")]
    [InlineData("\ufeff{\"metadata\":{\"name\":\"a b\"}}")]
    public async Task Bodies_of_the_wrong_shape_are_refused(string text)
    {
        await using var server = await TestServer.StartAsync();
        Assert.InRange(await PostAsync(server, text, "application/json"), 400, 422);
        await AssertServesAsync(server);
    }

    [Theory]
    [InlineData("!![]")]
    [InlineData("!!")]
    [InlineData("a: !<>")]
    [InlineData("%TAG ! !\n%TAG ! !\n--- a")]
    [InlineData("\"\\UFFFFFFFF\"")]
    [InlineData("a: &a [*a")]
    [InlineData("? - : - ?")]
    [InlineData("&a !b *c")]
    [InlineData("{a: b, c")]
    [InlineData("--- |\n\t")]
    public async Task Yaml_that_is_none_is_a_bad_request(string text)
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(400, await PostAsync(server, text, "application/yaml"));
        await AssertServesAsync(server);
    }

    [Fact]
    public async Task A_body_beyond_three_megabytes_is_too_large()
    {
        await using var server = await TestServer.StartAsync();
        var text = $"{{\"metadata\":{{\"name\":\"a\"}},\"data\":{{\"k\":\"{new string('x', 4 << 20)}\"}}}}";
        Assert.Equal(413, await PostAsync(server, text, "application/json"));
        await AssertServesAsync(server);
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default/configmaps?limit=abc")]
    [InlineData("/api/v1/namespaces/default/configmaps?labelSelector=%00%ff(")]
    [InlineData("/api/v1/namespaces/default/configmaps?labelSelector=a%20in%20(((")]
    [InlineData("/api/v1/namespaces/default/configmaps?fieldSelector=x%5C")]
    [InlineData("/api/v1/namespaces/default/configmaps?continue=%25%25%25")]
    [InlineData("/api/v1/namespaces/default/configmaps?continue=bnVsbA")]
    [InlineData("/api/v1/namespaces/default/configmaps?continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ")]
    [InlineData("/api/v1/namespaces/default/configmaps?resourceVersion=-1")]
    [InlineData("/api/v1/namespaces/default/configmaps?resourceVersion=99999999999999999999999999")]
    [InlineData("/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=x")]
    [InlineData("/api/v1/namespaces/default/configmaps/a/b/c/d")]
    [InlineData("/api/v1/namespaces//configmaps//")]
    [InlineData("/apis/../../etc/passwd")]
    [InlineData("/apis/%2e%2e/v1/x")]
    [InlineData("/openapi/v3/apis/none/v1")]
    public async Task Strange_paths_and_parameters_have_an_answer(string path)
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.GetAsync(path);
        Assert.True(answer.Code is 200 or 400 or 404 or 410 or 500 or 504, $"{answer.Code}");
        Assert.DoesNotContain("Internal error", answer.Message, StringComparison.Ordinal);
        await AssertServesAsync(server);
    }

    [Fact]
    public async Task Headers_beyond_their_bound_are_refused()
    {
        await using var server = await TestServer.StartAsync();
        await using var connection = await RawConnection.OpenAsync(server.Server.Url);
        await connection.SendAsync($"GET / HTTP/1.1\r\nHost: x\r\nX: {new string('y', 100_000)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431", await connection.ReadAsync(), StringComparison.Ordinal);
        await AssertServesAsync(server);
    }

    [Fact]
    public async Task A_body_that_trickles_is_cut_off()
    {
        await using var server = await TestServer.StartAsync();
        await using var connection = await RawConnection.OpenAsync(server.Server.Url);
        await connection.SendAsync(
            $"POST {Maps} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TestServer.Token}\r\n"
            + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{");
        var answer = await connection.ReadAsync();
        Assert.True(
            answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), answer);
        await AssertServesAsync(server);
    }

    [Fact]
    public async Task A_watcher_that_never_reads_costs_a_bounded_buffer_and_others_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await using var connection = await RawConnection.OpenAsync(server.Server.Url);
        await connection.SendAsync(
            $"GET {Maps}?watch=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TestServer.Token}\r\n\r\n");
        using var reader = await WatchClient.OpenAsync(server.Client, $"{Maps}?watch=1");
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "large" },
            ["data"] = new JsonObject { ["k"] = new string('x', 500_000) },
        };
        await server.PostAsync(Maps, body);
        await reader.NextAsync();
        for (var i = 0; i < 40; i++)
        {
            await server.MergeAsync($"{Maps}/large", new JsonObject
            {
                ["data"] = new JsonObject { ["n"] = $"{i}" },
            });
            Assert.Equal("MODIFIED", (string?)(await reader.NextAsync())!["type"]);
        }

        await AssertServesAsync(server);
    }

    [Fact]
    public async Task Connections_that_break_off_leave_nothing_behind()
    {
        await using var server = await TestServer.StartAsync();
        for (var i = 0; i < 30; i++)
        {
            await using var connection = await RawConnection.OpenAsync(server.Server.Url);
            await connection.SendAsync(
                $"GET {Maps}?watch=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TestServer.Token}\r\n\r\n");
            if (i % 2 == 0)
            {
                await connection.ReadAsync(once: true);
            }
        }

        await AssertServesAsync(server);
        var started = Stopwatch.GetTimestamp();
        await server.Server.DisposeAsync();
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(6), "the server waited for the dead");
    }

    private static async Task AssertServesAsync(TestServer server) =>
        Assert.Equal(200, (await server.GetAsync("/api/v1/namespaces/default")).Code);

    private static async Task<int> PostAsync(TestServer server, string text, string type)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = new(type);
        // A body that the server refuses unread would break the connection under the client that still sends it.
        using var request = new HttpRequestMessage(HttpMethod.Post, Maps) { Content = content };
        request.Headers.ExpectContinue = true;
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Status", (string?)JsonNode.Parse(body)!["kind"]);
        return (int)response.StatusCode;
    }

    /// <summary>A TLS connection on which a test can write what it likes.</summary>
    private sealed class RawConnection(TcpClient client, SslStream stream) : IAsyncDisposable
    {
        internal static async Task<RawConnection> OpenAsync(Uri url)
        {
            var opened = new TcpClient();
            await opened.ConnectAsync(url.Host, url.Port, TestContext.Current.CancellationToken);
            var secured = new SslStream(opened.GetStream());
            await secured.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    CertificateChainPolicy = new()
                    {
                        VerificationFlags =
                            System.Security.Cryptography.X509Certificates.X509VerificationFlags
                                .AllowUnknownCertificateAuthority,
                        RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
                    },
                },
                TestContext.Current.CancellationToken);
            return new(opened, secured);
        }

        internal async Task SendAsync(string text)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
            await stream.FlushAsync(TestContext.Current.CancellationToken);
        }

        /// <summary>Reads until the server closes; or once.</summary>
        internal async Task<string> ReadAsync(bool once = false)
        {
            var text = new StringBuilder();
            var buffer = new byte[4096];
            try
            {
                int count;
                while ((count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
                {
                    text.Append(Encoding.ASCII.GetString(buffer, 0, count));
                    if (once)
                    {
                        break;
                    }
                }
            }
            catch (IOException)
            {
                // Cut off without a farewell.
            }

            return text.ToString();
        }

        public async ValueTask DisposeAsync()
        {
            await stream.DisposeAsync();
            client.Dispose();
        }
    }
}
