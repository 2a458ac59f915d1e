using System.Diagnostics;
using System.Text.Json;
using Vee.Cli.Up;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>The first command of the README, as it is typed.</summary>
[Collection<EndToEndTests>]
public sealed class DemoTests(LiveCluster cluster)
{
    [Fact]
    public async Task Demo_shows_people_every_step_and_programs_the_answers_and_leaves_nothing()
    {
        using var scratch = new ScratchDirectory();
        var start = Stopwatch.GetTimestamp();

        // With JSON on stdout, what people read is all on stderr.
        var demo = await VeeProcess.ShellAsync(
            $"TMPDIR={scratch.FullName} exec {Repository.Vee} demo --output json");

        Assert.True(demo.Status == 0, demo.Error);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
        var answers = JsonDocument.Parse(demo.Output).RootElement.GetProperty("answers");
        Assert.Equal(["+PONG", "+OK", "$5", "hello"], answers.EnumerateArray().Select(a => a.GetString()));
        Assert.Matches(
            @"\$ kubectl get veevm\nNAME +STATUS +READY +HOST +SOURCE +MEMORY +ADDRESS +AGE\n", demo.Error);
        Assert.Matches(@"(?m)^hello +(Running|Succeeded) +True +rack-1-host-[12] ", demo.Error);
        Assert.Matches(@"(?m)^kvstore +Running +True +rack-1-host-[12] .* 127\.0\.0\.1:[0-9]+ ", demo.Error);
        Assert.Contains(
            "PING\n  +PONG\nSET greeting hello\n  +OK\nGET greeting\n  $5\n  hello\n", demo.Error,
            StringComparison.Ordinal);
        Assert.Matches(@"\$ vee top\nNAME .*VIRTUAL\(s\).*\n(.*\n)?kvstore +", demo.Error);
        Assert.Matches(@"(?m)^vee_agent_machines\{phase=""Running""\} 1$", demo.Error);
        AssertMoves(demo.Error, JsonDocument.Parse(demo.Output).RootElement.GetProperty("moves"));
        Assert.Matches(@"\nvee demo: done after [0-9.]+ s, everything is taken down\n$", demo.Error);
        Assert.Empty(OwnProcesses.Find(scratch.FullName));
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.FullName, "vee-*"));
    }

    /// <summary>Which figures there are, and nothing lost; how great they are depends on the computer.</summary>
    private static void AssertMoves(string shown, JsonElement moves)
    {
        Assert.Matches(@"(?m)^here \(agent-[12]\) to there \(agent-[12]\) over a link of 100Mbit and 1ms, ", shown);
        Assert.Matches(@"(?m)^ +plain +delta$", shown);
        Assert.Matches(@"(?m)^codec +none +vee$", shown);
        Assert.Matches(@"(?m)^pause, virtual time +[0-9.]+ ms +[0-9.]+ ms$", shown);
        Assert.Matches(@"(?m)^digests of both sides +equal +equal$", shown);
        Assert.Matches(@"(?m)^lost of them +0 +0$", shown);
        Assert.Matches(@"(?m)^plain stood still [0-9.]+ times as long as delta: ", shown);
        Assert.Equal(["plain", "delta"], moves.EnumerateArray().Select(m => m.GetProperty("machine").GetString()));
        foreach (var move in moves.EnumerateArray())
        {
            Assert.Equal(0, move.GetProperty("lostWrites").GetInt64());
            Assert.True(move.GetProperty("acknowledgedWrites").GetInt64() > 0, $"{move}");
            Assert.True(move.GetProperty("bytesSent").GetInt64() > 0, $"{move}");
            Assert.Matches("^[0-9a-f]{64}$", move.GetProperty("rootDigest").GetString());
            // The bound has a round trip, of which one way of 1 ms may be saved.
            var (bound, pause) = (Figure(move, "pauseBoundVirtualUs"), Figure(move, "pauseVirtualUs"));
            Assert.True(pause >= bound - 1000, $"{move}");
            Assert.True(Figure(move, "blackoutVirtualUs") >= pause, $"{move}");
        }
    }

    private static long Figure(JsonElement move, string name) => move.GetProperty(name).GetInt64();

    [Fact]
    public async Task Machines_are_shown_as_kubectl_shows_them()
    {
        var (host, machine) = (cluster.Name("host"), cluster.Name("shown"));
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        await cluster.ApplyAsync(
            LiveCluster.Machine(machine, host, more: "  ports:\n  - name: redis\n    port: 6379\n"));
        await cluster.EventuallyAsync($"veevm {machine}", "{.status.ports[0].address}", a => a.Length > 0);
        using var client = OwnUp.Connect(cluster.Kubeconfig);
        using var ours = new StringWriter();

        await KubectlGet.WriteAsync(
            client, "apis/vee.dev/v1alpha1/namespaces/default/virtualmachines", ours,
            TestContext.Current.CancellationToken);
        var theirs = await cluster.KubectlAsync("get", "veevm");

        Assert.Equal(WithoutAge(theirs.Output), WithoutAge(ours.ToString()));
        Assert.Matches("^NAME +STATUS +READY +HOST +SOURCE +MEMORY +ADDRESS +AGE\n", theirs.Output);
        await cluster.KubectlAsync("delete", "veevm", machine, "--timeout=30s");
        await cluster.KubectlAsync("delete", "veehost", host, "--timeout=30s");
    }

    /// <summary>Between two requests the last column may have changed.</summary>
    private static IEnumerable<string> WithoutAge(string table) =>
        table.Split('\n').Select(line => line[..(line.TrimEnd().LastIndexOf(' ') + 1)]);
}
