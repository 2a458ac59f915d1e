using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>A second <c>vee up</c> for a cluster that has one.</summary>
[Collection<EndToEndTests>]
public sealed class SecondOperatorTests(LiveCluster cluster)
{
    [Fact]
    public async Task A_second_up_for_a_cluster_is_refused_and_the_logs_of_the_first_can_be_read()
    {
        var (host, machine) = (cluster.Name("host"), cluster.Name("read"));
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        await cluster.ApplyAsync(LiveCluster.Machine(machine, host));
        await cluster.EventuallyAsync($"veevm {machine}", "{.status.printableStatus}", s => s == "Running");
        using var scratch = new ScratchDirectory();

        var second = await VeeProcess.RunAsync(
            "up", "--data", scratch.FullName, "--agents", "1", "--kubeconfig", cluster.Kubeconfig);
        await VeeProcess.RunAsync("down", "--data", scratch.FullName);

        Assert.Equal((1, ""), (second.Status, second.Output));
        Assert.Contains(
            $"an operator runs for the cluster of {cluster.Kubeconfig} already", second.Error,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "leave out --kubeconfig for a cluster of your own.", second.Error.TrimEnd('\n'), StringComparison.Ordinal);
        Assert.Empty(OwnProcesses.Find(scratch.FullName));
        var logs = await VeeProcess.RunAsync(
            "logs", machine, "--namespace", "default", "--kubeconfig", cluster.Kubeconfig);
        Assert.True(logs.Status == 0, logs.Error);
        await cluster.KubectlAsync("delete", "veevm", machine, "--timeout=30s");
        await cluster.KubectlAsync("delete", "veehost", host, "--timeout=30s");
    }
}
