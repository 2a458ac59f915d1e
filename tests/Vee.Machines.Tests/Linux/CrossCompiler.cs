using System.Diagnostics;
using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>Debian's RISC-V compiler, where it is installed, and the build scripts that use it.</summary>
internal static class CrossCompiler
{
    private const string Command = "riscv64-linux-gnu-g++";

    /// <summary>Why nothing can be built here; null when it can.</summary>
    internal static string? Absence { get; } =
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, Command)))
            ? null
            : $"{Command} is not installed (Debian: gcc-riscv64-linux-gnu, g++-riscv64-linux-gnu).";

    /// <summary>The first line of the compiler's version, as manifests record it.</summary>
    internal static string Version() => Run("riscv64-linux-gnu-gcc", "--version").Split('\n')[0];

    /// <summary>Runs a build script into a folder; a failure fails the test with what the script said.</summary>
    internal static void Build(string script, string output) => Run("bash", script, "--output", output);

    private static string Run(string command, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(command, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} failed:\n{errors.GetAwaiter().GetResult()}");
        return output;
    }
}
