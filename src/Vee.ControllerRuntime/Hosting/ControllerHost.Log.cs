using Microsoft.Extensions.Logging;

namespace Vee.ControllerRuntime.Hosting;

/// <summary>What a host logs: event ids 160..179.</summary>
internal static partial class ControllerHostLog
{
    [LoggerMessage(160, LogLevel.Information, "{Host}: stores are filled")]
    internal static partial void Synced(this ILogger log, string host);

    [LoggerMessage(161, LogLevel.Information, "{Host}: {Count} controllers work")]
    internal static partial void Working(this ILogger log, string host, int count);

    [LoggerMessage(162, LogLevel.Information, "{Host}: stopping; visits under way may end")]
    internal static partial void Draining(this ILogger log, string host);

    [LoggerMessage(163, LogLevel.Warning, "{Host}: visits were still under way after {Timeout}")]
    internal static partial void DrainTimedOut(this ILogger log, string host, TimeSpan timeout);

    [LoggerMessage(164, LogLevel.Error, "{Host}: the task {Task} failed; starting it again")]
    internal static partial void TaskFailed(this ILogger log, string host, string task, Exception exception);

    [LoggerMessage(165, LogLevel.Critical, "{Host}: a loop that never ends has ended")]
    internal static partial void LoopDied(this ILogger log, string host);

    [LoggerMessage(166, LogLevel.Information, "{Host}: health at {Address}")]
    internal static partial void HealthServed(this ILogger log, string host, Uri address);
}
