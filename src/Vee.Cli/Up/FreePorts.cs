using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Vee.Cli.Up;

/// <summary>Finds ports of 127.0.0.1 that nobody has, each once.</summary>
internal sealed class FreePorts
{
    /// <summary>
    /// Below the ports that Linux gives to connections and to whoever asks for any (32768 on): none of those takes one
    /// before the process that it is meant for listens.
    /// </summary>
    private const int First = 20_000;
    private const int Last = 29_999;

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
            var candidate = RandomNumberGenerator.GetInt32(First, Last + 1);
            if (!taken.Contains(candidate) && TryBind(candidate) is not null)
            {
                taken.Add(candidate);
                return candidate;
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
