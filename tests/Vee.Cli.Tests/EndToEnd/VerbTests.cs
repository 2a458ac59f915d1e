using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>What people type at a machine, done by an operator and an agent.</summary>
[Collection<EndToEndTests>]
public sealed class VerbTests(LiveCluster cluster)
{
    [Fact]
    public async Task A_machine_is_stopped_started_restarted_paused_and_resumed_by_its_verbs()
    {
        var (host, machine) = (cluster.Name("host"), cluster.Name("verbs"));
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        await cluster.ApplyAsync(LiveCluster.Machine(
            machine, host, more: "  ports:\n  - name: redis\n    port: 6379\n"));
        await IsAsync("Running");

        foreach (var (verb, status, instance) in (IEnumerable<(string, string, string)>)
        [
            ("pause", "Paused", "1"), ("resume", "Running", "1"), ("restart", "Running", "2"),
            ("stop", "Halted", "2"), ("start", "Running", "3"),
        ])
        {
            var done = await VeeAsync(verb, machine, "--wait", "--timeout", "30s");
            Assert.True(done.Status == 0, $"{verb}: {done.Error}");
            var got = await cluster.KubectlAsync(
                "get", "veevm", machine, "-o", "jsonpath={.status.printableStatus} {.status.instance}");
            Assert.Equal($"{status} {instance}", got.Output);
        }

        var top = await VeeAsync("top", machine);
        Assert.Matches($"(?m)^{machine} +", top.Output);
        var address = (await cluster.KubectlAsync(
            "get", "veevm", machine, "-o", "jsonpath={.status.ports[0].address}")).Output;
        Assert.Equal("+PONG", await GuestPort.AskAsync(address, "PING"));
        await cluster.KubectlAsync("delete", "veevm", machine, "--timeout=30s");
        await cluster.KubectlAsync("delete", "veehost", host, "--timeout=30s");

        Task<string> IsAsync(string status) =>
            cluster.EventuallyAsync($"veevm {machine}", "{.status.printableStatus}", got => got == status);

        Task<Outcome> VeeAsync(params string[] arguments) => VeeProcess.RunAsync(
            [.. arguments, "--namespace", "default", "--kubeconfig", cluster.Kubeconfig]);
    }
}
