using System.Diagnostics;
using System.Globalization;

namespace Vee.Cli.Tests.Faults;

/// <summary>A command of ours that is started again whenever it ends, as whoever supervises it would.</summary>
internal sealed class KeptProcess : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly IReadOnlyList<string> arguments;
    private readonly IReadOnlyDictionary<string, string>? environment;
    private readonly CancellationTokenSource stopping = new();
    private readonly string log;
    private readonly Task run;
    private readonly Lock guard = new();
    private volatile Task revival = Task.CompletedTask;
    private Process? process;

    internal KeptProcess(
        string log, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        this.environment = environment;
        this.log = log;
        this.arguments = arguments;
        run = RunAsync();
    }

    /// <summary>How often it was started.</summary>
    internal int Starts { get; private set; }

    /// <summary>How often it ended without being killed by the test.</summary>
    internal int OwnEnds { get; private set; }

    /// <summary>What it wrote, all starts together.</summary>
    internal string Log
    {
        get
        {
            using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Resident memory in bytes; null between two starts.</summary>
    internal long? ResidentBytes
    {
        get
        {
            lock (guard)
            {
                process?.Refresh();
                return process is { HasExited: false } ? process.WorkingSet64 : null;
            }
        }
    }

    /// <summary>Whether the client's end of a connection within this computer is the process's.</summary>
    /// <param name="port">The client's port.</param>
    internal bool HasConnection(int port)
    {
        int id;
        lock (guard)
        {
            if (process is not { HasExited: false })
            {
                return false;
            }

            id = process.Id;
        }

        return ConnectionOwner.IsProcess(id, port);
    }

    /// <summary>kill -9.</summary>
    internal void Kill()
    {
        lock (guard)
        {
            if (process is { HasExited: false })
            {
                OwnEnds--;
                process.Kill();
            }
        }
    }

    /// <summary>kill -9, and it is started again only after something else.</summary>
    internal void KillUntil(Task revival)
    {
        this.revival = revival;
        Kill();
    }

    /// <summary>kill -9, and it is not started again.</summary>
    internal void KillForGood()
    {
        stopping.Cancel();
        Kill();
    }

    /// <summary>kill -STOP: it stands still with everything that it knew and had begun, until it is thawed.</summary>
    internal void Freeze() => Signal("-STOP");

    /// <summary>kill -CONT.</summary>
    internal void Thaw() => Signal("-CONT");

    public async ValueTask DisposeAsync()
    {
        Thaw();
        await stopping.CancelAsync();
        await run;
        stopping.Dispose();
    }

    private void Signal(string signal)
    {
        lock (guard)
        {
            if (process is { HasExited: false })
            {
                using var kill = Process.Start(
                    "/bin/kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
                kill.WaitForExit();
            }
        }
    }

    private async Task RunAsync()
    {
        await using var file = new FileStream(log, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        while (!stopping.IsCancellationRequested)
        {
            var started = VeeProcess.Start(
                Repository.Vee, [.. arguments, "--exit-with-stdin"], environment: environment);
            lock (guard)
            {
                process = started;
                Starts++;
            }

            var output = started.StandardError.BaseStream.CopyToAsync(file, CancellationToken.None);
            await using (stopping.Token.Register(started.StandardInput.Close))
            {
                await started.WaitForExitAsync(CancellationToken.None);
            }

            await output;
            await file.FlushAsync(CancellationToken.None);
            lock (guard)
            {
                OwnEnds += stopping.IsCancellationRequested ? 0 : 1;
                process = null;
            }

            started.Dispose();
            await Task.Delay(Pause, TimeProvider.System, stopping.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await revival.WaitAsync(stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
