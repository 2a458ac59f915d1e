using Vee.Api;
using Vee.Api.VirtualMachines;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

/// <summary>What goes wrong is one line that says what to do, and status 1.</summary>
[Collection<VerbTests>]
public sealed class FailureTests(VerbCluster cluster)
{
    [Theory]
    [InlineData("console")]
    [InlineData("logs")]
    [InlineData("top")]
    [InlineData("restart")]
    public async Task A_machine_that_is_not_there_is_named(string verb)
    {
        var outcome = await cluster.VeeAsync(verb, "nobody");

        Expect(outcome, $"vee {verb}: there is no virtual machine 'nobody' in namespace 'default'.");
    }

    [Fact]
    public async Task A_machine_without_a_place_says_why()
    {
        var machine = await cluster.CreateAsync("homeless");
        var status = VerbCluster.Ready("False", Reasons.NotScheduled, "no host fits");
        await cluster.WriteStatusAsync(machine, status with
        {
            PrintableStatus = "Unschedulable",
            Conditions =
            [
                .. status.Conditions!,
                VerbCluster.Condition(ConditionTypes.Scheduled, "False", Reasons.NoHostFits, "rack-1 lacks 3Gi"),
            ],
        });

        var outcome = await cluster.VeeAsync("console", "homeless");

        Expect(outcome, "vee console: 'homeless' is on no agent (Unschedulable): NoHostFits: rack-1 lacks 3Gi");
    }

    [Fact]
    public async Task A_machine_that_the_operator_has_not_seen_says_so()
    {
        await cluster.CreateAsync("fresh");

        var outcome = await cluster.VeeAsync("logs", "fresh");

        Expect(outcome, "vee logs: 'fresh' has no status yet: the operator has not seen it.");
    }

    [Fact]
    public async Task An_agent_that_was_started_anew_is_told_from_one_that_is_gone()
    {
        var machine = await cluster.RunAsync("forgotten", "pause");
        var running = VerbCluster.Ready("True", Reasons.Running, "") with { Instance = 1 };
        await cluster.WriteStatusAsync(
            machine, running with { Agent = cluster.Agent with { Incarnation = "earlier" } });
        var anew = await cluster.VeeAsync("logs", "forgotten");
        await cluster.WriteStatusAsync(
            machine, running with { Agent = cluster.Agent with { Address = "127.0.0.1:1" } });
        var gone = await cluster.VeeAsync("logs", "forgotten");
        await cluster.WriteStatusAsync(machine, running with { Agent = cluster.Agent, Instance = 7 });
        var older = await cluster.VeeAsync("logs", "forgotten");

        Expect(anew, "vee logs: agent 'agent-0' at ");
        Assert.Contains("was started anew", anew.Error, StringComparison.Ordinal);
        Expect(gone, "vee logs: agent 'agent-0' at 127.0.0.1:1 cannot be reached: ");
        Expect(older, "vee logs: agent 'agent-0' at ");
        Assert.Contains("does not have instance 7 of 'forgotten' any more", older.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_read_the_certificate_may_not_open_consoles()
    {
        await cluster.RunAsync("private", "pause");

        var outcome = await VeeProcess.RunAsync("console", "private", "--kubeconfig", cluster.ViewerKubeconfig);

        Expect(
            outcome,
            "vee console: the Secret 'vee-system/vee-user-tls' with the certificate for agents cannot be read: you may "
                + "not do that: ");
    }

    [Fact]
    public async Task Without_a_kubeconfig_the_ways_to_give_one_are_named()
    {
        var option = await VeeProcess.RunAsync("top", "--kubeconfig", "/nonexistent");
        var variable = await VeeProcess.RunAsync(
            "/usr/bin/env", ["KUBECONFIG=/nonexistent/a:/nonexistent/b", Repository.Vee, "top"], "");
        var home = await VeeProcess.RunAsync(
            "/usr/bin/env", ["-u", "KUBECONFIG", "HOME=/nonexistent", Repository.Vee, "top"], "");
        var context = await cluster.VeeAsync("top", "--context", "another");

        Expect(option, "vee top: there is no kubeconfig '/nonexistent'. Give one with --kubeconfig or KUBECONFIG");
        Expect(variable, "vee top: there is no kubeconfig '/nonexistent/a:/nonexistent/b'.");
        Expect(home, "vee top: there is no kubeconfig '/nonexistent/.kube/config'.");
        Expect(context, $"vee top: the kubeconfig '{cluster.Kubeconfig}' cannot be used: ");
    }

    [Fact]
    public async Task An_api_server_that_is_down_is_told_soon()
    {
        using var scratch = new ScratchDirectory();
        var text = await File.ReadAllTextAsync(cluster.Kubeconfig, TestContext.Current.CancellationToken);
        var path = Path.Combine(scratch.FullName, "kubeconfig");
        await File.WriteAllTextAsync(
            path, System.Text.RegularExpressions.Regex.Replace(
                text, "https://127[.]0[.]0[.]1:[0-9]+", "https://127.0.0.1:1",
                System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)),
            TestContext.Current.CancellationToken);

        var outcome = await VeeProcess.RunAsync("stop", "web", "--kubeconfig", path);

        Expect(outcome, "vee stop: the API server https://127.0.0.1:1 cannot be reached: ");
    }

    [Fact]
    public async Task KUBECONFIG_may_list_several_files_of_which_some_are_missing()
    {
        await cluster.CreateAsync("listed");

        var outcome = await VeeProcess.RunAsync(
            "/usr/bin/env",
            [
                $"KUBECONFIG=/nonexistent:{cluster.ViewerKubeconfig}:{cluster.Kubeconfig}", Repository.Vee, "stop",
                "listed",
            ],
            "");

        Assert.Equal((0, ""), (outcome.Status, outcome.Error));
        Assert.Equal(RunStrategies.Halted, (await cluster.GetAsync("listed")).Spec.RunStrategy);
    }

    [Theory]
    [InlineData("NAME 'Web' must be a name", "stop", "Web")]
    [InlineData("NAME 'a/b' must be a name", "console", "a/b")]
    [InlineData("NAME '' must be a name", "logs", "")]
    [InlineData("--namespace '../x' must be a name", "top", "-n", "../x")]
    [InlineData("--output 'xml' must be table, json or yaml", "top", "-o", "xml")]
    [InlineData("--timeout '0s' must be a time from 1s to 24h", "start", "web", "--timeout", "0s")]
    [InlineData("--tail '0' must be a number", "logs", "web", "--tail", "0")]
    [InlineData("--interval '0' must be a number", "top", "--interval", "0")]
    [InlineData("'NAME' missing", "restart")]
    public async Task A_wrong_command_line_is_told_before_anything_is_asked(string message, params string[] arguments)
    {
        var outcome = await VeeProcess.RunAsync(arguments);

        Assert.Equal((2, ""), (outcome.Status, outcome.Output));
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }

    private static void Expect(Outcome outcome, string beginning)
    {
        Assert.StartsWith(beginning, outcome.Error, StringComparison.Ordinal);
        Assert.Equal((1, ""), (outcome.Status, outcome.Output));
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }
}
