using System.Collections.Frozen;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using Vee.Agent.Measuring;
using Vee.Agent.Security;
using Vee.Protocol;

namespace Vee.Agent.Services;

/// <summary>
/// Stands before every call: the caller's role, whether it means this incarnation, a deadline where it set none, and
/// the count of how it ended.
/// </summary>
internal sealed partial class CallGuard(
    AgentMetrics metrics, AgentIdentity identity, TimeProvider time, ILogger<CallGuard> logger)
    : Interceptor
{
    /// <summary>What a call without a deadline gets; streams last as long as somebody listens.</summary>
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static readonly FrozenSet<string> UserMethods =
        FrozenSet.Create(StringComparer.Ordinal, "Describe", "Watch", "Attach", "ReadLog", "InspectHost");

    private static readonly FrozenSet<string> AgentMethods = FrozenSet.Create(StringComparer.Ordinal, "JoinRack");

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => WithDeadlineAsync(continuation(request, context), context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => FinishAsync(continuation(request, responseStream, context)));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => FinishAsync(continuation(requestStream, responseStream, context)));

    private static async Task<bool> FinishAsync(Task call)
    {
        await call;
        return true;
    }

    private async Task<T> WithDeadlineAsync<T>(Task<T> call, ServerCallContext context)
    {
        try
        {
            return context.Deadline == DateTime.MaxValue
                ? await call.WaitAsync(Deadline, time, context.CancellationToken)
                : await call.WaitAsync(context.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw Refused.With(
                StatusCode.DeadlineExceeded, null, $"the call took longer than {Deadline.TotalSeconds} s");
        }
    }

    private async Task<T> GuardAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        var method = context.Method[(context.Method.LastIndexOf('/') + 1)..];
        var code = StatusCode.OK;
        try
        {
            CheckRole(context, method);
            CheckIncarnation(context);
            return await call();
        }
        catch (RpcException refusal)
        {
            code = refusal.StatusCode;
            throw;
        }
        catch (Exception) when (context.CancellationToken.IsCancellationRequested)
        {
            // The caller has gone, or its deadline has passed: nobody hears why.
            code = StatusCode.Cancelled;
            throw Refused.With(code, null, "the call was cancelled");
        }
        catch (Exception failure)
        {
            code = StatusCode.Internal;
            LogFailed(logger, failure, method);
            throw;
        }
        finally
        {
            metrics.CountCall(method, $"{code}");
        }
    }

    private static void CheckRole(ServerCallContext context, string method)
    {
        var certificate = context.GetHttpContext().Connection.ClientCertificate;
        var isAllowed = certificate is not null
            && (CallerRole.Has(certificate, Roles.Operator)
                || (UserMethods.Contains(method) && CallerRole.Has(certificate, Roles.User))
                || (AgentMethods.Contains(method) && CallerRole.Has(certificate, Roles.Agent)));
        if (!isAllowed)
        {
            var needed = UserMethods.Contains(method) ? $"{Roles.Operator} or {Roles.User}"
                : AgentMethods.Contains(method) ? $"{Roles.Operator} or {Roles.Agent}"
                : Roles.Operator;
            throw Refused.With(
                StatusCode.PermissionDenied, Refusal.RoleRequired, $"{method} needs a certificate of role {needed}");
        }
    }

    private void CheckIncarnation(ServerCallContext context)
    {
        if (context.RequestHeaders.GetValue(CallHeaders.Incarnation) is { } meant && meant != identity.Incarnation)
        {
            throw Refused.With(
                StatusCode.FailedPrecondition, Refusal.OtherIncarnation,
                $"the call is for incarnation {meant}, and this is {identity.Incarnation}: what that one held is gone");
        }
    }

    [LoggerMessage(40, LogLevel.Error, "{Method} failed.")]
    private static partial void LogFailed(ILogger logger, Exception failure, string method);
}
