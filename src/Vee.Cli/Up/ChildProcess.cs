using System.Diagnostics;

namespace Vee.Cli.Up;

/// <summary>One of our own commands as a process of its own, started again when it dies.</summary>
/// <param name="name">For its log and for people.</param>
/// <param name="arguments">The command and its options.</param>
/// <param name="log">Where its output goes; what was there before is kept beside it.</param>
/// <param name="time">Measures the waits.</param>
/// <param name="told">Hears of ends that nobody asked for.</param>
internal sealed class ChildProcess(
    string name, IReadOnlyList<string> arguments, string log, TimeProvider time, Action<string> told) : IDisposable
{
    private static readonly TimeSpan RestartMin = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RestartMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongRun = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource stopping = new();
    private Task? run;

    public string Name => name;

    /// <summary>The exit status with which it last refused to serve and said why; null when it has not.</summary>
    public int? Refusal { get; private set; }

    /// <summary>Starts it, and again whenever it ends, until it is stopped.</summary>
    public void Start() => run = RunAsync();

    /// <summary>Asks it to end, and ends it when it does not.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        if (run is not null)
        {
            await run;
        }
    }

    public void Dispose() => stopping.Dispose();

    private async Task RunAsync()
    {
        var wait = RestartMin;
        while (!stopping.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            var status = await RunOnceAsync();
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            // Whatever else ended it, a crash or a kill, may not happen again.
            Refusal = status is ExitStatus.Failure or ExitStatus.Usage ? status : null;
            wait = time.GetElapsedTime(started) > LongRun ? RestartMin : wait;
            told($"{name} ended with status {status} and is started again in {wait.TotalSeconds:0.#} s; see {log}");
            await Task.Delay(wait, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = wait * 2 < RestartMax ? wait * 2 : RestartMax;
        }
    }

    private async Task<int> RunOnceAsync()
    {
        await using var file = new ChildLog(log, told);
        await file.BeginAsync();
        // The child ends when its standard input does: also when we are killed and cannot tell it.
        using var process = Process.Start(StartOf(arguments))!;
        var output = Task.WhenAll(
            file.CopyAsync(process.StandardOutput.BaseStream), file.CopyAsync(process.StandardError.BaseStream));
        await using (stopping.Token.Register(process.StandardInput.Close))
        {
            await process.WaitForExitAsync(stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!process.HasExited)
        {
            using var patience = new CancellationTokenSource(StopTimeout, time);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        await output;
        return process.ExitCode;
    }

    /// <summary>How one of our own commands is started: this program again.</summary>
    private static ProcessStartInfo StartOf(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(OwnProgram.File)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in OwnProgram.Arguments.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
