using Microsoft.Extensions.Logging;

namespace Vee.ControllerRuntime.Informers;

/// <summary>What informers log: event ids 100..119.</summary>
internal static partial class SharedInformerLog
{
    [LoggerMessage(100, LogLevel.Warning, "{Resource}: a {Kind} event could not be decoded; {Key} stays as last known")]
    internal static partial void Undecodable(
        this ILogger log, string resource, string kind, ObjectKey key, Exception exception);

    [LoggerMessage(101, LogLevel.Warning, "{Resource}: list or watch failed; trying again")]
    internal static partial void Failed(this ILogger log, string resource, Exception exception);

    [LoggerMessage(102, LogLevel.Information, "{Resource}: {Reason}; listing again")]
    internal static partial void Relisting(this ILogger log, string resource, string reason);

    [LoggerMessage(103, LogLevel.Error, "{Resource}: a handler threw on {Kind} of {Key}")]
    internal static partial void HandlerThrew(
        this ILogger log, string resource, InformerEventKind kind, ObjectKey key, Exception exception);

    [LoggerMessage(104, LogLevel.Warning, "{Resource}: the watch fell silent and was cut")]
    internal static partial void Stalled(this ILogger log, string resource);

    [LoggerMessage(105, LogLevel.Debug, "{Resource}: {Count} objects at {ResourceVersion}")]
    internal static partial void Listed(this ILogger log, string resource, int count, string resourceVersion);
}
