using Microsoft.Extensions.Logging;

namespace Vee.ControllerRuntime.Events;

/// <summary>What the event recorder logs: event ids 140..149.</summary>
internal static partial class EventRecorderLog
{
    [LoggerMessage(140, LogLevel.Warning, "the event {Reason} of {Regarding} was dropped")]
    internal static partial void Dropped(this ILogger log, string reason, string regarding, Exception exception);
}
