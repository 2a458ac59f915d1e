using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Tests.Servers;
using Xunit;

namespace Vee.ControlPlane.Tests.Security;

public sealed class AccessTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task A_client_certificate_says_who_asks()
    {
        await using var server = await TestServer.StartAsync();
        using var certificate = server.Server.IssueClientCertificate("carol", "team", "system:masters");
        using var client = NewClient(server, null, certificate);
        var review = await ApiAnswer.SendAsync(
            client, HttpMethod.Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", new JsonObject());
        Assert.Equal(201, review.Code);
        var user = review.Body["status"]!["userInfo"]!;
        Assert.Equal("carol", (string?)user["username"]);
        Assert.Equal("""["team","system:masters","system:authenticated"]""", user["groups"]!.ToJsonString());
        Assert.Equal(200, (await ApiAnswer.SendAsync(client, HttpMethod.Get, Maps, null)).Code);
    }

    [Fact]
    public async Task A_certificate_that_others_signed_is_refused_in_the_handshake()
    {
        await using var server = await TestServer.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var foreign = new CertificateRequest("O=system:masters, CN=mallory", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        using var client = NewClient(server, null, foreign);
        await Assert.ThrowsAnyAsync<HttpRequestException>(
            () => client.GetAsync(Maps, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Users_may_do_what_the_caller_of_the_server_allows()
    {
        await using var server = await TestServer.StartAsync(options => options with
        {
            Users = [new("reader", "reads", "readers")],
            Authorize = q => q is { Verb: "get" or "list" or "watch", Resource: "configmaps" }
                && q.Groups.Contains("readers", StringComparer.Ordinal),
        });
        using var client = NewClient(server, "reads");
        Assert.Equal(200, (await ApiAnswer.SendAsync(client, HttpMethod.Get, Maps, null)).Code);
        var refused = await ApiAnswer.SendAsync(client, HttpMethod.Get, "/api/v1/namespaces/default/secrets/s", null);
        Assert.Equal(403, refused.Code);
        Assert.Equal(
            "secrets \"s\" is forbidden: User \"reader\" cannot get resource \"secrets\" in API group \"\" in the "
            + "namespace \"default\"",
            refused.Message);
        Assert.Equal(403, (await ApiAnswer.SendAsync(client, HttpMethod.Delete, $"{Maps}/a", null)).Code);
        Assert.Equal(200, (await ApiAnswer.SendAsync(client, HttpMethod.Get, "/apis", null)).Code);
        client.DefaultRequestHeaders.Add("Impersonate-User", "admin");
        Assert.Equal(403, (await ApiAnswer.SendAsync(client, HttpMethod.Get, Maps, null)).Code);
    }

    [Theory]
    [InlineData("/healthz", 200)]
    [InlineData("/readyz", 200)]
    [InlineData("/version", 200)]
    [InlineData("/api", 403)]
    [InlineData("/nothing", 403)]
    public async Task Anonymous_users_see_only_that_the_server_lives(string path, int code)
    {
        await using var server = await TestServer.StartAsync();
        using var client = NewClient(server, null);
        Assert.Equal(code, (await ApiAnswer.SendAsync(client, HttpMethod.Get, path, null)).Code);
    }

    [Fact]
    public async Task The_authority_may_come_from_the_caller()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=own", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var own = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        await using var server = await TestServer.StartAsync(o => o with { CertificateAuthority = own });
        Assert.Equal(200, (await server.GetAsync(Maps)).Code);
        Assert.False(File.Exists(Path.Combine(server.Directory, "ca.key")));
    }

    [Fact]
    public async Task Secrets_on_disk_are_readable_by_their_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes");
        await using var server = await TestServer.StartAsync(o => o with { AdminToken = null });
        server.Server.WriteKubeconfig(Path.Combine(server.Directory, "kubeconfig"));
        foreach (var file in (string[])["ca.key", "admin.token", "kubeconfig"])
        {
            var mode = OperatingSystem.IsWindows() ? 0 : File.GetUnixFileMode(Path.Combine(server.Directory, file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
        }
    }

    private static HttpClient NewClient(TestServer server, string? token, X509Certificate2? certificate = null) =>
        TestServer.NewClient(server.Server.Url, server.Server.CertificateAuthorityPem, token, certificate);
}
