using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>A disk that is full, or that nobody may write.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_acknowledged_before_a_disk_was_full_is_there_when_there_is_room_again()
    {
        using var disk = await SmallDisk.MountAsync("size=16m");
        await using var up = new OwnUp(
            Path.Combine(disk.Directory, "data"), Path.Combine(disk.Seen, "data"), disk.Command);
        await up.StartAsync();
        using var client = up.Connect();
        for (var i = 0; i < 10; i++)
        {
            await OwnUp.KeepAsync(client, $"kept-{i}", 20_000);
        }

        disk.Fill();
        var refusal = await FirstRefusalAsync(client);
        Assert.Equal(HttpStatusCode.InsufficientStorage, refusal.Response.StatusCode);
        var status = KubernetesJson.Deserialize<V1Status>(refusal.Response.Content);
        Assert.Equal(("Failure", "InsufficientStorage", 507), (status.Status, status.Reason, status.Code));
        Assert.Contains("nothing was written: the disk", status.Message, StringComparison.Ordinal);
        var kept = await OwnUp.KeptAsync(client);
        Assert.True(kept.Count >= 10, string.Join('\n', kept));

        await up.StopAsync();
        disk.Fill();
        var refused = await up.RefusedAsync();
        Assert.Contains($"{up.Data} cannot be written: No space left on device", refused, StringComparison.Ordinal);
        Assert.Contains("Make room", refused, StringComparison.Ordinal);

        disk.Free();
        await up.StartAsync();
        using var again = up.Connect();
        Assert.Equal(kept, await OwnUp.KeptAsync(again));
        await OwnUp.KeepAsync(again, "more");
    }

    [Fact]
    public async Task An_agent_that_dies_on_a_full_disk_is_there_again_when_there_is_room()
    {
        using var disk = await SmallDisk.MountAsync("size=16m");
        await using var up = new OwnUp(
            Path.Combine(disk.Directory, "data"), Path.Combine(disk.Seen, "data"), disk.Command);
        await up.StartAsync();
        var supervisor = Assert.Single(OwnProcesses.Find("up --foreground", up.Data));
        var record = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(up.Seen, "up.json"), Token)).RootElement;
        var health = new Uri($"http://127.0.0.1:{record.GetProperty("agents")[0].GetProperty("metricsPort")}/readyz");
        using var http = new HttpClient();
        Assert.Equal("200", await ReadyAsync(http, health));

        disk.Fill();
        // The second of them has had something to log, and nowhere to.
        for (var i = 0; i < 2; i++)
        {
            OwnProcesses.Kill("agent --name agent-1", up.Data);
            await UntilReadyAsync(http, health);
        }

        OwnProcesses.Kill("agent --name agent-1", up.Data);
        disk.Free();
        await UntilReadyAsync(http, health);
        Assert.Equal("200", await ReadyAsync(http, new Uri($"{record.GetProperty("operatorHealth")}/readyz")));
        Assert.Equal([supervisor], OwnProcesses.Find("up --foreground", up.Data));
        using var client = up.Connect();
        await OwnUp.KeepAsync(client, "more");
    }

    [Fact]
    public async Task A_disk_that_nobody_may_write_is_refused()
    {
        using var disk = await SmallDisk.MountAsync("ro");
        await using var up = new OwnUp(disk.Directory, disk.Seen, disk.Command);

        var refusal = await up.RefusedAsync();

        Assert.Contains(disk.Directory, refusal, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", refusal, StringComparison.Ordinal);
        Assert.EndsWith("another directory with --data.", refusal, StringComparison.Ordinal);
    }

    private static async Task UntilReadyAsync(HttpClient http, Uri health)
    {
        var start = Stopwatch.GetTimestamp();
        string ready;
        while ((ready = await ReadyAsync(http, health)) != "200" && Stopwatch.GetElapsedTime(start).TotalSeconds < 20)
        {
            await Task.Delay(100, Token);
        }

        Assert.Equal("200", ready);
    }

    /// <summary>The status with which a health check is answered, or why it is not.</summary>
    private static async Task<string> ReadyAsync(HttpClient http, Uri health)
    {
        try
        {
            using var answer = await http.GetAsync(health, Token);
            return ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }

    /// <summary>Stores objects until one is refused.</summary>
    private static async Task<HttpOperationException> FirstRefusalAsync(Kubernetes client)
    {
        for (var i = 0; i < 100; i++)
        {
            try
            {
                await OwnUp.KeepAsync(client, $"more-{i}", 100_000);
            }
            catch (HttpOperationException e)
            {
                return e;
            }
        }

        throw new InvalidOperationException("100 objects of 100 KB were stored on a disk that is full");
    }
}
