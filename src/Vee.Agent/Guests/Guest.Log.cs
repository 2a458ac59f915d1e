using Microsoft.Extensions.Logging;

namespace Vee.Agent.Guests;

internal sealed partial class Guest
{
    [LoggerMessage(1, LogLevel.Information, "Machine {Namespace}/{Name} ({Uid}#{Instance}) ended: {Message}")]
    private static partial void LogEnded(
        ILogger logger, string @namespace, string name, string uid, long instance, string message);

    [LoggerMessage(2, LogLevel.Error, "Machine {Namespace}/{Name} ({Uid}#{Instance}) failed.")]
    private static partial void LogFailed(
        ILogger logger, Exception failure, string @namespace, string name, string uid, long instance);

    [LoggerMessage(3, LogLevel.Information, "Machine {Namespace}/{Name} ({Uid}#{Instance}) executes on another host.")]
    private static partial void LogMoved(ILogger logger, string @namespace, string name, string uid, long instance);
}
