using System.Diagnostics;
using System.Globalization;

namespace Vee.Cli.Up;

/// <summary>Starts the supervisor as a process that stays, and waits until everything is ready.</summary>
internal static class BackgroundUp
{
    private const string Prefix = "vee up: ";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    /// <exception cref="UpException">It does not get ready; the message says why.</exception>
    public static async Task<UpRecord> StartAsync(
        UpDirectory directory, UpSettings settings, TimeProvider time, Action<string> progress)
    {
        var log = directory.LogOf("up");
        UpDirectory.PutAside(log);
        using var process = Process.Start(StartOf(directory, settings, log))!;
        var start = time.GetTimestamp();
        var linesShown = 0;
        while (time.GetElapsedTime(start) < Timeout)
        {
            var hasEnded = process.HasExited;
            var lines = LogFile.Lines(log);
            var record = directory.ReadRecord() is { } found && found.Supervisor == process.Id ? found : null;
            // A failure is in the record before it is in the log, and is told once: by us, at the end.
            var failure = record?.Failure ?? (hasEnded ? LastWords(lines) : null);
            ShowLines(lines.Skip(linesShown), failure, progress);
            linesShown = lines.Count;
            if (record is { IsReady: true })
            {
                return record;
            }

            if (hasEnded)
            {
                throw new UpException(failure ?? $"the supervisor ended; its log is {log}");
            }

            await Task.Delay(LookAgain, time, CancellationToken.None);
        }

        process.Kill();
        throw new UpException($"not ready after {Timeout.TotalSeconds} s; the logs are in {directory.Logs}");
    }

    /// <summary>
    /// By way of the shell, which has what the runtime lacks: a process whose streams are a file and nothing, so that
    /// whoever reads our output is not kept waiting by what stays.
    /// </summary>
    private static ProcessStartInfo StartOf(UpDirectory directory, UpSettings settings, string log)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        string[] command =
        [
            "-c", "log=$1; shift; exec \"$@\" </dev/null >\"$log\" 2>&1", "sh", log,
            OwnProgram.File, .. OwnProgram.Arguments,
            "up", "--foreground", "--data", directory.Root,
            "--agents", settings.AgentCount.ToString(CultureInfo.InvariantCulture),
            "--agent-memory", settings.AgentMemory,
            .. settings.Kubeconfig is { } file ? ["--kubeconfig", file] : Array.Empty<string>(),
        ];
        foreach (var argument in command)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static void ShowLines(IEnumerable<string> lines, string? failure, Action<string> progress)
    {
        foreach (var line in lines)
        {
            if (line.StartsWith(Prefix, StringComparison.Ordinal)
                && line != Prefix + "ready" && line != Prefix + failure)
            {
                progress(line[Prefix.Length..]);
            }
        }
    }

    private static string? LastWords(IReadOnlyList<string> lines) =>
        lines is [.., var line] && line.StartsWith(Prefix, StringComparison.Ordinal) ? line[Prefix.Length..] : null;
}
