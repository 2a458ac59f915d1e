using Microsoft.Extensions.Logging;

namespace Vee.ControllerRuntime.Leadership;

/// <summary>What leader election logs: event ids 150..159.</summary>
internal static partial class LeadershipLog
{
    [LoggerMessage(150, LogLevel.Information, "{Lease}: {Identity} leads")]
    internal static partial void Acquired(this ILogger log, string lease, string identity);

    [LoggerMessage(151, LogLevel.Error, "{Lease}: {Identity} no longer leads: {Reason}")]
    internal static partial void Lost(this ILogger log, string lease, string identity, string reason);

    [LoggerMessage(152, LogLevel.Information, "{Lease}: {Identity} gave the lease back")]
    internal static partial void Released(this ILogger log, string lease, string identity);

    [LoggerMessage(153, LogLevel.Warning, "{Lease}: an attempt to acquire or renew failed; trying again")]
    internal static partial void AttemptFailed(this ILogger log, string lease, Exception exception);

    [LoggerMessage(154, LogLevel.Information, "{Lease}: waiting while {Holder} leads")]
    internal static partial void Waiting(this ILogger log, string lease, string holder);
}
