using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Storage;
using Vee.ControlPlane.Tests.Servers;
using Xunit;

namespace Vee.ControlPlane.Tests.Durability;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("vee-control-plane-");

    private ControlPlaneOptions Options => new()
    {
        DataDirectory = directory.FullName,
        AdminToken = TestServer.Token,
    };

    [Fact]
    public async Task A_second_server_on_one_directory_is_refused_with_the_reason()
    {
        await using var first = await TestServer.StartAsync(Options);
        var refused = await Assert.ThrowsAsync<StoreException>(() => TestServer.StartAsync(Options));
        Assert.Equal(StoreFault.InUse, refused.Fault);
        Assert.Contains(directory.FullName, refused.Message, StringComparison.Ordinal);
        await first.DisposeAsync();
        await using var second = await TestServer.StartAsync(Options);
    }

    [Fact]
    public async Task State_certificates_and_token_survive_a_restart()
    {
        var options = Options with { AdminToken = null };
        var first = await TestServer.StartAsync(options);
        var (authority, token, revision) = (first.CertificateAuthorityPem, first.AdminToken, first.Revision);
        using (var client = TestServer.NewClient(first.Url, authority, token))
        {
            var made = await ApiAnswer.SendAsync(
                client, HttpMethod.Post, "/api/v1/namespaces", new JsonObject
                {
                    ["metadata"] = new JsonObject { ["name"] = "kept" },
                });
            Assert.Equal(201, made.Code);
        }

        await first.DisposeAsync();
        await using var second = await TestServer.StartAsync(options);
        Assert.Equal(authority, second.CertificateAuthorityPem);
        Assert.Equal(token, second.AdminToken);
        Assert.True(second.Revision > revision);
        using var again = TestServer.NewClient(second.Url, authority, token);
        Assert.Equal(200, (await ApiAnswer.SendAsync(again, HttpMethod.Get, "/api/v1/namespaces/kept", null)).Code);
    }

    [Theory]
    [InlineData("this is no database, but long enough to look like the head of one: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    [InlineData("short")]
    public async Task A_file_that_is_no_store_is_refused_and_left_as_it_is(string content)
    {
        var file = Path.Combine(directory.FullName, "store.db");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<StoreException>(() => TestServer.StartAsync(Options));
        Assert.Equal(StoreFault.Unreadable, refused.Fault);
        Assert.Equal(content, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_damaged_store_is_refused()
    {
        await using (var server = await TestServer.StartAsync(Options))
        {
            await FillAsync(server, 0, 50);
        }

        await using (var file = File.OpenWrite(Path.Combine(directory.FullName, "store.db")))
        {
            file.Position = 8192;
            await file.WriteAsync(new byte[file.Length - 8192].AsMemory(), TestContext.Current.CancellationToken);
        }

        var refused = await Assert.ThrowsAsync<StoreException>(() => TestServer.StartAsync(Options));
        Assert.Equal(StoreFault.Unreadable, refused.Fault);
    }

    [Fact]
    public async Task A_damaged_store_is_left_as_it_is_with_its_log()
    {
        await using (var server = await TestServer.StartAsync(Options))
        {
            await FillAsync(server, 0, 50);
        }

        // What a server leaves that is killed.
        var copy = Directory.CreateDirectory(Path.Combine(directory.FullName, "killed")).FullName;
        await using (var server = await TestServer.StartAsync(Options))
        {
            await FillAsync(server, 50, 1);
            foreach (var name in new[] { "store.db", "store.db-wal" })
            {
                File.Copy(Path.Combine(directory.FullName, name), Path.Combine(copy, name));
            }
        }

        await using (var file = File.OpenWrite(Path.Combine(copy, "store.db")))
        {
            file.Position = file.Length / 2;
            await file.WriteAsync(new byte[file.Length / 4].AsMemory(), TestContext.Current.CancellationToken);
        }

        var before = Bytes(copy);
        var refused = await Assert.ThrowsAsync<StoreException>(
            () => TestServer.StartAsync(Options with { DataDirectory = copy }));
        Assert.Equal(StoreFault.Unreadable, refused.Fault);
        Assert.Equal(before, Bytes(copy));

        static (string, string) Bytes(string path) => (
            Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(path, "store.db")))),
            Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(path, "store.db-wal")))));
    }

    [Fact]
    public async Task A_full_store_refuses_writes_keeps_its_state_and_serves_reads()
    {
        await using var server = await TestServer.StartAsync(Options with { StoreBytesMax = 1 << 20 });
        using var client = TestServer.NewClient(server.Url, server.CertificateAuthorityPem, TestServer.Token);
        var written = new List<string>();
        ApiAnswer answer;
        for (var i = 0; ; i++)
        {
            answer = await ApiAnswer.SendAsync(
                client, HttpMethod.Post, "/api/v1/namespaces/default/configmaps", Large(i));
            if (answer.Code != 201)
            {
                break;
            }

            written.Add($"large-{i}");
            Assert.True(i < 1000, "the store has no limit");
        }

        Assert.Equal(507, answer.Code);
        Assert.Equal("InsufficientStorage", answer.Reason);
        Assert.Equal("Failure", (string?)answer.Body["status"]);
        var list = await ApiAnswer.SendAsync(
            client, HttpMethod.Get, "/api/v1/namespaces/default/configmaps", null);
        string[] names = [.. list.Body["items"]!.AsArray().Select(item => (string)item!["metadata"]!["name"]!)];
        Assert.Equal([.. written.Order(StringComparer.Ordinal)], names);
        await server.DisposeAsync();

        // With more room it goes on from the same state.
        await using var roomy = await TestServer.StartAsync(Options);
        using var later = TestServer.NewClient(roomy.Url, roomy.CertificateAuthorityPem, TestServer.Token);
        var more = await ApiAnswer.SendAsync(
            later, HttpMethod.Post, "/api/v1/namespaces/default/configmaps", Large(5000));
        Assert.Equal(201, more.Code);
    }

    public void Dispose() => directory.Delete(recursive: true);

    private static async Task FillAsync(ControlPlaneServer server, int from, int count)
    {
        using var client = TestServer.NewClient(server.Url, server.CertificateAuthorityPem, TestServer.Token);
        for (var i = from; i < from + count; i++)
        {
            var made = await ApiAnswer.SendAsync(
                client, HttpMethod.Post, "/api/v1/namespaces/default/configmaps", Large(i));
            Assert.Equal(201, made.Code);
        }
    }

    private static JsonObject Large(int number) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = $"large-{number}" },
        ["data"] = new JsonObject { ["bytes"] = new string('x', 20_000) },
    };
}
