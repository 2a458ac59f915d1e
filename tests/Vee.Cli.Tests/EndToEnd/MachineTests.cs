using System.Globalization;
using System.Net.Sockets;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>From YAML to a running guest and back, with kubectl, as a user does it.</summary>
[Collection<EndToEndTests>]
public sealed class MachineTests(LiveCluster cluster)
{
    private const string Ready = "{.status.conditions[?(@.type==\"Ready\")].status}";
    private const string ReadyReason = "{.status.conditions[?(@.type==\"Ready\")].reason}";
    private const string ReadyMessage = "{.status.conditions[?(@.type==\"Ready\")].message}";
    private const string Ports = "  ports:\n  - name: redis\n    port: 6379\n";

    [Fact]
    public async Task A_manifest_becomes_a_guest_that_answers_and_goes_with_its_object()
    {
        var (host, machine) = (cluster.Name("host"), cluster.Name("store"));
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        await cluster.ApplyAsync(LiveCluster.Machine(machine, host, more: Ports));
        var waited = await cluster.KubectlAsync(
            "wait", $"veevm/{machine}", "--for=condition=Ready", "--timeout=30s");
        Assert.True(waited.Status == 0, waited.Error);

        var address = await FieldAsync(machine, "{.status.ports[0].address}");
        Assert.Equal("+PONG", await GuestPort.AskAsync(address, "PING"));
        var described = await cluster.KubectlAsync("describe", "veevm", machine);
        Assert.Contains("executes on host", described.Output, StringComparison.Ordinal);

        var deleted = await cluster.KubectlAsync("delete", "veevm", machine, "--timeout=30s");
        Assert.True(deleted.Status == 0, deleted.Error);
        await Assert.ThrowsAsync<SocketException>(() => GuestPort.AskAsync(address, "PING"));
        var hostDeleted = await cluster.KubectlAsync("delete", "veehost", host, "--timeout=30s");
        Assert.True(hostDeleted.Status == 0, hostDeleted.Error);
    }

    [Fact]
    public async Task A_halted_machine_stops_and_a_mended_spec_runs()
    {
        var (host, machine) = (cluster.Name("host"), cluster.Name("mended"));
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        await cluster.ApplyAsync(LiveCluster.Machine(machine, host, image: "builtin: nothing"));
        await cluster.EventuallyAsync($"veevm {machine}", ReadyReason, r => r == "ImageNotFound");
        await cluster.ApplyAsync(LiveCluster.Machine(machine, host));
        await cluster.EventuallyAsync($"veevm {machine}", Ready, r => r == "True");
        await PatchAsync(machine, """{"spec":{"runStrategy":"Halted"}}""");
        await cluster.EventuallyAsync($"veevm {machine}", "{.status.printableStatus}", s => s == "Halted");
        await PatchAsync(machine, """{"spec":{"runStrategy":"Always"}}""");
        await cluster.EventuallyAsync(
            $"veevm {machine}", "{.status.instance}/{.status.printableStatus}", s => s == "2/Running");
        await DeleteAsync(machine, host);
    }

    [Fact]
    public async Task A_machine_that_fits_nowhere_names_each_host_and_runs_when_one_comes()
    {
        var (small, large, machine) = (cluster.Name("small"), cluster.Name("large"), cluster.Name("big"));
        await cluster.ApplyAsync(LiveCluster.Host(small, memory: "64Mi", label: small));
        await cluster.EventuallyAsync($"veehost {small}", Ready, r => r == "True");
        await cluster.ApplyAsync(LiveCluster.Machine(machine, small, memory: "512Mi"));
        await cluster.EventuallyAsync(
            $"veevm {machine}", ReadyMessage,
            m => m.Contains($"{small} has 64Mi of 64Mi memory free, 512Mi needed", StringComparison.Ordinal));
        await cluster.ApplyAsync(LiveCluster.Host(large, memory: "1Gi", label: small));
        await cluster.EventuallyAsync(
            $"veevm {machine}", "{.status.hostName}/{.status.printableStatus}", s => s == $"{large}/Running");
        await DeleteAsync(machine, small, large);
    }

