using System.Diagnostics;
using System.Globalization;

namespace Vee.Cli.Up;

/// <summary>Starts the supervisor as a process that stays, and waits until everything is ready.</summary>
internal static class BackgroundUp
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    /// <exception cref="UpException">It does not get ready; the message says why.</exception>
    public static async Task<UpRecord> StartAsync(
        UpDirectory directory, UpSettings settings, TimeProvider time, Action<string> progress)
    {
        var log = directory.LogOf("up");
        using var process = Process.Start(StartOf(directory, settings, log))!;
        var start = time.GetTimestamp();
        var linesShown = 0;
        while (time.GetElapsedTime(start) < Timeout)
        {
            linesShown = ShowNewLines(log, linesShown, progress);
            var record = directory.ReadRecord();
            if (record is { IsReady: true } && record.Supervisor == process.Id)
            {
                return record;
            }

            if (process.HasExited)
            {
                ShowNewLines(log, linesShown, progress);
                throw new UpException(record?.Failure ?? $"the supervisor ended; its log is {log}");
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

    private static int ShowNewLines(string log, int shown, Action<string> progress)
    {
        const string Prefix = "vee up: ";
        if (!File.Exists(log))
        {
            return shown;
        }

        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var lines = reader.ReadToEnd().Split('\n')[..^1];
        foreach (var line in lines.Skip(shown))
        {
            if (line.StartsWith(Prefix, StringComparison.Ordinal) && line != Prefix + "ready")
            {
                progress(line[Prefix.Length..]);
            }
        }

        return lines.Length;
    }
}
