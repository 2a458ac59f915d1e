using System.Diagnostics;
using System.Text;

using Xunit;

namespace Vee.ControlPlane.Tests.Kubectl;

/// <summary>The real kubectl, with a home, a cache and a configuration of its own.</summary>
internal sealed class KubectlClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("vee-kubectl-");
    private readonly string program;

    internal KubectlClient(ControlPlaneServer server)
    {
        program = Find() ?? "";
        Assert.SkipWhen(program.Length == 0, "kubectl is not installed");
        server.WriteKubeconfig(Path.Combine(home.FullName, "config"));
    }

    /// <summary>Writes a file for kubectl to read.</summary>
    internal string File(string name, string text)
    {
        var path = Path.Combine(home.FullName, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Runs a command that must succeed.</summary>
    internal async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output) = await TryAsync(arguments);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)}: exit {code}\n{output}");
        return output;
    }

    /// <summary>Runs a command; gives its exit code and all it printed.</summary>
    internal async Task<(int Code, string Output)> TryAsync(params string[] arguments)
    {
        using var process = Process.Start(Start(arguments))!;
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill();
            throw new TimeoutException($"kubectl {string.Join(' ', arguments)} did not end:\n{output}", e);
        }

        lock (output)
        {
            return (process.ExitCode, output.ToString());
        }
    }

    public void Dispose() => home.Delete(recursive: true);

    private static void Append(StringBuilder output, string? line)
    {
        lock (output)
        {
            output.AppendLine(line);
        }
    }

    private ProcessStartInfo Start(string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home.FullName,
        };
        start.ArgumentList.Add("--cache-dir");
        start.ArgumentList.Add(Path.Combine(home.FullName, "cache"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["HOME"] = home.FullName;
        start.Environment["KUBECONFIG"] = Path.Combine(home.FullName, "config");
        return start;
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, "kubectl")).FirstOrDefault(System.IO.File.Exists);
}
