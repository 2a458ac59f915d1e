using Microsoft.Extensions.Logging;

namespace Vee.ControllerRuntime.Controllers;

/// <summary>What controllers log: event ids 120..139.</summary>
internal static partial class ReconcileLoopLog
{
    [LoggerMessage(120, LogLevel.Warning, "{Controller} {Key}: failed {Count} times; trying again")]
    internal static partial void Failed(
        this ILogger log, string controller, ObjectKey key, int count, Exception exception);

    [LoggerMessage(121, LogLevel.Error, "{Controller} {Key}: a bug; trying again")]
    internal static partial void Panicked(this ILogger log, string controller, ObjectKey key, Exception exception);

    [LoggerMessage(122, LogLevel.Warning, "{Controller} {Key}: {Reason}: {Message}; waiting for a change")]
    internal static partial void Terminal(
        this ILogger log, string controller, ObjectKey key, string reason, string message);

    [LoggerMessage(123, LogLevel.Debug, "{Controller} {Key}: the store is older than the last write; waiting")]
    internal static partial void Deferred(this ILogger log, string controller, ObjectKey key);

    [LoggerMessage(124, LogLevel.Warning, "{Controller}: reading keys from outside failed; trying again")]
    internal static partial void SourceFailed(this ILogger log, string controller, Exception exception);
}
