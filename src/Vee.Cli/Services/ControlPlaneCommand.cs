using System.CommandLine;
using Vee.Cli.Terminals;
using Vee.ControlPlane;
using Vee.Machines.Linux;

namespace Vee.Cli.Services;

/// <summary><c>vee control-plane</c>: an API server on this computer.</summary>
internal sealed class ControlPlaneCommand : ServiceCommand
{
    private readonly Option<string> data;
    private readonly Option<int> port;
    private readonly Option<string?> kubeconfig;

    internal ControlPlaneCommand(StandardStreams streams)
        : base(
            streams, "control-plane",
            "Serves the Kubernetes API on 127.0.0.1, from a store of its own: for one computer, not for production.")
    {
        data = Required("--data", "DIR", "Where the store and the keys are; made if missing.");
        port = Number("--port", "Port of 127.0.0.1; 0 takes a free one", 0, 65535, 0);
        kubeconfig = Optional("--kubeconfig-out", "FILE", "Write how to reach it as administrator, when it serves.");
    }

    private protected override async Task<int> ServeAsync(ParseResult parsed, ServiceLife life)
    {
        var options = new ControlPlaneOptions { DataDirectory = Text(parsed, data), Port = parsed.GetValue(port) };
        await using var server = await ControlPlaneServer.StartAsync(
            options, TimeProvider.System, life.Logs, life.Stopping);
        if (GuestText.ToHostOrNull(parsed.GetValue(kubeconfig)) is { } file)
        {
            server.WriteKubeconfig(file);
        }

        Announce(parsed, new ServedAddress("kubernetes", server.Url.GetLeftPart(UriPartial.Authority)));
        await life.WaitAsync();
        return 0;
    }
}
