using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using k8s;
using k8s.Authentication;
using k8s.Models;
using Polly;
using Polly.Retry;
using Prometheus;

namespace Vee.ControllerRuntime.Clients;

/// <summary>Sends requests with the client library's HTTP stack and reads answers its own way.</summary>
/// <remarks>Thread-safe. Idempotent requests are retried; see <see cref="KubernetesConnectionOptions"/>.</remarks>
internal sealed class ApiTransport
{
    private const int CausesMax = 100;
    private const int ErrorBytesMax = 1 << 20;
    private static readonly TimeSpan BackoffMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(10);

    private readonly HttpClient http;
    private readonly Uri root;
    private readonly ServiceClientCredentials? credentials;
    private readonly string? tlsServerName;
    private readonly KubernetesConnectionOptions options;
    private readonly TimeProvider time;
    private readonly Counter requests;
    private readonly ResiliencePipeline retries;

    internal ApiTransport(
        Kubernetes client, string? tlsServerName, RuntimeServices services, KubernetesConnectionOptions options)
    {
        http = client.HttpClient;
        root = client.BaseUri;
        credentials = client.Credentials;
        this.tlsServerName = tlsServerName;
        this.options = options;
        time = services.Time;
        requests = services.Metrics.CreateCounter(
            "rest_client_requests_total", "Requests to the API server, by status code and method.", ["code", "method"]);
        retries = Retries(services);
    }

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <exception cref="KubernetesApiException">The server said no.</exception>
    /// <exception cref="TimeoutException">Too long, retries included.</exception>
    internal async Task<byte[]> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(options.RequestTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            return request.IsIdempotent
                ? await retries.ExecuteAsync(async token => await SendOnceAsync(request, token), both.Token)
                : await SendOnceAsync(request, both.Token);
        }
        catch (OperationCanceledException exception)
            when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"{request.Method} {request.PathAndQuery} took more than {options.RequestTimeout}", exception);
        }
    }

    /// <summary>Sends a request once and returns as soon as the headers are there.</summary>
    /// <returns>A success; the caller disposes it.</returns>
    /// <exception cref="KubernetesApiException">The server said no.</exception>
    internal async Task<HttpResponseMessage> OpenAsync(ApiRequest request, CancellationToken cancellation)
    {
        using var message = request.ToMessage(root);
        HttpResponseMessage response;
        try
        {
            if (credentials is not null)
            {
                await credentials.ProcessHttpRequestAsync(message, cancellation);
            }

            if (!string.IsNullOrWhiteSpace(tlsServerName))
            {
                message.Headers.Host = tlsServerName;
            }

            response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch
        {
            requests.WithLabels("<error>", request.Method.Method).Inc();
            throw;
        }

        requests.WithLabels(
            ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture), request.Method.Method).Inc();
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var body = await ReadAsync(response, ErrorBytesMax, cancellation);
            throw ToException(response, body, request);
        }
    }

    private async ValueTask<byte[]> SendOnceAsync(ApiRequest request, CancellationToken cancellation)
    {
        using var response = await OpenAsync(request, cancellation);
        return await ReadAsync(response, options.ResponseBytesMax, cancellation);
    }

    private ResiliencePipeline Retries(RuntimeServices services)
    {
        if (options.RetriesMax == 0)
        {
            return ResiliencePipeline.Empty;
        }

        var builder = new ResiliencePipelineBuilder { TimeProvider = services.Time };
        return builder.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = options.RetriesMax,
            BackoffType = DelayBackoffType.Exponential,
            Delay = BackoffMin,
            MaxDelay = BackoffMax,
            UseJitter = true,
            Randomizer = services.Jitter.Next,
            ShouldHandle = args => ValueTask.FromResult(IsWorthRetrying(args.Outcome.Exception)),
            DelayGenerator = args =>
                ValueTask.FromResult((args.Outcome.Exception as KubernetesApiException)?.RetryAfter),
        }).Build();
    }

    /// <summary>Nobody waits for a server that wants to be left alone for longer than the request may take.</summary>
    private bool IsWorthRetrying(Exception? exception) => exception switch
    {
        KubernetesApiException api =>
            api.Status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
            && (api.RetryAfter ?? TimeSpan.Zero) < options.RequestTimeout,
        HttpRequestException or IOException => true,
        _ => false,
    };

    private static async Task<byte[]> ReadAsync(
        HttpResponseMessage response, long bytesMax, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var buffer = new MemoryStream();
        var chunk = new byte[16 << 10];
        int count;
        while ((count = await stream.ReadAsync(chunk, cancellation)) > 0)
        {
            if (buffer.Length + count > bytesMax)
            {
                throw new IOException($"the answer is longer than {bytesMax} bytes");
            }

            buffer.Write(chunk, 0, count);
        }

        return buffer.ToArray();
    }

    private static KubernetesApiException ToException(
        HttpResponseMessage response, byte[] body, ApiRequest request)
    {
        var status = TryReadStatus(body);
        var retryAfter = RetryAfter(response.Headers.RetryAfter)
            ?? (status?.Details?.RetryAfterSeconds is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null);
        return ToException(status, response.StatusCode, $"{request.Method} {request.PathAndQuery}", retryAfter);
    }

    /// <summary>The exception of a <c>Status</c> object, which may be missing.</summary>
    internal static KubernetesApiException ToException(
        V1Status? status, HttpStatusCode code, string subject, TimeSpan? retryAfter) =>
        new(code, status?.Reason ?? "", status?.Message ?? $"{subject}: {(int)code} {code}")
        {
            Causes = status?.Details?.Causes?.Take(CausesMax).ToList() ?? [],
            RetryAfter = retryAfter,
        };

    /// <summary>Proxies in between answer with whatever they like.</summary>
    private static V1Status? TryReadStatus(byte[] body)
    {
        try
        {
            var status = JsonSerializer.Deserialize<V1Status>(body, KubernetesSerializer.Options);
            return status?.Kind == "Status" ? status : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header) =>
        header?.Delta is { } delta && delta > TimeSpan.Zero ? delta : null;
}
