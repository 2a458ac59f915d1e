using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Vee.Cli.Services;

/// <summary>The life of a process that serves until it is told to end: by a signal, or the end of its input.</summary>
internal sealed class ServiceLife : IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly PosixSignalRegistration[] signals;

    /// <param name="isBoundToInput">Whether to end with standard input, as when the parent that holds it dies.</param>
    public ServiceLife(bool isBoundToInput)
    {
        signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
            // A terminal that is closed is no reason to end what was started from it to stay.
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true),
        ];
        if (isBoundToInput)
        {
            _ = StopWithInputAsync();
        }

        Logs = LoggerFactory.Create(logging => logging
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            })
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Grpc", LogLevel.Warning)
            .Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace));
    }

    /// <summary>Cancelled when the process is told to end.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>Logs go to standard error.</summary>
    public ILoggerFactory Logs { get; }

    /// <summary>Completes when the process is told to end.</summary>
    public Task WaitAsync() =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping.Token)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    public void Dispose()
    {
        foreach (var signal in signals)
        {
            signal.Dispose();
        }

        Logs.Dispose();
        stopping.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        stopping.Cancel();
    }

    private async Task StopWithInputAsync()
    {
        await using var input = System.Console.OpenStandardInput();
        var nothing = new byte[64];
        while (await input.ReadAsync(nothing, CancellationToken.None) > 0)
        {
        }

        await stopping.CancelAsync();
    }
}
