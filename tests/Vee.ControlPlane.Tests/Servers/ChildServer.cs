using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Vee.ControlPlane.Tests.Servers;

/// <summary>A server in a process of its own, which can be killed.</summary>
internal sealed class ChildServer : IAsyncDisposable
{
    private readonly Process process;

    private ChildServer(Process process, Uri url, string authorityPem)
    {
        this.process = process;
        Url = url;
        AuthorityPem = authorityPem;
    }

    internal Uri Url { get; }

    internal string AuthorityPem { get; }

    /// <summary>
    /// The program of the child: DIRECTORY [PORT [STORE-BYTES]]; prints its URL, stops when its input ends.
    /// </summary>
    internal static async Task<int> RunAsync(string[] args)
    {
        var options = new ControlPlaneOptions
        {
            DataDirectory = args[0],
            Port = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 0,
            AdminToken = TestServer.Token,
            StoreBytesMax = args.Length > 2 ? long.Parse(args[2], CultureInfo.InvariantCulture) : 1L << 30,
        };
        await using var server = await ControlPlaneServer.StartAsync(
            options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        await Console.Out.WriteLineAsync(server.Url.ToString().AsMemory(), CancellationToken.None);
        await Console.Out.WriteLineAsync(
            Convert.ToBase64String(Encoding.ASCII.GetBytes(server.CertificateAuthorityPem)).AsMemory(),
            CancellationToken.None);
        await Console.Out.FlushAsync(CancellationToken.None);
        while (await Console.In.ReadLineAsync(CancellationToken.None) is not null)
        {
            // Lines mean nothing; the end of the input does.
        }

        return 0;
    }

    internal static async Task<ChildServer> StartAsync(string directory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ChildServer).Assembly.Location);
        }

        start.ArgumentList.Add("serve");
        start.ArgumentList.Add(directory);
        var cancellation = TestContext.Current.CancellationToken;
        var child = Process.Start(start)!;
        var url = await child.StandardOutput.ReadLineAsync(cancellation);
        var authority = await child.StandardOutput.ReadLineAsync(cancellation);
        return url is null || authority is null
            ? throw new InvalidOperationException("the child did not start")
            : new(child, new Uri(url), Encoding.ASCII.GetString(Convert.FromBase64String(authority)));
    }

    /// <summary>SIGKILL: nothing in the process gets to run any more.</summary>
    internal async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
    }
}
