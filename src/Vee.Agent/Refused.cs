using Grpc.Core;
using Vee.Protocol;

namespace Vee.Agent;

/// <summary>
/// Refusals of calls, each with a status, a reason for programs and a sentence for people. They are thrown where they
/// are found, at whatever depth, and gRPC carries them to the caller: no layer between has anything to add.
/// </summary>
internal static class Refused
{
    internal static RpcException Invalid(string message, string? reason = null) =>
        With(StatusCode.InvalidArgument, reason, message);

    internal static RpcException NotFound(string reason, string message) => With(StatusCode.NotFound, reason, message);

    internal static RpcException Precondition(string reason, string message) =>
        With(StatusCode.FailedPrecondition, reason, message);

    internal static RpcException Exhausted(string reason, string message) =>
        With(StatusCode.ResourceExhausted, reason, message);

    internal static RpcException Exists(string reason, string message) =>
        With(StatusCode.AlreadyExists, reason, message);

    internal static RpcException Stopping() =>
        With(StatusCode.Unavailable, Refusal.AgentStopping, "the agent is stopping");

    internal static RpcException With(StatusCode status, string? reason, string message)
    {
        var trailers = new Metadata();
        if (reason is not null)
        {
            trailers.Add(Refusal.Trailer, reason);
        }

        return new RpcException(new Status(status, message), trailers);
    }
}
