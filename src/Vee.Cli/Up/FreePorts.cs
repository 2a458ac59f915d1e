using System.Net;
using System.Net.Sockets;

namespace Vee.Cli.Up;

/// <summary>Finds ports of 127.0.0.1 that nobody has, each once.</summary>
internal sealed class FreePorts
{
    private readonly HashSet<int> taken = [];

    /// <summary>The wished port if it is free, or another.</summary>
    public int Take(int? wished)
    {
        if (wished is { } port && !taken.Contains(port) && TryBind(port) is not null)
        {
            taken.Add(port);
            return port;
        }

        while (true)
        {
            if (TryBind(0) is { } free && taken.Add(free))
            {
                return free;
            }
        }
    }

    private static int? TryBind(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return ((IPEndPoint)socket.LocalEndPoint!).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
