using System.Diagnostics;
using System.Text;
using Xunit;

namespace Vee.Cli.Tests;

/// <summary>What a process printed and how it ended.</summary>
internal sealed record Outcome(int Status, string Output, string Error);

/// <summary>Runs the command, or something to compare it with, to its end.</summary>
internal static class VeeProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary><c>vee</c> with these arguments and no input.</summary>
    internal static Task<Outcome> RunAsync(params string[] arguments) => RunAsync(Repository.Vee, arguments, "");

    /// <summary><c>vee run</c> of the probe with these arguments and no input.</summary>
    internal static Task<Outcome> ProbeAsync(params string[] arguments) =>
        RunAsync(["run", Repository.Probe, .. arguments]);

    /// <summary>A command line of the shell without input, started in the repository's root or elsewhere.</summary>
    internal static Task<Outcome> ShellAsync(string command, string? directory = null) =>
        RunAsync("/bin/sh", ["-c", command], "", directory);

    /// <summary>Any program with input as text.</summary>
    /// <param name="program">Its file.</param>
    /// <param name="arguments">After its name.</param>
    /// <param name="input">All of its standard input.</param>
    /// <param name="directory">Where it is started; null for the repository's root.</param>
    /// <param name="limit">After which it is killed; null for a minute.</param>
    internal static async Task<Outcome> RunAsync(
        string program, IReadOnlyList<string> arguments, string input, string? directory = null,
        TimeSpan? limit = null)
    {
        using var process = Start(program, arguments, directory);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(limit ?? Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await WriteAsync(process, input, timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return new Outcome(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException cancelled)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"{program} {string.Join(' ', arguments)} took more than {limit ?? Limit}.", cancelled);
        }
    }

    /// <summary>Starts a program whose streams the test uses itself.</summary>
    internal static Process Start(
        string program, IReadOnlyList<string> arguments, string? directory = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = directory ?? Repository.Root,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // A developer's own settings of the runtime are not what is tested.
        start.Environment.Remove("DOTNET_TieredCompilation");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task WriteAsync(Process process, string input, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input, which is its right.
        }
    }
}
