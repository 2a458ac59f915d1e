using System.Diagnostics;

namespace Vee.Cli.Benchmarks;

/// <summary>How one process went.</summary>
/// <param name="Milliseconds">From start to exit.</param>
/// <param name="Output">Its stdout.</param>
/// <param name="Status">Its exit status.</param>
internal readonly record struct ProcessResult(double Milliseconds, string Output, int Status);

/// <summary>Programs of this computer that are measured against, or that build what is.</summary>
internal static class Peers
{
    /// <summary>Looks for a program in PATH.</summary>
    /// <returns>Its path, or null.</returns>
    internal static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);

    /// <summary>The first line of what a program says to <c>--version</c>.</summary>
    internal static string VersionOf(string program) =>
        Run(TimeProvider.System, program, "--version").Output.Split('\n')[0].Trim();

    /// <summary>Runs a process to its end with no input and its stdout captured.</summary>
    internal static ProcessResult Run(TimeProvider time, string program, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var began = time.GetTimestamp();
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        process.StandardInput.Close();
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProcessResult(time.GetElapsedTime(began).TotalMilliseconds, output, process.ExitCode);
    }

    /// <summary>How this program is started: by its own name, or by the runtime with its assembly.</summary>
    internal static IReadOnlyList<string> Ourselves()
    {
        var path = Environment.ProcessPath ?? "vee";
        return Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? [path, typeof(Peers).Assembly.Location]
            : [path];
    }
}
