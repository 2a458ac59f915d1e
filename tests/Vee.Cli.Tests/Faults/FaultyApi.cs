using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Vee.Cli.Tests.Faults;

/// <summary>Stands before an API server and does things to requests: a bad network, by seed.</summary>
internal sealed class FaultyApi : IAsyncDisposable
{
    private const int FaultyOneOf = 4;

    private readonly WebApplication application;
    private readonly HttpMessageInvoker upstream;
    private readonly Uri server;
    private readonly Random random;
    private readonly Lock guard = new();
    private readonly Dictionary<ApiFault, int> counts = [];
    private CancellationTokenSource isGone = new();

    private FaultyApi(WebApplication application, Uri server, X509Certificate2 serverAuthority, int seed)
    {
        this.application = application;
        this.server = server;
        random = new Random(seed);
        upstream = new HttpMessageInvoker(new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { serverAuthority },
                },
            },
        });
    }

    /// <summary>Whether requests are done harm to.</summary>
    internal bool IsFaulty { get; set; }

    /// <summary>Where it listens.</summary>
    internal string Url { get; private set; } = "";

    /// <summary>How many requests each fault befell.</summary>
    internal string Counts
    {
        get
        {
            lock (guard)
            {
                return string.Join(", ", counts.OrderBy(c => c.Key).Select(c => $"{c.Key} {c.Value}"));
            }
        }
    }

    /// <param name="server">The API server.</param>
    /// <param name="serverAuthority">Signed its certificate.</param>
    /// <param name="certificate">What this one shows.</param>
    /// <param name="seed">Of the faults.</param>
    internal static async Task<FaultyApi> StartAsync(
        Uri server, X509Certificate2 serverAuthority, X509Certificate2 certificate, int seed)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.UseHttps(certificate).Protocols = HttpProtocols.Http1AndHttp2));
        var api = new FaultyApi(builder.Build(), server, serverAuthority, seed);
        api.application.Run(api.ServeAsync);
        await api.application.StartAsync(Xunit.TestContext.Current.CancellationToken);
        api.Url = api.application.Urls.Single();
        return api;
    }

    /// <summary>From now on nobody is there: open connections break, new ones are broken at once.</summary>
    internal void Vanish() => isGone.Cancel();

    /// <summary>The server is there again.</summary>
    internal void Return() => isGone = new CancellationTokenSource();

    public async ValueTask DisposeAsync()
    {
        Vanish();
        await application.DisposeAsync();
        upstream.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var gone = isGone.Token;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, gone);
        try
        {
            if (gone.IsCancellationRequested)
            {
                Break(context);
                return;
            }

            await ServeAsync(context, Draw(context.Request), ending.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            Break(context);
        }
    }

    private async Task ServeAsync(HttpContext context, ApiFault fault, CancellationToken cancellation)
    {
        switch (fault)
        {
            case ApiFault.TooManyRequests:
                context.Response.Headers.RetryAfter = "1";
                await RefuseAsync(context, 429, "TooManyRequests", cancellation);
                break;
            case ApiFault.InternalError:
                await RefuseAsync(context, 500, "InternalError", cancellation);
                break;
            case ApiFault.Gone:
                await RefuseAsync(context, 410, "Expired", cancellation);
                break;
            case ApiFault.Unavailable:
                context.Response.StatusCode = 503;
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<html><body>no backend</body></html>", cancellation);
                break;
            case ApiFault.Reset:
                Break(context);
                break;
            default:
                await ForwardAsync(context, fault, cancellation);
                break;
        }
    }

    private async Task ForwardAsync(HttpContext context, ApiFault fault, CancellationToken cancellation)
    {
        if (fault == ApiFault.Slow)
        {
            await Task.Delay(500, cancellation);
        }

        using var request = await RequestAsync(context.Request, cancellation);
        using var answer = await upstream.SendAsync(request, cancellation);
        if (fault == ApiFault.ResetAfter)
        {
            await answer.Content.LoadIntoBufferAsync(1 << 20, cancellation);
            Break(context);
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        await CopyAsync(body, context, fault, cancellation);
    }

    private async Task CopyAsync(Stream body, HttpContext context, ApiFault fault, CancellationToken cancellation)
    {
        var left = fault is ApiFault.CutInBody or ApiFault.BlackHole ? Next(2000) : int.MaxValue;
        var buffer = new byte[16 << 10];
        while (true)
        {
            var count = await body.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, left)), cancellation);
            if (count == 0 && left > 0)
            {
                return;
            }

            await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), cancellation);
            await context.Response.Body.FlushAsync(cancellation);
            left = left == int.MaxValue ? left : left - count;
            if (left > 0)
            {
                continue;
            }

            if (fault == ApiFault.BlackHole)
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }

            Break(context);
            return;
        }
    }

    private async Task<HttpRequestMessage> RequestAsync(HttpRequest request, CancellationToken cancellation)
    {
        var target = new Uri(server, request.Path.ToUriComponent() + request.QueryString.ToUriComponent());
        var copy = new HttpRequestMessage(new HttpMethod(request.Method), target);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellation);
        if (body.Length > 0)
        {
            copy.Content = new ByteArrayContent(body.ToArray());
            copy.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }

        copy.Headers.TryAddWithoutValidation("Authorization", (string?)request.Headers.Authorization);
        copy.Headers.TryAddWithoutValidation("Accept", (string?)request.Headers.Accept);
        copy.Headers.TryAddWithoutValidation("User-Agent", (string?)request.Headers.UserAgent);
        return copy;
    }

    private ApiFault Draw(HttpRequest request)
    {
        var isRead = request.Method == "GET" && !request.Path.Value!.Contains("/leases/", StringComparison.Ordinal);
        lock (guard)
        {
            var fault = IsFaulty && random.Next(FaultyOneOf) == 0
                ? (ApiFault)random.Next(1, Enum.GetValues<ApiFault>().Length) : ApiFault.None;
            fault = fault == ApiFault.Gone && !isRead ? ApiFault.Reset : fault;
            counts[fault] = counts.GetValueOrDefault(fault) + 1;
            return fault;
        }
    }

    private int Next(int max)
    {
        lock (guard)
        {
            return random.Next(max);
        }
    }

    /// <summary>Half of the breaks end this request alone, the others everything on its connection.</summary>
    private void Break(HttpContext context)
    {
        if (Next(2) == 0)
        {
            context.Features.Get<IConnectionLifetimeFeature>()?.Abort();
        }

        context.Abort();
    }

    private static async Task RefuseAsync(HttpContext context, int code, string reason, CancellationToken cancellation)
    {
        context.Response.StatusCode = code;
        await context.Response.WriteAsJsonAsync(
            new { kind = "Status", apiVersion = "v1", status = "Failure", reason, message = "by chance", code },
            cancellation);
    }
}
