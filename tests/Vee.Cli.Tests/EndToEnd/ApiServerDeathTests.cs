using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>The death of the embedded API server under everything else.</summary>
[Collection<EndToEndTests>]
public sealed class ApiServerDeathTests(LiveCluster cluster)
{
    [Fact]
    public async Task A_killed_API_server_comes_back_with_every_object_and_guests_run_on()
    {
        Assert.SkipUnless(LiveCluster.IsEmbedded, "the API server is that of KUBECONFIG, which is not ours to kill");
        var (host, machine) = (cluster.Name("host"), cluster.Name("undisturbed"));
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        await cluster.ApplyAsync(
            LiveCluster.Machine(machine, host, more: "  ports:\n  - name: redis\n    port: 6379\n"));
        var address = await cluster.EventuallyAsync(
            $"veevm {machine}", "{.status.ports[0].address}", a => a.Length > 0);
        Assert.Equal("+OK", await GuestPort.AskAsync(address, "SET a 1"));
        using var client = OwnUp.Connect(cluster.Kubeconfig);
        var name = (await OwnUp.KeepAsync(client, cluster.Name("kept"))).Metadata.Name;
        var kept = await OwnUp.KeptAsync(client);

        OwnProcesses.Kill($"control-plane --data {cluster.Data}");
        Assert.Equal("$1", await GuestPort.AskAsync(address, "GET a"));
        await cluster.EventuallyAsync(
            $"veevm {machine}", "{.status.instance}/{.status.printableStatus}", s => s == "1/Running");
        Assert.Equal(kept, await OwnUp.KeptAsync(client));

        // The operator has found it again too, and does what is asked.
        var patched = await cluster.KubectlAsync(
            "patch", "veevm", machine, "--type=merge", "-p", """{"spec":{"paused":true}}""");
        Assert.True(patched.Status == 0, patched.Error);
        await cluster.EventuallyAsync(
            $"veevm {machine}", "{.status.instance}/{.status.printableStatus}", s => s == "1/Paused", 60);
        await cluster.KubectlAsync("delete", "configmap", name);
        await cluster.KubectlAsync("delete", "veevm", machine, "--timeout=30s");
        await cluster.KubectlAsync("delete", "veehost", host, "--timeout=30s");
    }
}