    [Fact]
    public async Task A_host_beyond_the_agents_limit_is_told_the_arithmetic()
    {
        var host = cluster.Name("giant");
        await cluster.ApplyAsync(LiveCluster.Host(host, memory: "512Gi"));
        var message = await cluster.EventuallyAsync(
            $"veehost {host}", "{.status.conditions[?(@.type==\"Bound\")].reason}: "
                + "{.status.conditions[?(@.type==\"Bound\")].message}",
            m => m.StartsWith("NoAgentFits", StringComparison.Ordinal));
        Assert.Contains("left, 512Gi needed", message, StringComparison.Ordinal);
        await cluster.KubectlAsync("delete", "veehost", host);
    }

    [Theory]
    [InlineData("vcpus: 65", "spec.cpu.vcpus")]
    [InlineData("vcpus: two", "spec.cpu.vcpus")]
    [InlineData("cores: 1", "spec.cpu.cores")]
    public async Task An_invalid_manifest_is_refused_with_the_field_named(string cpu, string field)
    {
        var manifest = LiveCluster.Machine(cluster.Name("bad"), "x", more: $"  cpu:\n    {cpu}\n");
        var applied = await cluster.KubectlWithInputAsync(manifest, "apply", "-f", "-");
        Assert.NotEqual(0, applied.Status);
        Assert.Contains(field, applied.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_to_run_once_that_fails_stays_failed_with_its_exit_status()
    {
        var (host, machine) = (cluster.Name("host"), cluster.Name("once"));
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        var bad = "  runStrategy: Once\n  workload:\n    args: [\"--no-such-option\"]\n";
        await cluster.ApplyAsync(LiveCluster.Machine(machine, host, more: bad));
        await cluster.EventuallyAsync($"veevm {machine}", "{.status.printableStatus}", s => s == "Failed");
        Assert.Equal(
            "1 Exited 2",
            await FieldAsync(
                machine, "{.status.instance} {.status.lastTermination.reason} {.status.lastTermination.exitCode}"));
        await DeleteAsync(machine, host);
    }

    [Fact]
    public async Task A_crash_is_told_with_its_place_and_its_machine_started_again_after_growing_waits()
    {
        var (host, machine) = (cluster.Name("host"), cluster.Name("crash"));
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        await CreateProgramAsync(machine);
        var source = $"configMap: {{ name: {machine}, key: program }}";
        var args = "  workload:\n    args: [last, \"last words\"]\n";
        await cluster.ApplyAsync(LiveCluster.Machine(machine, host, source, more: args));

        // The first start anew is at once, the second after 10 s, the third after 20 s.
        await AwaitBackOffAsync(machine, instance: 2);
        Assert.InRange(await SecondsOfBackOffAsync(machine), 10, 11);
        Assert.Equal("2 Faulted SIGSEGV fault+0x18 0x10", await FieldAsync(
            machine, "{.status.lastTermination.instance} {.status.lastTermination.reason} "
                + "{.status.lastTermination.signal} {.status.lastTermination.symbol} "
                + "{.status.lastTermination.address}"));
        var pc = await FieldAsync(machine, "{.status.lastTermination.pc}");
        Assert.Matches(
            $@"^started again at ..:..:.. UTC, after 2 ends in a row; the last: Thread \d+ was ended by SIGSEGV at "
            + $@"{pc} <fault\+0x[0-9a-f]+>: a store to 0x10, where nothing is mapped\.$",
            await FieldAsync(machine, ReadyMessage));
        var logs = await VeeProcess.RunAsync(
            "logs", machine, "--namespace", "default", "--kubeconfig", cluster.Kubeconfig);
        Assert.Equal(new Outcome(0, "last words", ""), logs);

        await AwaitBackOffAsync(machine, instance: 3);
        Assert.InRange(await SecondsOfBackOffAsync(machine), 20, 21);
        Assert.Equal("2", await FieldAsync(machine, "{.status.restarts}"));
        var before = await VeeProcess.RunAsync(
            "logs", machine, "--previous", "--namespace", "default", "--kubeconfig", cluster.Kubeconfig);
        Assert.Equal((0, "last words"), (before.Status, before.Output));
        Assert.Matches(
            $"^vee logs: instance 2 of '{machine}' ended: Thread .* was ended by SIGSEGV at {pc} ", before.Error);
        await DeleteAsync(machine, host);
        await cluster.KubectlAsync("delete", "configmap", machine);
    }

    [Fact]
    public async Task A_killed_agent_comes_back_with_its_hosts_and_its_machines_start_once_more()
    {
        var (host, machine) = (cluster.Name("host"), cluster.Name("survivor"));
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        await cluster.ApplyAsync(LiveCluster.Machine(machine, host, more: Ports));
        await cluster.EventuallyAsync($"veevm {machine}", Ready, r => r == "True");
        var agent = await FieldAsync(machine, "{.status.agent.name}");
        OwnProcesses.Kill($"--name {agent} --data {cluster.Data}");
        await cluster.EventuallyAsync(
            $"veevm {machine}", "{.status.instance}/{.status.printableStatus}", s => s == "2/Running");
        var address = await FieldAsync(machine, "{.status.ports[0].address}");
        Assert.Equal("+PONG", await GuestPort.AskAsync(address, "PING"));
        Assert.Equal("Lost", await FieldAsync(machine, "{.status.lastTermination.reason}"));
        await DeleteAsync(machine, host);
    }

    [Fact]
    public async Task Guests_run_on_without_the_operator_and_the_next_one_adopts_them()
    {
        var (host, machine) = (cluster.Name("host"), cluster.Name("orphan"));
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        await cluster.ApplyAsync(LiveCluster.Machine(machine, host, more: Ports));
        await cluster.EventuallyAsync($"veevm {machine}", Ready, r => r == "True");
        var address = await FieldAsync(machine, "{.status.ports[0].address}");
        Assert.Equal("+OK", await GuestPort.AskAsync(address, "SET a 1"));
        OwnProcesses.Kill(" operator --kubeconfig ", cluster.Data);
        Assert.Equal("$1", await GuestPort.AskAsync(address, "GET a"));
        await PatchAsync(machine, """{"spec":{"paused":true}}""");
        await cluster.EventuallyAsync(
            $"veevm {machine}", "{.status.instance}/{.status.printableStatus}", s => s == "1/Paused", 60);
        await PatchAsync(machine, """{"spec":{"paused":false}}""");
        await cluster.EventuallyAsync($"veevm {machine}", "{.status.printableStatus}", s => s == "Running");
        Assert.Equal("$1", await GuestPort.AskAsync(address, "GET a"));
        await DeleteAsync(machine, host);
    }

    private async Task<string> FieldAsync(string machine, string path) =>
        (await cluster.KubectlAsync("get", "veevm", machine, "-o", $"jsonpath={path}")).Output;

    /// <summary>The tests' own guest as a program of the user's.</summary>
    private async Task CreateProgramAsync(string configMap)
    {
        var made = await cluster.KubectlAsync(
            "create", "configmap", configMap, $"--from-file=program={Repository.Probe}");
        Assert.True(made.Status == 0, made.Error);
    }

    private Task<string> AwaitBackOffAsync(string machine, int instance) => cluster.EventuallyAsync(
        $"veevm {machine}", "{.status.instance}/{.status.printableStatus}", s => s == $"{instance}/BackOff");

    private async Task<double> SecondsOfBackOffAsync(string machine)
    {
        var (ended, retry) = (
            await FieldAsync(machine, "{.status.lastTermination.finishedAt}"),
            await FieldAsync(machine, "{.status.startFailure.retryAfter}"));
        return (DateTime.Parse(retry, CultureInfo.InvariantCulture)
            - DateTime.Parse(ended, CultureInfo.InvariantCulture)).TotalSeconds;
    }

    private async Task PatchAsync(string machine, string patch)
    {
        var patched = await cluster.KubectlAsync("patch", "veevm", machine, "--type=merge", "-p", patch);
        Assert.True(patched.Status == 0, patched.Error);
    }

    private async Task DeleteAsync(string machine, params string[] hosts)
    {
        await cluster.KubectlAsync("delete", "veevm", machine, "--timeout=30s");
        await cluster.KubectlAsync(["delete", "veehost", .. hosts, "--timeout=30s"]);
    }
}
