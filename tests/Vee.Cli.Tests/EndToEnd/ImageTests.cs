using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>Programs that cannot run, told with kubectl and mended with kubectl.</summary>
[Collection<EndToEndTests>]
public sealed class ImageTests(LiveCluster cluster)
{
    private const string ReadyReason = "{.status.conditions[?(@.type==\"Ready\")].status} "
        + "{.status.conditions[?(@.type==\"Ready\")].reason}";

    /// <summary>An ELF header of 64 bits, little-endian, of x86-64.</summary>
    private const string ForeignHeader = @"\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\076\000";

    [Fact]
    public async Task What_cannot_run_is_told_without_a_crash_loop_and_runs_when_it_is_mended()
    {
        var (host, machine) = (cluster.Name("host"), cluster.Name("images"));
        using var files = new ScratchDirectory();
        await cluster.ApplyAsync(LiveCluster.Host(host, label: host));
        var source = $"configMap: {{ name: {machine}, key: program }}";
        await cluster.ApplyAsync(LiveCluster.Machine(machine, host, source));
        await BecomesAsync("False ImageNotFound");

        // No text, which kubectl would put under data.
        await SetProgramAsync(@"printf '\377no program at all'");
        await BecomesAsync("False ImageInvalid");

        await SetProgramAsync($"printf '{ForeignHeader}'; head -c 200 /dev/zero; printf '\\377'");
        await BecomesAsync("False ImageArchitecture");

        var none = new string('0', 64);
        await cluster.ApplyAsync(LiveCluster.Machine(
            machine, host, $"builtin: kvstore\n      digest: sha256:{none}"));
        await BecomesAsync("False ImageDigestMismatch");
        Assert.Equal("", (await cluster.KubectlAsync(
            "get", "veevm", machine, "-o", "jsonpath={.status.instance}{.status.startFailure}")).Output);

        await cluster.ApplyAsync(LiveCluster.Machine(machine, host));
        await BecomesAsync("True Running");
        await cluster.KubectlAsync("delete", "veevm", machine, "--timeout=30s");
        await cluster.KubectlAsync("delete", "veehost", host, "--timeout=30s");
        await cluster.KubectlAsync("delete", "configmap", machine);

        Task<string> BecomesAsync(string expected) =>
            cluster.EventuallyAsync($"veevm {machine}", ReadyReason, got => got == expected);

        async Task SetProgramAsync(string command)
        {
            var file = Path.Combine(files.FullName, "program");
            Assert.Equal(0, (await VeeProcess.ShellAsync($"({command}) > {file}")).Status);
            await cluster.KubectlAsync("delete", "configmap", machine, "--ignore-not-found");
            var made = await cluster.KubectlAsync("create", "configmap", machine, $"--from-file=program={file}");
            Assert.True(made.Status == 0, made.Error);
        }
    }
}
