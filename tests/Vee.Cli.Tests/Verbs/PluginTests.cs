using Xunit;

namespace Vee.Cli.Tests.Verbs;

/// <summary>The script that makes a kubectl plugin of the command.</summary>
public sealed class PluginTests
{
    [Fact]
    public async Task The_plugin_finds_the_command_beside_it_through_links()
    {
        using var scratch = new ScratchDirectory();
        CopyPlugin(scratch);
        scratch.Link("bin/kubectl-vee", "../second");
        scratch.Link("second", "clone/kubectl-vee");

        var outcome = await VeeProcess.RunAsync(
            Path.Combine(scratch.FullName, "bin", "kubectl-vee"), ["logs", "a b", "-f"], "", scratch.FullName);

        Assert.Equal(new Outcome(0, "[logs][a b][-f]", ""), outcome);
    }

    [Fact]
    public async Task Kubectl_hands_the_command_line_over()
    {
        var kubectl = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, "kubectl")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(kubectl is null, "kubectl is not installed");
        using var scratch = new ScratchDirectory();
        CopyPlugin(scratch);
        var path = $"PATH={Path.Combine(scratch.FullName, "clone")}:{Environment.GetEnvironmentVariable("PATH")}";

        var help = await VeeProcess.RunAsync("/usr/bin/env", [path, kubectl!, "vee", "--help"], "");
        var verb = await VeeProcess.RunAsync("/usr/bin/env", [path, kubectl!, "vee", "top", "-n", "x"], "");

        Assert.Equal(new Outcome(0, "[--help]", ""), help);
        Assert.Equal(new Outcome(0, "[top][-n][x]", ""), verb);
    }

    /// <summary>
    /// The script, beside a command that prints its arguments: the real one might build itself first.
    /// </summary>
    private static void CopyPlugin(ScratchDirectory scratch)
    {
        const UnixFileMode executable =
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var plugin = scratch.Write(
            "clone/kubectl-vee", File.ReadAllBytes(Path.Combine(Repository.Root, "kubectl-vee")));
        var command = scratch.Write("clone/vee", "#!/bin/sh\nprintf '[%s]' \"$@\"\n"u8);
        File.SetUnixFileMode(plugin, executable);
        File.SetUnixFileMode(command, executable);
    }
}
